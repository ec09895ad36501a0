"""Baselines of measured spectra."""

import math
from typing import Final

import numpy as np
from pybaselines import Baseline

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.experiment.recipe import MeasuredRecipe
from vibench.experiment.saturation import runs

_BINS_PER_STIFFNESS: Final = 50
_FEWEST_BINS: Final = 4


def estimate_baseline(spectrum: Spectrum, recipe: MeasuredRecipe) -> Array:
    """Estimate the smooth background under the bands of a spectrum.

    arpls and asls minimise Σ w_i (y_i - z_i)² + λ Σ (Δ²z_i)² with weights that fall where the curve
    lies above the baseline. On a grid of step h the penalty is λ = (L/h)⁴ for the length L =
    `MeasuredRecipe.baseline_stiffness_cm1`, so that it does not depend on how densely a spectrum
    was sampled. mor is the lower envelope that a window of width 2L can follow (opening: greatest
    of least values), averaged. imodpoly fits a polynomial again and again to what does not stick
    out. These fits are made on averages over bins of about L/50, where they are well conditioned,
    and interpolated. derivative-threshold has its own grid: see `derivative_baseline`.

    Parameters
    ----------
    spectrum
        Spectrum, linear in absorbance.
    recipe
        Method and settings.

    Returns
    -------
    baseline : (points,)

    Raises
    ------
    InputError
        If derivative-threshold finds bands everywhere.

    References
    ----------
    S.-J. Baek et al., Analyst 140, 250 (2015) (arpls); P. H. C. Eilers, Anal. Chem. 75, 3631
    (2003) (asls); R. Perez-Pueyo et al., Appl. Spectrosc. 64, 595 (2010) (mor); J. Zhao et al.,
    Appl. Spectrosc. 61, 1225 (2007) (imodpoly); implemented by pybaselines.
    """
    wavenumber, intensity = spectrum.wavenumber_cm1, spectrum.intensity
    if recipe.baseline == "none":
        return np.zeros_like(intensity)
    if recipe.baseline == "derivative-threshold":
        return derivative_baseline(
            spectrum,
            threshold=recipe.derivative_threshold,
            widening=recipe.derivative_widening,
            step_cm1=recipe.derivative_step_cm1,
        )
    stiffness = recipe.baseline_stiffness_cm1
    spacing = max(stiffness / _BINS_PER_STIFFNESS, float(np.median(np.diff(wavenumber))))
    grid, height, step = _binned(spectrum, spacing)
    fitter = Baseline(x_data=grid)
    match recipe.baseline:
        case "arpls" | "asls" as method:
            fit = {"arpls": fitter.arpls, "asls": fitter.asls}[method]
            curve, _ = fit(height, lam=(stiffness / step) ** 4, max_iter=200)
        case "mor":
            curve, _ = fitter.mor(height, half_window=max(1, round(stiffness / step)))
        case "imodpoly":
            curve, _ = fitter.imodpoly(height, poly_order=min(recipe.baseline_order, len(grid) - 1))
    return np.asarray(np.interp(wavenumber, grid, curve))


def derivative_baseline(
    spectrum: Spectrum, *, threshold: float, widening: int, step_cm1: float
) -> Array:
    """Draw a line through all places where a spectrum is flat.

    The curve is averaged over bins of *step_cm1* and scaled to a highest point of 1. Points where
    |y_{i+1} - y_{i-1}|/2 exceeds *threshold*, points in gaps, and *widening* points on either side
    of these belong to bands; the baseline is interpolated linearly between all others. So a weak
    band whose flanks rise by less than the threshold per step is taken for baseline and removed.

    Attributed to von der Esch et al., as a third party implements it; whether threshold and
    scaling are those of the paper was not verified. The step is vibench's: the threshold means
    nothing without it.

    Parameters
    ----------
    spectrum
        Spectrum, linear in absorbance.
    threshold, widening, step_cm1
        As in `MeasuredRecipe`.

    Returns
    -------
    baseline : (points,)

    Raises
    ------
    InputError
        If fewer than two points are left for the baseline.

    References
    ----------
    B. von der Esch, L. D. M. Peters, L. Sauerland, C. Ochsenfeld, J. Chem. Theory Comput. 17, 985
    (2021).
    """
    grid, height, _ = _binned(spectrum, step_cm1)
    highest = float(height.max())
    if highest <= 0:
        return np.zeros_like(spectrum.intensity)
    banded = np.abs(np.gradient(height / highest)) > threshold
    for low, high in () if spectrum.gaps_cm1 is None else spectrum.gaps_cm1:
        banded |= (grid > low) & (grid < high)
    for start, end in runs(banded):
        banded[max(start - widening, 0) : end + widening] = True
    if np.sum(~banded) < 2:
        raise InputError(
            f"no baseline by derivative-threshold: the curve changes by more than {threshold:g} of "
            f"its maximum per {step_cm1:g} cm^-1 everywhere; raise derivative_threshold or choose "
            f"another baseline"
        )
    return np.asarray(np.interp(spectrum.wavenumber_cm1, grid[~banded], height[~banded]))


def _binned(spectrum: Spectrum, spacing: float) -> tuple[Array, Array, float]:
    """Average a curve over bins of about *spacing*: centres, means and the exact spacing.

    Empty bins, as in a gap, are filled by interpolation.
    """
    wavenumber, intensity = spectrum.wavenumber_cm1, spectrum.intensity
    low, high = wavenumber[0], wavenumber[-1]
    bins = max(_FEWEST_BINS, math.ceil((high - low) / spacing))
    step = (high - low) / bins
    position = np.minimum(((wavenumber - low) / step).astype(np.int64), bins - 1)
    count = np.bincount(position, minlength=bins)
    filled = count > 0
    centre = np.bincount(position, wavenumber, minlength=bins)[filled] / count[filled]
    height = np.bincount(position, intensity, minlength=bins)[filled] / count[filled]
    grid = low + (np.arange(bins) + 0.5) * step
    return grid, np.interp(grid, centre, height), float(step)
