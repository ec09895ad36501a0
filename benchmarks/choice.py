"""What is to be timed, and how long."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """Cases of a benchmark."""

    architectures: Sequence[str]
    molecules: Sequence[str]
    batches: Sequence[int]
    """Numbers of molecules that are treated together."""
    size: str = "paper"
    """Preset whose sizes the models have."""
    dtype: str = "float32"
    threads: int = 1
    seconds: float = 10.0
    """Time for each case, shared by the codes; each makes three calls at least."""
