"""What a check of the machine finds."""

from dataclasses import dataclass
from typing import Literal

type Status = Literal["ok", "info", "warning", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    status: Status
    """ok; info: a fact that needs nothing done; warning: studies run, but not as well as they
    could; fault: they do not run, or not safely."""
    found: str
    """What was found, in words."""
    advice: str = ""
    """What to do about it."""
