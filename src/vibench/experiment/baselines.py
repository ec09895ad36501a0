"""Baselines of measured spectra."""

import math

import numpy as np
from pybaselines import Baseline

from vibench.core.molecules import Array
from vibench.experiment.recipe import BaselineMethod


def estimate_baseline(
    wavenumber_cm1: Array, intensity: Array, *, method: BaselineMethod, stiffness_cm1: float
) -> Array:
    """Estimate the smooth background under the bands of a spectrum.

    Both methods minimise Σ w_i (y_i - z_i)² + λ Σ (Δ²z_i)² with weights that fall where the curve
    lies above the baseline. On a grid of step h the penalty is λ = (L/h)⁴ for the length L =
    *stiffness_cm1*, so that it does not depend on how densely a spectrum was sampled. The fit is
    made on averages over bins of about L/50, where it is well conditioned, and interpolated.

    Parameters
    ----------
    wavenumber_cm1 : (points,)
        Ascending wavenumbers in cm⁻¹.
    intensity : (points,)
        Intensity, linear in absorbance.
    method
        ``"arpls"``, ``"asls"`` or ``"none"``.
    stiffness_cm1
        Length L in cm⁻¹ below which the baseline cannot bend.

    Returns
    -------
    baseline : (points,)

    References
    ----------
    S.-J. Baek et al., Analyst 140, 250 (2015) (arpls); P. H. C. Eilers, Anal. Chem. 75, 3631
    (2003) (asls); implemented by pybaselines.
    """
    if method == "none":
        return np.zeros_like(intensity)
    low, high = wavenumber_cm1[0], wavenumber_cm1[-1]
    spacing = max(stiffness_cm1 / 50, float(np.median(np.diff(wavenumber_cm1))))
    bins = max(4, math.ceil((high - low) / spacing))
    step = (high - low) / bins
    position = np.minimum(((wavenumber_cm1 - low) / step).astype(np.int64), bins - 1)
    count = np.bincount(position, minlength=bins)
    filled = count > 0
    centre = np.bincount(position, wavenumber_cm1, minlength=bins)[filled] / count[filled]
    height = np.bincount(position, intensity, minlength=bins)[filled] / count[filled]
    grid = low + (np.arange(bins) + 0.5) * step
    fitter = Baseline(x_data=grid)
    fit = {"arpls": fitter.arpls, "asls": fitter.asls}[method]
    curve, _ = fit(np.interp(grid, centre, height), lam=(stiffness_cm1 / step) ** 4, max_iter=200)
    return np.asarray(np.interp(wavenumber_cm1, grid, curve))
