"""ErrorCorrelation: whether two models are wrong about the same structures in the same way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCorrelation:
    """Pearson correlation of the errors of two models on the structures of one test set."""

    dataset: str
    """Name of the test set."""
    quantity: str
    """Whose errors, e.g. ``"energy error"``."""
    first: str
    """One model."""
    second: str
    """The other one."""
    value: float
    """Correlation, from -1 to 1; NaN where the errors of one model do not vary."""
    n: int
    """Number of structures."""
    low: float | None = None
    """Lower end of the 95 % interval, if one can be given."""
    high: float | None = None
    """Upper end of it."""
    estimand: str = ""
    """What the value estimates and how the interval was made, in words."""
