"""RunRecord: what a result is (identity) and what making it was like (observed)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 1
"""Version of the file layouts; raised when an old file would be misread."""

NUMERICS = 1
"""Version of the numerics; raised when the same settings would give other numbers."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All that must match for a stored result to be used again."""

    stage: str
    """Name of the stage, e.g. ``"train"``."""
    recipe: Mapping[str, Any]
    """The stage's settings in JSON form, seeds included."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Role of each input → SHA-256 of its content."""
    schema: int = SCHEMA
    """Layout version of the files."""
    numerics: int = NUMERICS
    """Version of the numerics."""

    @property
    def key(self) -> str:
        """Short name of the result: the first 16 hex digits of the SHA-256 of the identity."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Identity of a result together with what was observed while it was made."""

    identity: Identity
    observed: Mapping[str, Any]
    """Status, wall time, peak memory, hardware, package versions, outcome."""
