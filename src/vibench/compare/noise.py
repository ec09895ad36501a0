"""What sampling noise adds to a measure: the difference between finite and infinite sampling.

Noise of finite trajectories makes two spectra look less alike than their expectations are. Rows of
independent replicas tell by how much, since products of different replicas are free of it.
"""

import math

import numpy as np

from vibench.compare.metrics import pearson_correlation
from vibench.core.molecules import Array
from vibench.statistics.jackknife import jackknife_of_means


def pearson_excess(candidate: Array, reference: Array) -> float:
    r"""Return by how much noise lowers the Pearson correlation of two mean spectra.

    It is the jackknife's estimate of the bias, right to first order in 1/replicas:

    .. math:: r_\infty - r = \sum_{a} (n_a - 1) (r - \overline{r_{a,-i}})

    with r_{a,-i} the correlation without replica i of spectrum a. To that order it is half the
    power of the noise *across* the spectrum, relative to that of the spectrum, summed over both:
    noise that makes a spectrum stronger or weaker as a whole does not change r.

    Parameters
    ----------
    candidate, reference : (replicas, points)
        Spectra of independent replicas; a single row is taken as exact.

    Returns
    -------
    r∞ minus the correlation of the mean spectra.

    References
    ----------
    M. H. Quenouille, Biometrika 43, 353 (1956).
    """
    return -jackknife_of_means(pearson_correlation, candidate, reference).bias


def wasserstein_excess(grid: Array, spacing: Array, candidate: Array, reference: Array) -> float:
    r"""Return by how much noise raises the Wasserstein distance of two mean spectra.

    The distance is ∫ s D dν̃ with the difference D of the cumulative areas and its sign s. Where D
    is noise, s follows it. Taking the sign from all replicas but one, D from that one,

    .. math:: W_\infty = \frac1n \sum_i \int \mathrm{sign}(D_{-i})\, D_i\, d\tilde\nu

    is free of that: 0 on average where nothing but noise is there, the distance where the
    difference stands out. In between it is too small. D is linear in the rows to first order of
    their areas.

    Parameters
    ----------
    grid, spacing : (points,)
        Wavenumbers in cm⁻¹, and the range each stands for.
    candidate, reference : (replicas, points)
        Spectra of independent replicas; a single row is taken as exact.

    Returns
    -------
    The distance of the mean spectra minus W∞ in cm⁻¹, summed over both spectra; not below 0.
    """
    step = np.append(np.diff(grid), 0.0)
    means, deviations = [], []
    for rows in (candidate, reference):
        cumulative = np.cumsum(rows * spacing, axis=1)
        mean = cumulative.mean(axis=0)
        if mean[-1] <= 0:
            return math.nan
        means.append(mean / mean[-1])
        deviations.append((cumulative - means[-1] * cumulative[:, -1:]) / mean[-1])
    difference = means[0] - means[1]
    distance = float(np.abs(difference) @ step)
    excess = 0.0
    for deviation in (deviations[0], -deviations[1]):
        count = len(deviation)
        if count > 1:
            others = np.sign(difference - deviation / (count - 1))
            held_out = float((((difference + deviation) * others) @ step).mean())
            excess += distance - held_out
    return max(excess, 0.0)
