"""Estimates and their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from vibench.core.molecules import Array


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
    """Estimated bias of the value; 0 if it is unbiased or the sample does not tell."""

    @property
    def corrected(self) -> float:
        """The value less its estimated bias."""
        return self.value - self.bias

    def interval(self, *, confidence: float = 0.95) -> Interval | None:
        """Return the two-sided interval by Student's t, or None without degrees of freedom."""
        return self._about(self.value, confidence)

    def corrected_interval(self, *, confidence: float = 0.95) -> Interval | None:
        """Return the interval of equal width about the corrected value."""
        return self._about(self.corrected, confidence)

    def _about(self, centre: float, confidence: float) -> Interval | None:
        if self.degrees_of_freedom <= 0:
            return None
        quantile = student_t.ppf(0.5 + confidence / 2, self.degrees_of_freedom)
        half = float(quantile) * self.standard_error
        return Interval(centre - half, centre + half)


def mean_estimate(values: Array) -> Estimate:
    """Return the mean of independent (n,) values with its standard error, s/√n with n - 1 freedoms.

    A single value has no standard error.
    """
    count = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else float("nan")
    return Estimate(float(np.mean(values)), error, count - 1)


def satterthwaite(variances: Sequence[float], freedoms: Sequence[float]) -> float:
    """Return the degrees of freedom of a sum of independent variances, (Σv)² / Σ(v²/ν).

    Parameters
    ----------
    variances
        Estimated variances of the parts.
    freedoms
        Degrees of freedom of each; a part of no variance does not count. If none has any, the
        freedoms are added.

    References
    ----------
    B. L. Welch, Biometrika 34, 28 (1947); F. E. Satterthwaite, Biometrics Bull. 2, 110 (1946).
    """
    total = sum(variances)
    if total == 0:
        return float(sum(freedoms))
    # Shares first: squares of variances would underflow for tiny units.
    shares = zip(variances, freedoms, strict=True)
    return 1 / sum((variance / total) ** 2 / freedom for variance, freedom in shares if variance)
