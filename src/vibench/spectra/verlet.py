"""What the time step of velocity Verlet does to frequencies and spectra, undone."""

import math
from dataclasses import replace

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.units import SPEED_OF_LIGHT


def without_time_step(wavenumber_cm1: Array, *, time_step_fs: float) -> Array:
    r"""Return the wavenumbers that bands would have at an infinitely small time step.

    Velocity Verlet, and BAOAB at weak friction, let a harmonic mode ω run at ω′ with

    .. math:: ω = \frac{2}{Δt} \sin\frac{ω' Δt}{2}

    For anharmonic modes this is right to the order of the anharmonicity times the shift.

    Parameters
    ----------
    wavenumber_cm1 : any shape
        Wavenumbers ω′/2πc in cm⁻¹ as found in dynamics.
    time_step_fs
        Integration time step Δt in fs.

    Raises
    ------
    InputError
        If the time step is negative, or too long for the wavenumbers.

    References
    ----------
    W. C. Swope et al., J. Chem. Phys. 76, 637 (1982), doi:10.1063/1.442716 (the integrator).
    """
    if time_step_fs < 0:
        raise InputError(f"time_step_fs must not be negative, found {time_step_fs:g}")
    if time_step_fs == 0:
        return np.asarray(wavenumber_cm1, dtype=np.float64)
    scale = math.pi * SPEED_OF_LIGHT * time_step_fs
    phase = scale * np.asarray(wavenumber_cm1, dtype=np.float64)
    if np.any(np.abs(phase) > math.pi / 2):
        raise InputError(
            f"a time step of {time_step_fs:g} fs cannot have made a band at "
            f"{np.nanmax(np.abs(wavenumber_cm1)):g} cm^-1"
        )
    return np.asarray(np.sin(phase) / scale)


def remove_time_step_shift(spectrum: Spectrum, *, time_step_fs: float) -> Spectrum:
    """Move every point of a spectrum from ω' to ω, where exact dynamics would have put it.

    With positions sampled exactly, as BAOAB does, the dipole velocity of a mode is too large by
    ω'/ω. Dividing the intensity by its square and by dω/dω' gives every band the area that it
    would have had.

    Parameters
    ----------
    spectrum
        Spectrum of trajectories, of which points beyond the Nyquist limit are left out.
    time_step_fs
        Time step of the integration in fs.
    """
    below = spectrum.wavenumber_cm1 < 1 / (2 * SPEED_OF_LIGHT * time_step_fs)
    shown = spectrum.wavenumber_cm1[below]
    exact = without_time_step(shown, time_step_fs=time_step_fs)
    ratio = np.where(shown > 0, exact / np.where(shown > 0, shown, 1.0), 1.0)
    stretch = np.cos(np.pi * SPEED_OF_LIGHT * time_step_fs * shown)
    factor = ratio**2 / stretch
    replicas = None if spectrum.replicas is None else spectrum.replicas[:, below] * factor
    return replace(
        spectrum,
        wavenumber_cm1=exact,
        intensity=spectrum.intensity[below] * factor,
        replicas=replicas,
        method=f"{spectrum.method}; shift of the time step removed",
    )
