"""Measured spectra, read and brought to a scale that is linear in absorbance."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vibench.core.errors import InputError, unknown_name
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.experiment.axes import AbscissaUnit, abscissa_unit, to_wavenumber
from vibench.experiment.baselines import estimate_baseline
from vibench.experiment.conditions import Conditions
from vibench.experiment.jcamp_files import read_jcamp
from vibench.experiment.ordinates import (
    OrdinateKind,
    ordinate_kind,
    stated_base,
    to_absorbance,
    unit_of,
)
from vibench.experiment.recipe import BASELINE_METHODS, BaselineMethod, MeasuredRecipe
from vibench.experiment.saturation import dark_points, flat_tops, gaps_between, runs
from vibench.experiment.table import Table, read_columns

READERS: Final = {
    ".jdx": read_jcamp,
    ".dx": read_jcamp,
    ".jcamp": read_jcamp,
    ".csv": read_columns,
    ".txt": read_columns,
    ".dat": read_columns,
}
"""Ending of the file name → reader."""
FEWEST_POINTS: Final = 10
"""Points below which a curve is no spectrum."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A measured spectrum and what its user has to know about it."""

    spectrum: Spectrum
    """Ascending in cm⁻¹ and linear in decadic absorbance. Saturated points are left out, which
    leaves gaps."""
    baseline: Array
    """(points,) what was subtracted."""
    conditions: Conditions
    """Gas and cell, as declared or stated."""
    notices: tuple[str, ...]
    """What was converted, left out or looks suspicious, in words."""


def read_measurement(recipe: MeasuredRecipe) -> Measurement:
    """Read a measured spectrum from a file.

    The axis is converted to wavenumbers and sorted, transmittance to decadic absorbance, natural
    logarithms to base 10; saturated points are left out; the baseline is subtracted.
    `Spectrum.width_cm1` is the recipe's, else the resolution stated in the file, else NaN.

    Raises
    ------
    InputError
        If the file cannot be read, its units are neither stated nor declared, its content
        contradicts them, or fewer than ten points are left.
    """
    return _corrected(_uncorrected(recipe), recipe)


def baseline_variants(recipe: MeasuredRecipe) -> dict[BaselineMethod, Measurement]:
    """Read a measured spectrum once and correct it by every baseline.

    How far a score spreads over these is how far it depends on a choice that the data do not make.
    A baseline that a curve does not permit is left out.

    Parameters
    ----------
    recipe
        Settings; its own choice of baseline is ignored.

    Returns
    -------
    Method → measurement, in the order of `BASELINE_METHODS`, which starts with "none".

    Raises
    ------
    InputError
        As `read_measurement`.
    """
    raw = _uncorrected(recipe)
    variants: dict[BaselineMethod, Measurement] = {}
    for method in BASELINE_METHODS:
        try:
            variants[method] = _corrected(raw, recipe.model_copy(update={"baseline": method}))
        except InputError:
            continue
    return variants


def _uncorrected(recipe: MeasuredRecipe) -> Measurement:
    reader = READERS.get(recipe.path.suffix.lower())
    if reader is None:
        raise unknown_name("file type of a measured spectrum", recipe.path.suffix, READERS)
    table = reader(recipe.path)
    abscissa, ordinate, notices = _units(table, recipe)
    place = str(recipe.path)
    if len(table.x) < FEWEST_POINTS:
        raise InputError(
            f"{place}: {len(table.x)} points are no spectrum, expected at least {FEWEST_POINTS}"
        )
    wavenumber = to_wavenumber(table.x, abscissa, place=place)
    absorbance, converted = to_absorbance(table.y, ordinate, place=place)
    notices = [*table.notices, *notices, *converted]
    if abscissa != "cm^-1":
        notices.append(f"axis converted from {abscissa} to cm^-1")
    if wavenumber[0] > wavenumber[-1]:
        notices.append("descending axis reversed")
        wavenumber, absorbance = wavenumber[::-1], absorbance[::-1]
    absorbance, rescaled = _decadic(absorbance, table, ordinate, recipe)
    wavenumber, absorbance, gaps, saturated = _without_saturated(
        wavenumber, absorbance, ordinate, recipe
    )
    width, unknown = _width(table, abscissa, recipe)
    spectrum = Spectrum(
        wavenumber_cm1=wavenumber,
        intensity=absorbance,
        unit=unit_of(ordinate, table.ordinate),
        width_cm1=width,
        method=f"measured, {' '.join(table.title.split())}, {recipe.path.name}",
        gaps_cm1=gaps,
    )
    conditions = replace(
        table.conditions,
        pressure_kpa=recipe.pressure_kpa or table.conditions.pressure_kpa,
        temperature_k=recipe.temperature_k or table.conditions.temperature_k,
    )
    notices += [*rescaled, *saturated, *unknown]
    return Measurement(spectrum, np.zeros_like(absorbance), conditions, tuple(notices))


