"""What a measure of two spectra would be if trajectories had no end.

Noise of finite trajectories makes two spectra look less alike than their expectations are. The
spread of independent replicas tells by how much.
"""

import numpy as np

from vibench.compare.metrics import pearson_correlation
from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.statistics.distances import area_between, jackknife_curve
from vibench.statistics.estimates import Interval
from vibench.statistics.jackknife import jackknife_of_means

type Endless = tuple[float, Interval | None]
"""A value and its interval of 95 %, for endless trajectories."""


def endless_pearson(candidate: Array, reference: Array) -> Endless:
    """Return the Pearson correlation of the expectations of two sets of rows (replicas, points).

    The jackknife's estimate of the bias is subtracted from the correlation of the means, right to
    first order in 1/replicas,

        r∞ = r + Σ_a (n_a - 1) (r - mean_i r_{a,-i}),

    with r_{a,-i} the correlation without replica i of spectrum a. The bias is half the power of
    noise *across* the spectrum, relative to that of the spectrum: noise that makes a spectrum
    stronger as a whole does not change r. The interval is r∞ ± t s, without Fisher's z, which is
    infinite at r = 1. Both end at 1; an interval that lies above 1 altogether begins at the
    uncorrected r, so that it never shrinks to a point.

    References
    ----------
    M. H. Quenouille, Biometrika 43, 353 (1956).
    """
    estimate = jackknife_of_means(pearson_correlation, candidate, reference)
    interval = estimate.corrected_interval()
    if interval is not None:
        low = interval.low if interval.low < 1 else estimate.value
        interval = Interval(max(low, -1.0), min(interval.high, 1.0))
    return min(estimate.corrected, 1.0), interval


def endless_wasserstein(grid: Array, spacing: Array, candidate: Array, reference: Array) -> Endless:
    """Return the Wasserstein distance of the expectations of two sets of rows, in cm⁻¹.

    The distance is the area between two cumulative curves, whose noise has an area of its own; see
    `vibench.statistics.distances.area_between` for the correction and the interval. Negative
    intensity of single rows is kept: only that of the mean spectra is noise that did not cancel.

    Parameters
    ----------
    grid, spacing : (points,)
        Wavenumbers in cm⁻¹, and the range that each stands for.
    candidate, reference : (replicas, points)
        Spectra of independent replicas; a single row is taken as exact.
    """

    def difference(first: Array, second: Array) -> Array:
        return _cumulative(first * spacing) - _cumulative(second * spacing)

    steps = np.append(np.diff(grid), 0.0)
    estimate, interval = area_between(
        jackknife_curve(difference, candidate, reference),
        steps=steps,
        rng=generator("wasserstein"),
    )
    return max(estimate.corrected, 0.0), interval


def _cumulative(areas: Array) -> Array:
    """Return running sums along the last axis that end at 1."""
    sums: Array = np.cumsum(areas, axis=-1)
    return sums / sums[..., -1:]
