"""Power laws of errors against numbers of samples: exponent, and the number that an error takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import linregress

from vibench.statistics.estimates import Estimate

FEWEST_SIZES = 3
"""Different sizes from which an exponent and its standard error can be told."""


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """A fitted law, error = a·n^(-b)."""

    exponent: Estimate
    """The exponent b, positive where errors fall."""
    prefactor: float
    """The prefactor a, in the unit of the error."""


def fit_power_law(sizes: Sequence[float], errors: Sequence[float]) -> PowerLaw | None:
    r"""Fit a power law by least squares of logarithms.

    .. math:: \ln ε = \ln a - b \ln n

    The standard error of b is that of the slope, from the scatter about the line: of n points it
    has n - 2 degrees of freedom. It knows nothing of what all points share.

    Parameters
    ----------
    sizes
        Numbers of samples; a size may come several times, with different seeds.
    errors
        The error of each, in any unit.

    Returns
    -------
    PowerLaw or None
        None with fewer than `FEWEST_SIZES` different sizes, or with an error that is not a
        positive number.

    References
    ----------
    J. Hestness et al., arXiv:1712.00409 (2017), eq. 1 without the irreducible error.
    """
    usable = all(math.isfinite(error) and error > 0 for error in errors)
    if len(set(sizes)) < FEWEST_SIZES or not usable:
        return None
    line = linregress(np.log(sizes), np.log(errors))
    slope = Estimate(-float(line.slope), float(line.stderr), len(sizes) - 2)
    return PowerLaw(slope, math.exp(line.intercept))


@dataclass(frozen=True, slots=True)
class NeededSize:
    """The number of samples that an error takes."""

    value: float
    """By interpolation between neighbouring points of the curve; NaN outside of it."""
    place: Literal["within", "below", "above"]
    """Whether the number lies within the sizes of the curve, below the smallest or above the
    largest."""


def needed_size(sizes: Sequence[float], errors: Sequence[float], target: float) -> NeededSize:
    """Return from how many samples on an error is not larger than *target*.

    Logarithms are interpolated linearly, which is exact for a power law. Errors of one size are
    averaged, logarithms again. Where a curve rises again, its first crossing counts.

    Parameters
    ----------
    sizes, errors
        As of `fit_power_law`, all errors positive.
    target
        The error, in the same unit.
    """
    different = sorted(set(sizes))
    logs = [
        float(np.mean([math.log(e) for size, e in zip(sizes, errors, strict=True) if size == one]))
        for one in different
    ]
    # A target taken from the curve itself must not miss it by rounding.
    wanted = math.log(target) + 1e-12
    if logs[0] <= wanted:
        inside = logs[0] >= wanted - 2e-12
        return NeededSize(different[0], "within") if inside else NeededSize(math.nan, "below")
    for place in range(1, len(different)):
        if logs[place] <= wanted:
            first, second = np.log(different[place - 1 : place + 1])
            share = (logs[place - 1] - wanted) / (logs[place - 1] - logs[place])
            return NeededSize(float(np.exp(first + share * (second - first))), "within")
    return NeededSize(math.nan, "above")