def _corrected(raw: Measurement, recipe: MeasuredRecipe) -> Measurement:
    curve = raw.spectrum
    baseline = estimate_baseline(curve, recipe)
    method = f"{curve.method}; baseline {_description(recipe, baseline)}"
    corrected = replace(curve, intensity=curve.intensity - baseline, method=method)
    return replace(raw, spectrum=corrected, baseline=baseline)


def _units(table: Table, recipe: MeasuredRecipe) -> tuple[AbscissaUnit, OrdinateKind, list[str]]:
    place, notices = str(recipe.path), []
    for name, stated, declared in (
        ("abscissa", table.abscissa, recipe.abscissa),
        ("ordinate", table.ordinate, recipe.ordinate),
    ):
        if stated is None and declared is None:
            raise InputError(f"{place} does not say what its {name} is: declare {name}")
        if stated is not None and declared is not None:
            notices.append(f"{name} stated as {stated!r}, taken as {declared!r} as declared")
    abscissa = recipe.abscissa or abscissa_unit(table.abscissa or "", place=place)
    ordinate = recipe.ordinate or ordinate_kind(table.ordinate or "", place=place)
    return abscissa, ordinate, notices


def _decadic(
    absorbance: Array, table: Table, ordinate: OrdinateKind, recipe: MeasuredRecipe
) -> tuple[Array, list[str]]:
    if ordinate in {"transmittance", "percent transmittance"}:
        return absorbance, []
    base = recipe.base or stated_base(table.ordinate or "")
    if base == "e":
        return absorbance / math.log(10), ["natural logarithm converted to base 10"]
    return absorbance, [] if base else ["base of the logarithm not stated: taken as 10"]


def _without_saturated(
    wavenumber: Array, absorbance: Array, ordinate: OrdinateKind, recipe: MeasuredRecipe
) -> tuple[Array, Array, Array | None, list[str]]:
    flat, dark = flat_tops(absorbance), np.isnan(absorbance)
    least = recipe.least_transmittance
    if ordinate != "absorptivity":
        dark = dark_points(absorbance, least_transmittance=least)
    notices = []
    for mask, reason in (
        (dark, f"transmittance {least:g} or less"),
        (flat & ~dark, "flat at the highest absorbance"),
    ):
        if mask.any():
            ranges = ", ".join(
                f"{wavenumber[start]:.0f}-{wavenumber[end - 1]:.0f}" for start, end in runs(mask)
            )
            notices.append(
                f"{mask.sum()} saturated points ({reason}) left out, at {ranges} cm^-1: "
                f"bands there are cut off"
            )
    left_out = dark | flat
    if np.sum(~left_out) < FEWEST_POINTS:
        raise InputError(
            f"{recipe.path}: saturated nearly everywhere: {np.sum(~left_out)} of {len(dark)} "
            f"points have a transmittance above {least:g}, expected at least {FEWEST_POINTS}"
        )
    gaps = gaps_between(wavenumber, left_out)
    return wavenumber[~left_out], absorbance[~left_out], gaps, notices


def _width(table: Table, abscissa: AbscissaUnit, recipe: MeasuredRecipe) -> tuple[float, list[str]]:
    if recipe.width_cm1 is not None:
        return recipe.width_cm1, []
    if math.isnan(table.width):
        return math.nan, ["no resolution stated: instrumental width unknown"]
    if abscissa != "cm^-1":
        return math.nan, ["resolution not stated in cm^-1: instrumental width unknown"]
    return table.width, []


def _description(recipe: MeasuredRecipe, baseline: Array) -> str:
    settings = {
        "derivative-threshold": f"(von der Esch et al. 2021, second-hand) with a threshold of "
        f"{recipe.derivative_threshold:g} per {recipe.derivative_step_cm1:g} cm^-1, widened by "
        f"{recipe.derivative_widening} points",
        "imodpoly": f"of order {recipe.baseline_order}",
    }
    if recipe.baseline == "none":
        return "as it is"
    stiffness = f"with a stiffness of {recipe.baseline_stiffness_cm1:g} cm^-1"
    return (
        f"{recipe.baseline} {settings.get(recipe.baseline, stiffness)}, "
        f"{baseline.min():.3g} to {baseline.max():.3g}, subtracted"
    )
