"""Infrared spectra from normal modes."""

from dataclasses import dataclass

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.signals.broadening import LineShape, broaden_sticks


@dataclass(frozen=True, slots=True, eq=False)
class Sticks:
    """A line spectrum: one intensity per wavenumber."""

    wavenumber_cm1: Array
    """(lines,) ascending wavenumbers in cm⁻¹."""
    intensity_km_per_mol: Array
    """(lines,) integrated intensities in km/mol."""


def stick_spectrum(modes: Modes) -> Sticks:
    """Return the real modes of a molecule as sticks; imaginary modes have no line."""
    real = modes.frequencies_cm1 > 0
    return Sticks(modes.frequencies_cm1[real], modes.intensities[real])


def harmonic_spectrum(
    modes: Modes, *, width_cm1: float, grid_cm1: Array, shape: LineShape = "gaussian"
) -> Spectrum:
    """Broaden the harmonic lines of a molecule, in the unit of spectra from dynamics.

    Parameters
    ----------
    modes
        Normal modes; imaginary ones are left out and counted in `Spectrum.method`.
    width_cm1
        Full width at half maximum of every line in cm⁻¹.
    grid_cm1 : (points,)
        Ascending wavenumbers in cm⁻¹.
    shape
        ``"gaussian"`` or ``"lorentzian"``.

    Returns
    -------
    Spectrum
        In km/mol per cm⁻¹: the area of a line is its intensity in km/mol, as far as the line lies
        on the grid.

    Raises
    ------
    InputError
        If the width is not positive.
    """
    if not width_cm1 > 0:
        raise InputError(f"the line width must be positive, found {width_cm1} cm^-1")
    sticks = stick_spectrum(modes)
    method = f"harmonic, {modes.method}; {shape} lines of {width_cm1:g} cm^-1"
    imaginary = len(modes.frequencies_cm1) - len(sticks.wavenumber_cm1)
    if imaginary:
        method += f"; {imaginary} imaginary modes left out"
    return Spectrum(
        wavenumber_cm1=grid_cm1,
        intensity=broaden_sticks(
            sticks.wavenumber_cm1,
            sticks.intensity_km_per_mol,
            grid_cm1,
            width_cm1=width_cm1,
            shape=shape,
        ),
        unit=ABSOLUTE,
        width_cm1=width_cm1,
        method=method,
    )
