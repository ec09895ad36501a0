"""Measured spectra, read and brought to a scale that is linear in absorbance."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError, unknown_name
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.experiment.axes import AbscissaUnit, abscissa_unit, to_wavenumber
from vibench.experiment.baselines import estimate_baseline
from vibench.experiment.jcamp_files import read_jcamp
from vibench.experiment.ordinates import (
    OrdinateKind,
    absorptivity_unit,
    is_napierian,
    ordinate_kind,
    to_absorbance,
)
from vibench.experiment.recipe import MeasuredRecipe
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


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured spectrum and what its user has to know about it."""

    spectrum: Spectrum
    """Ascending in cm⁻¹ and linear in decadic absorbance. Saturated points are left out."""
    notices: tuple[str, ...]
    """What was converted, left out or looks suspicious, in words."""


def read_measurement(recipe: MeasuredRecipe) -> Measurement:
    """Read a measured spectrum from a file.

    The axis is converted to wavenumbers and sorted, transmittance to decadic absorbance, natural
    logarithms to base 10; points without transmitted light are left out; the baseline is
    subtracted. `Spectrum.width_cm1` is the recipe's, else the resolution stated in the file, else
    NaN.

    Raises
    ------
    InputError
        If the file cannot be read, its units are neither stated nor declared, or its content
        contradicts them.
    """
    reader = READERS.get(recipe.path.suffix.lower())
    if reader is None:
        raise unknown_name("file type of a measured spectrum", recipe.path.suffix, READERS)
    table = reader(recipe.path)
    abscissa, ordinate, overruled = _units(table, recipe)
    place = str(recipe.path)
    wavenumber = to_wavenumber(table.x, abscissa, place=place)
    absorbance, converted = to_absorbance(table.y, ordinate, place=place)
    notices = [*table.notices, *overruled, *converted]
    if abscissa != "cm^-1":
        notices.append(f"axis converted from {abscissa} to cm^-1")
    if wavenumber[0] > wavenumber[-1]:
        notices.append("descending axis reversed")
        wavenumber, absorbance = wavenumber[::-1], absorbance[::-1]
    wavenumber, absorbance, saturated = _without_saturated(wavenumber, absorbance, recipe.path)
    notices += saturated
    if recipe.ordinate is None and is_napierian(table.ordinate or ""):
        absorbance = absorbance / math.log(10)
        notices.append("natural logarithm converted to base 10")
    width, unknown = _width(table, abscissa, recipe)
    baseline = estimate_baseline(
        wavenumber,
        absorbance,
        method=recipe.baseline,
        stiffness_cm1=recipe.baseline_stiffness_cm1,
    )
    spectrum = Spectrum(
        wavenumber_cm1=wavenumber,
        intensity=absorbance - baseline,
        unit="absorbance"
        if ordinate != "absorptivity"
        else absorptivity_unit(table.ordinate or ""),
        width_cm1=width,
        method=_method(table, recipe, baseline),
    )
    return Measurement(spectrum, tuple(notices + unknown))


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


def _without_saturated(
    wavenumber: Array, absorbance: Array, path: Path
) -> tuple[Array, Array, list[str]]:
    dark = np.isnan(absorbance)
    if not dark.any():
        return wavenumber, absorbance, []
    if dark.sum() > len(dark) - 3:
        raise InputError(f"{path}: nearly every point has a transmittance of 0 or less")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], dark.astype(np.int8), [0]])))
    ranges = ", ".join(
        f"{wavenumber[start]:.0f}-{wavenumber[end - 1]:.0f}"
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
    notice = (
        f"{dark.sum()} saturated points (transmittance 0 or less) left out, at {ranges} cm^-1: "
        f"bands there are cut off"
    )
    return wavenumber[~dark], absorbance[~dark], [notice]


def _width(table: Table, abscissa: AbscissaUnit, recipe: MeasuredRecipe) -> tuple[float, list[str]]:
    if recipe.width_cm1 is not None:
        return recipe.width_cm1, []
    if math.isnan(table.width):
        return math.nan, ["no resolution stated: instrumental width unknown"]
    if abscissa != "cm^-1":
        return math.nan, ["resolution not stated in cm^-1: instrumental width unknown"]
    return table.width, []


def _method(table: Table, recipe: MeasuredRecipe, baseline: Array) -> str:
    method = f"measured, {' '.join(table.title.split())}, {recipe.path.name}; baseline "
    if recipe.baseline == "none":
        return method + "as it is"
    return method + (
        f"{recipe.baseline} with a stiffness of {recipe.baseline_stiffness_cm1:g} cm^-1, "
        f"{baseline.min():.3g} to {baseline.max():.3g}, subtracted"
    )
