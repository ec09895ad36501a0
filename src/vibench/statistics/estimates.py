"""Estimates and their intervals."""

from dataclasses import dataclass

from scipy.stats import t as student_t


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval."""

    low: float
    """Lower end."""
    high: float
    """Upper end."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its standard error."""

    value: float
    """The estimate."""
    standard_error: float
    """Its standard error, or NaN if the sample does not tell."""
    degrees_of_freedom: float
    """Degrees of freedom behind the standard error; 0 if the sample does not tell."""
    bias: float = 0.0
    """By how much the value is too large because the sample is finite, to first order in 1/n."""

    def interval(self, *, confidence: float = 0.95) -> Interval | None:
        """Return the two-sided interval by Student's t, or None without degrees of freedom."""
        if self.degrees_of_freedom <= 0:
            return None
        quantile = student_t.ppf(0.5 + confidence / 2, self.degrees_of_freedom)
        half = float(quantile) * self.standard_error
        return Interval(self.value - half, self.value + half)
