"""What the time step of velocity Verlet does to a spectrum, undone."""

from dataclasses import replace

import numpy as np

from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.units import SPEED_OF_LIGHT


def exact_wavenumber(observed_cm1: Array, *, time_step_fs: float) -> Array:
    r"""Return the wavenumbers of modes that velocity Verlet shows at *observed_cm1*.

    .. math:: ω = \frac{2}{Δt} \sin\frac{ω' Δt}{2}

    With 0.5 fs a mode at 3000 cm⁻¹ is shown at 3010. BAOAB and ASE's Langevin scheme shift weakly
    damped modes equally.

    Parameters
    ----------
    observed_cm1 : any shape
        Wavenumbers ω'/2πc below the Nyquist limit 1/(2cΔt).
    time_step_fs
        Time step of the integration in fs.

    References
    ----------
    E. Hairer, C. Lubich, G. Wanner, Acta Numerica 12, 399 (2003).
    """
    turn = np.pi * SPEED_OF_LIGHT * time_step_fs
    return np.sin(turn * np.asarray(observed_cm1)) / turn


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
    exact = exact_wavenumber(shown, time_step_fs=time_step_fs)
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
