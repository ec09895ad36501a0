"""The area between two estimated curves, where noise alone makes an area."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Estimate, Interval, satterthwaite
from vibench.statistics.jackknife import means_without

_DRAWS = 1000
_CERTAIN_SIGN = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class CurveEstimate:
    """A curve with its errors in a form that can be drawn from."""

    values: Array
    """(points,) the curve of the whole samples."""
    errors: Array
    """(members, points) rows e_i such that Σ e_i e_iᵀ is the covariance of the curve."""
    degrees_of_freedom: float
    """Degrees of freedom behind the covariance; 0 if there is none."""


def jackknife_curve(curve: Callable[..., Array], *samples: Array) -> CurveEstimate:
    """Estimate a curve that depends on the means of independent samples, with its covariance.

    The jackknife of a number, point by point: the errors are

        e_i = √((n - 1)/n) (θ_{-i} - mean θ_{-i}),

    so their squares add up to the variance of the jackknife and their products to covariances.

    Parameters
    ----------
    curve
        Called with the mean of each sample, shape (..., points); returns a curve (..., points).
    *samples : (members, points)
        Independent replicas. A sample of one member is taken as exact.

    References
    ----------
    J. N. Arvesen, Ann. Math. Stat. 40, 2076 (1969).
    """
    means = [sample.mean(axis=0) for sample in samples]
    rows, variances, freedoms = [], [], []
    for position, sample in enumerate(samples):
        members = len(sample)
        if members < 2:
            continue
        thinned = curve(*means[:position], means_without(sample), *means[position + 1 :])
        part = math.sqrt((members - 1) / members) * (thinned - thinned.mean(axis=0))
        rows.append(part)
        variances.append(float((part**2).sum()))
        freedoms.append(members - 1)
    values = np.asarray(curve(*means))
    if not rows:
        return CurveEstimate(values, np.zeros((0, len(values))), 0.0)
    return CurveEstimate(values, np.concatenate(rows), satterthwaite(variances, freedoms))


def area_between(
    difference: CurveEstimate,
    *,
    steps: Array,
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> tuple[Estimate, Interval | None]:
    """Estimate ∫|m| of a curve m that is known as d = m + noise, and give its interval.

    Noise makes ∫|d| too large, by as much as all of it where m = 0, and ∫|d| has a kink there, so
    neither the bias nor the interval of a jackknife can be trusted. With the pointwise standard
    error s, an error e changes ∫|d| to first order by

        φ_κ(e) = ∫_{|d| > κs} sign(d) e + ∫_{|d| ≤ κs} |e|,

    where the sign of m is taken as known beyond κ standard errors. Errors are drawn from the
    estimated covariance, as multivariate t. The interval is

        [∫|d| - q_{1-α/2}(φ_2),  ∫|d| - q_{α/2}(φ_0)],

    cut at zero: the lower end allows for a curve that is zero wherever it may be; the upper end
    takes every sign as known, which errs upward. The estimated bias is what noise alone contributes
    where the sign is open, ∫ s √(2/π) over |d| ≤ s; what it leaves is pointwise between -0.22 and
    +0.26 standard errors, and no estimator is unbiased for all m. The corrected value may be
    negative.

    Parameters
    ----------
    difference
        The curve.
    steps : (points,)
        Length that each point of the curve stands for.
    rng
        Random generator.
    confidence
        Nominal coverage.

    Returns
    -------
    estimate
        `value` is ∫|d|, `bias` what noise adds to it; the standard error is that of φ_2.
    interval
        None without degrees of freedom.

    Raises
    ------
    InputError
        If a length is negative.

    References
    ----------
    Z. Fang and A. Santos, Rev. Econ. Stud. 86, 377 (2019), doi:10.1093/restud/rdy049 (inference on
    directionally differentiable functions).
    """
    if np.any(steps < 0):
        raise InputError(f"lengths must not be negative, found {steps.min():g}")
    size = np.abs(difference.values)
    area = float(size @ steps)
    freedom = difference.degrees_of_freedom
    if freedom <= 0:
        return Estimate(area, float("nan"), 0.0), None
    sigma = np.sqrt((difference.errors**2).sum(axis=0))
    open_sign = size <= sigma
    bias = math.sqrt(2 / math.pi) * float(sigma[open_sign] @ steps[open_sign])
    weights = rng.standard_normal((_DRAWS, len(difference.errors)))
    weights *= np.sqrt(freedom / rng.chisquare(freedom, (_DRAWS, 1)))
    drawn = weights @ (difference.errors * steps)
    sign = np.sign(difference.values)
    known = size > _CERTAIN_SIGN * sigma
    cautious = drawn[:, known] @ sign[known] + np.abs(drawn[:, ~known]).sum(axis=1)
    tail = (1 - confidence) / 2
    low = area - float(np.quantile(cautious, 1 - tail))
    high = area - float(np.quantile(drawn @ sign, tail))
    interval = Interval(max(low, 0.0), max(high, 0.0))
    return Estimate(area, float(cautious.std()), freedom, bias), interval
