"""Measures of likeness of two curves on one grid."""

import numpy as np
from scipy.stats import wasserstein_distance

from vibench.core.errors import InputError
from vibench.core.molecules import Array


def pearson_correlation(first: Array, second: Array) -> float:
    """Return the Pearson correlation of two curves (points,).

        r = Σ(a - ā)(b - b̄) / √(Σ(a - ā)² Σ(b - b̄)²)

    It does not depend on scale and offset of either curve, but on the range and on the width of
    the lines.

    Raises
    ------
    InputError
        If a curve is constant.
    """
    a, b = first - first.mean(), second - second.mean()
    scale = np.linalg.norm(a) * np.linalg.norm(b)
    if scale == 0:
        raise InputError("a constant spectrum has no correlation with another one")
    return float(np.clip(a @ b / scale, -1.0, 1.0))


def wasserstein_of_bands(
    wavenumber_cm1: Array, spacing_cm1: Array, first: Array, second: Array
) -> float:
    """Return the Wasserstein distance in cm⁻¹ of two curves (points,) taken as distributions.

    Each curve, its negative part set to zero, is scaled to unit area; the distance is the mean
    way in cm⁻¹ that intensity has to be moved to turn one into the other, ∫|F_a - F_b| dν̃ with the
    cumulative areas F. A band shifted by δ that holds a fraction f of the area adds f·δ.

    Parameters
    ----------
    wavenumber_cm1 : (points,)
        Ascending wavenumbers in cm⁻¹, not necessarily equally spaced.
    spacing_cm1 : (points,)
        Range in cm⁻¹ that each point stands for, see `point_spacing`.
    first, second : (points,)
        Intensities.

    Raises
    ------
    InputError
        If a curve has no positive intensity.
    """
    cumulative = []
    for curve in (first, second):
        area = np.cumsum(np.clip(curve, 0, None) * spacing_cm1)
        if not area[-1] > 0:
            raise InputError("a spectrum without positive intensity has no Wasserstein distance")
        cumulative.append(area / area[-1])
    return float(np.abs(cumulative[0] - cumulative[1])[:-1] @ np.diff(wavenumber_cm1))


def wasserstein_of_values(first: Array, second: Array) -> float:
    """Return the Wasserstein distance of the intensity *values* of two curves (points,).

    The curves are scaled to a maximum of 1 and their values compared as if they were two samples;
    where on the axis a value lies does not enter, so a shifted band costs nothing. Kept only to
    reproduce numbers made this way, by MLatom among others.

    Raises
    ------
    InputError
        If a curve has no positive intensity.
    """
    if first.max() <= 0 or second.max() <= 0:
        raise InputError("a spectrum without positive intensity has no Wasserstein distance")
    return float(wasserstein_distance(first / first.max(), second / second.max()))


def clipped_fraction(spacing_cm1: Array, curve: Array) -> float:
    """Return the area below zero as a fraction of the area above it; (points,) each."""
    above = float(np.clip(curve, 0, None) @ spacing_cm1)
    below = float(np.clip(-curve, 0, None) @ spacing_cm1)
    return below / above if above > 0 else float("inf")
