"""Absolute absorption: spectra per mole and strengths of bands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.units import ABSORPTION_PER_ABSORPTIVITY
from vibench.experiment.measurement import Measurement
from vibench.experiment.ordinates import ABSORPTIVITY_PER_METRE


@dataclass(frozen=True, slots=True)
class BandStrength:
    """What a spectrum absorbs within a window."""

    low_cm1: float
    """Lower end of the window in cm⁻¹."""
    high_cm1: float
    """Upper end of the window in cm⁻¹."""
    strength_km_per_mol: float
    """Integral of the napierian molar absorption over the window in km/mol."""
    standard_error_km_per_mol: float | None = None
    """Standard error of the mean over replicas, or None without at least two."""


def absolute_spectrum(measurement: Measurement) -> Spectrum:
    """Convert a quantitative absorptivity to napierian molar absorption.

    In a gas of pressure p and temperature T the mole fraction x of a substance is its concentration
    c = x p/(R T). The decadic absorbance over a length l is a x l with x in µmol/mol, and
    ln(10) a x l = α c l, so

        α = ln(10) · a · 10⁶ · R T / p

    =====  ==========================================================================
    a      decadic absorptivity in (µmol/mol)⁻¹ m⁻¹, as quantitative spectra of NIST
    α      napierian molar absorption; in km/mol per cm⁻¹ it is 0.1 of its value in m²/mol
    p, T   pressure and temperature of the gas: the recipe's, else those of the file
    =====  ==========================================================================

    Parameters
    ----------
    measurement
        Its spectrum has the unit `ABSORPTIVITY_PER_METRE`.

    Returns
    -------
    The spectrum in `vibench.core.spectrum.ABSOLUTE`, as computed spectra are.

    Raises
    ------
    InputError
        If the spectrum has another unit, or if pressure or temperature is not known.

    References
    ----------
    P. M. Chu, F. R. Guenther, G. C. Rhoderick, W. J. Lafferty, J. Res. Natl. Inst. Stand. Technol.
    104, 59 (1999).
    """
    spectrum, conditions = measurement.spectrum, measurement.conditions
    if spectrum.unit != ABSORPTIVITY_PER_METRE:
        raise InputError(
            f"only a spectrum of {ABSORPTIVITY_PER_METRE}, has an absolute scale; this one is in "
            f"{spectrum.unit!r}: {spectrum.method}"
        )
    values = {
        "pressure_kpa": conditions.pressure_kpa,
        "temperature_k": conditions.temperature_k,
    }
    missing = [name for name, value in values.items() if not _is_positive(value)]
    if missing:
        raise InputError(
            f"{spectrum.method}: absolute strengths need the pressure and temperature of the gas, "
            f"which the file does not state: declare {' and '.join(missing)}"
        )
    pressure_kpa, temperature_k = (float(value or 0) for value in values.values())
    factor = ABSORPTION_PER_ABSORPTIVITY * temperature_k / pressure_kpa
    return replace(
        spectrum,
        intensity=spectrum.intensity * factor,
        unit=ABSOLUTE,
        method=f"{spectrum.method}; per mole at {pressure_kpa:g} kPa and {temperature_k:g} K",
    )


def _is_positive(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0


def band_strengths(
    spectrum: Spectrum, windows: Sequence[tuple[float, float]]
) -> list[BandStrength]:
    """Integrate a spectrum over fixed windows.

    A = ∫ α(ν̃) dν̃ from the lower to the upper end, of the line that joins the points. Nothing is
    subtracted, so what lies under a band counts.

    Parameters
    ----------
    spectrum
        In km/mol per cm⁻¹: from `absolute_spectrum`, from dynamics or from normal modes.
    windows
        Lower and upper end of each window in cm⁻¹.

    Returns
    -------
    One strength per window, in the order given, in km/mol.

    Raises
    ------
    InputError
        If the spectrum has another unit, or if a window is empty, leaves the range of the spectrum
        or meets a gap in it.
    """
    if spectrum.unit != ABSOLUTE:
        raise InputError(
            f"{spectrum.method}: strengths need a spectrum in {ABSOLUTE}, this one is in "
            f"{spectrum.unit}"
        )
    return [_strength(spectrum, low, high) for low, high in windows]


def _strength(spectrum: Spectrum, low: float, high: float) -> BandStrength:
    axis = spectrum.wavenumber_cm1
    if not low < high:
        raise InputError(f"window {low:g}-{high:g} cm^-1: its ends must ascend")
    if low < axis[0] or high > axis[-1]:
        raise InputError(
            f"window {low:g}-{high:g} cm^-1 leaves the range {axis[0]:g}-{axis[-1]:g} cm^-1 of "
            f"{spectrum.method}"
        )
    for start, end in () if spectrum.gaps_cm1 is None else spectrum.gaps_cm1:
        if start < high and end > low:
            raise InputError(
                f"window {low:g}-{high:g} cm^-1 meets the gap {start:g}-{end:g} cm^-1 of "
                f"{spectrum.method}: the strength of that band is not known"
            )
    error = None
    if spectrum.replicas is not None and len(spectrum.replicas) > 1:
        areas = np.array([_area(axis, row, low, high) for row in spectrum.replicas])
        error = float(areas.std(ddof=1) / math.sqrt(len(areas)))
    return BandStrength(low, high, _area(axis, spectrum.intensity, low, high), error)


def _area(axis: Array, curve: Array, low: float, high: float) -> float:
    inside = axis[(axis > low) & (axis < high)]
    grid = np.concatenate([[low], inside, [high]])
    return float(np.trapezoid(np.interp(grid, axis, curve), grid))
