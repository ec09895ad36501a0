"""Two spectra brought onto one grid and to one width."""

import math
from dataclasses import dataclass

import numpy as np

from vibench.compare.recipe import CompareRecipe
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import added_width_cm1, convolve_gaussian
from vibench.signals.resampling import interpolate, uniform_grid

FEWEST_POINTS = 10
"""Points below which a comparison means nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two spectra on one grid."""

    wavenumber_cm1: Array
    """(points,) ascending wavenumbers in cm⁻¹."""
    spacing_cm1: Array
    """(points,) range in cm⁻¹ that each point stands for; what lies in gaps belongs to none."""
    candidate: Array
    """(replicas, points) intensities; one row if the spectrum has no replicas."""
    reference: Array
    """(replicas, points) intensities; one row if the spectrum has no replicas."""
    description: str
    """Range, grid and widths, in words."""


def prepare(candidate: Spectrum, reference: Spectrum, recipe: CompareRecipe) -> Pair:
    """Bring two spectra onto one grid and, unless the recipe says otherwise, to one width.

    Every step is linear, so it is done on each replica and the mean of the rows is the prepared
    mean spectrum. Points in the gaps of either spectrum are left out; where a spectrum with gaps
    is broadened, so are those within half the common width of them, as they are mixed with what
    was not measured.

    Raises
    ------
    InputError
        If the ranges of spectra and recipe, less the gaps, hardly overlap.
    """
    low = max(recipe.low_cm1, candidate.wavenumber_cm1[0], reference.wavenumber_cm1[0])
    high = min(recipe.high_cm1, candidate.wavenumber_cm1[-1], reference.wavenumber_cm1[-1])
    if recipe.preparation == "paper":
        points = reference.wavenumber_cm1
        grid = points[(points >= low) & (points <= high)]
        spacing = "the points of the reference"
    else:
        grid = uniform_grid(low, high, step_cm1=recipe.step_cm1)
        spacing = f"steps of {recipe.step_cm1:g} cm^-1"
    width_of_points = np.gradient(grid) if len(grid) >= FEWEST_POINTS else np.empty(0)
    kept = ~_in_gaps(grid, (candidate, reference), recipe)
    if kept.sum() < FEWEST_POINTS:
        raise InputError(
            f"the spectra have no common range to compare: the candidate covers "
            f"{_range(candidate)}, the reference {_range(reference)}, the recipe "
            f"{recipe.low_cm1:g}-{recipe.high_cm1:g} cm^-1"
            f"{'' if kept.all() else f', and {(~kept).sum()} points lie in gaps'}"
        )
    grid, left_out = grid[kept], int((~kept).sum())
    rows, widths = [], []
    for role, spectrum in (("candidate", candidate), ("reference", reference)):
        curves, width = _broadened(spectrum, recipe)
        rows.append(interpolate(spectrum.wavenumber_cm1, curves, grid))
        widths.append(f"{role} {width}")
    holes = f", {left_out} points in gaps left out" if left_out else ""
    return Pair(
        wavenumber_cm1=grid,
        spacing_cm1=width_of_points[kept],
        candidate=rows[0],
        reference=rows[1],
        description=(
            f"{grid[0]:.0f}-{grid[-1]:.0f} cm^-1 in {spacing}{holes}; widths: {', '.join(widths)}"
        ),
    )


def _in_gaps(grid: Array, spectra: tuple[Spectrum, Spectrum], recipe: CompareRecipe) -> Array:
    """Return (points,) whether a point of *grid* lies in a gap of any of the *spectra*."""
    inside = np.zeros(len(grid), dtype=bool)
    for spectrum in spectra:
        if spectrum.gaps_cm1 is None:
            continue
        broadened = recipe.preparation == "common-width" and not (
            spectrum.width_cm1 >= recipe.width_cm1
        )
        margin = recipe.width_cm1 / 2 if broadened else 0.0
        for low, high in spectrum.gaps_cm1:
            inside |= (grid > low - margin) & (grid < high + margin)
    return inside


def _broadened(spectrum: Spectrum, recipe: CompareRecipe) -> tuple[Array, str]:
    curves = spectrum.replicas
    if curves is None:
        curves = np.asarray(spectrum.intensity)[None, :]
    own, total = spectrum.width_cm1, recipe.width_cm1
    known = f"{own:.3g}" if math.isfinite(own) else "unknown"
    if recipe.preparation == "paper":
        return curves, f"{known} as it is"
    if own >= total:
        return curves, f"{own:.3g} as it is (not below {total:g})"
    added = added_width_cm1(own if math.isfinite(own) else 0.0, total)
    broadened = convolve_gaussian(spectrum.wavenumber_cm1, curves, width_cm1=added)
    taken = "" if math.isfinite(own) else ", taken as 0,"
    return broadened, f"{known}{taken} to {total:g} cm^-1"


def _range(spectrum: Spectrum) -> str:
    return f"{spectrum.wavenumber_cm1[0]:.0f}-{spectrum.wavenumber_cm1[-1]:.0f} cm^-1"
