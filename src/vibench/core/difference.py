"""Difference: one model against another in one figure of merit, and whether it is noise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The mean score of one model less, or divided by, that of another over the same molecules."""

    measure: str
    """What is measured, e.g. ``"Pearson correlation"``."""
    first: str
    """Model whose score comes first."""
    second: str
    """Model whose score is subtracted."""
    value: float
    """Mean difference."""
    unit: str
    """Unit of the value; empty for a pure number."""
    molecules: int
    """Number of molecules."""
    low: float | None = None
    """Lower end of the 95 % interval of this one difference, if one can be given."""
    high: float | None = None
    """Upper end of it."""
    p_value: float | None = None
    """Probability of a difference at least as large between equal models."""
    adjusted_p_value: float | None = None
    """The same, adjusted for the number of pairs (Holm): below 0.05 the two differ, with 5 %
    probability of any false statement among all pairs."""
    resampled_low: float | None = None
    """Lower end of the interval of 95 % by bootstrap over molecules, if there are enough."""
    resampled_high: float | None = None
    """Upper end of it."""
    estimand: str = ""
    """What the value estimates and how the test was made, in words."""
    reference: str | None = None
    """What the models are compared with."""
    temperature_k: float | None = None
    """Temperature in K."""
    dataset: str | None = None
    """Data set the errors were measured on, if they are errors of predictions."""
    is_ratio: bool = False
    """Whether value and intervals are of the first model's score divided by the second's: then 1
    stands for no difference."""
