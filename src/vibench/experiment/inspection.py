"""What is in a measured file, in numbers."""

import math
from dataclasses import dataclass

import numpy as np

from vibench.experiment.conditions import Conditions
from vibench.experiment.measurement import baseline_variants
from vibench.experiment.recipe import BASELINE_METHODS, MeasuredRecipe


@dataclass(frozen=True, slots=True)
class BaselineSummary:
    """What one baseline does to a spectrum."""

    method: str
    """Name of the method."""
    lowest: float
    """Lowest value of the baseline, in the unit of the spectrum."""
    highest: float
    """Highest value of the baseline, in the unit of the spectrum."""
    removed_share: float
    """Area of the baseline over the area of the uncorrected spectrum."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Facts about one measured spectrum."""

    unit: str
    """Unit after conversion, with the base of the logarithm."""
    low_cm1: float
    """First wavenumber in cm⁻¹."""
    high_cm1: float
    """Last wavenumber in cm⁻¹."""
    points: int
    """Points that are left without saturated ones."""
    spacing_cm1: float
    """Median distance of points in cm⁻¹."""
    resolution_cm1: float | None
    """Instrumental width in cm⁻¹, or None if it is not known."""
    lowest: float
    """Lowest value of the uncorrected spectrum."""
    highest: float
    """Highest value of the uncorrected spectrum."""
    conditions: Conditions
    """Gas and cell."""
    gaps_cm1: tuple[tuple[float, float], ...]
    """Ranges in cm⁻¹ that saturated points leave."""
    baselines: tuple[BaselineSummary, ...]
    """What each baseline does, none left out."""
    impossible_baselines: tuple[str, ...]
    """Methods that found no baseline."""
    notices: tuple[str, ...]
    """What was converted, left out or looks suspicious, in words."""


def inspect_measurement(recipe: MeasuredRecipe) -> Inspection:
    """Say what a measured file holds and what every baseline would take from it.

    Raises
    ------
    InputError
        As `read_measurement`.
    """
    variants = baseline_variants(recipe)
    raw = variants["none"]
    spectrum = raw.spectrum
    axis, curve = spectrum.wavenumber_cm1, spectrum.intensity
    area = float(np.trapezoid(curve, axis))
    baselines = tuple(
        BaselineSummary(
            method=method,
            lowest=float(variant.baseline.min()),
            highest=float(variant.baseline.max()),
            removed_share=float(np.trapezoid(variant.baseline, axis)) / area if area else 0.0,
        )
        for method, variant in variants.items()
        if method != "none"
    )
    gaps = () if spectrum.gaps_cm1 is None else spectrum.gaps_cm1
    return Inspection(
        unit=spectrum.unit,
        low_cm1=float(axis[0]),
        high_cm1=float(axis[-1]),
        points=len(axis),
        spacing_cm1=float(np.median(np.diff(axis))),
        resolution_cm1=spectrum.width_cm1 if math.isfinite(spectrum.width_cm1) else None,
        lowest=float(curve.min()),
        highest=float(curve.max()),
        conditions=raw.conditions,
        gaps_cm1=tuple((float(low), float(high)) for low, high in gaps),
        baselines=baselines,
        impossible_baselines=tuple(name for name in BASELINE_METHODS if name not in variants),
        notices=raw.notices,
    )
