"""Spectra as SchNetPack makes them, to compare with published ones."""

from collections.abc import Sequence

import numpy as np
import scipy.fft

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.units import SPEED_OF_LIGHT
from vibench.signals.correlation import autocorrelation
from vibench.signals.windows import half_hann, window_width_cm1
from vibench.spectra.flux import dipole_derivative
from vibench.spectra.recipe import SpectrumRecipe


def schnetpack_spectrum(
    dipoles: Sequence[Array], *, time_step_fs: float, recipe: SpectrumRecipe
) -> Spectrum:
    """Reproduce the infrared spectrum of SchNetPack 2.1, known defects included.

    - Dipoles are averaged over trajectories first: right for the beads of a ring polymer, wrong for
      independent replicas.
    - The autocorrelation of every Cartesian component is normalised to 1 on its own, so bands
      polarised along different axes lose their ratio.
    - The mirrored correlation function holds lag 0 twice and the modulus is taken of its
      transform, I_k = 2Δt |Σ_m a_m w_m cos(2πk(m + ½)/8n)| with n lags: centroids move by 6-9 cm⁻¹.
    - There is no prefactor, temperature or quantum factor; differences are not corrected.

    Parameters
    ----------
    dipoles : list of (steps, 3)
        Dipoles; longer trajectories are cut to the shortest. A component that never changes
        contributes nothing (upstream divides by zero).
    time_step_fs
        Time step in fs.
    recipe
        Settings; `depth_fs` over the time step is SchNetPack's ``resolution``.

    Raises
    ------
    InputError
        With fewer than five steps.

    References
    ----------
    K. T. Schütt, S. S. P. Hessmann, N. W. A. Gebauer, J. Lederer and M. Gastegger, J. Chem. Phys.
    158, 144801 (2023), doi:10.1063/5.0138367; file ``md/data/spectra.py`` of version 2.1.1.
    """
    steps = min(len(run) for run in dipoles)
    if steps < 5:
        raise InputError(f"a spectrum needs at least 5 steps, found {steps}")
    mean = np.mean([run[:steps] for run in dipoles], axis=0)
    derivative = dipole_derivative(mean, time_step_fs=time_step_fs)
    lags = max(2, min(round(recipe.depth_fs / time_step_fs), len(derivative) - 1))
    correlation = np.zeros(lags)
    for component in (derivative - derivative.mean(axis=0)).T:
        spread = component.std()
        if spread > 0:
            correlation += autocorrelation(component / spread, lags - 1, normalisation="biased")
    window = half_hann(lags)
    padded = np.concatenate([correlation * window, np.zeros(3 * lags)])
    mirrored = np.concatenate([padded[::-1], padded])
    intensity = np.abs(time_step_fs * scipy.fft.fft(mirrored))[: len(padded)]
    wavenumber = np.arange(len(padded)) / (len(mirrored) * time_step_fs * SPEED_OF_LIGHT)
    kept = wavenumber <= recipe.max_wavenumber_cm1
    return Spectrum(
        wavenumber_cm1=wavenumber[kept],
        intensity=intensity[kept],
        unit="arbitrary",
        width_cm1=window_width_cm1(window, spacing_fs=time_step_fs),
        method=(
            f"as SchNetPack 2.1: components normalised one by one, lag 0 twice, resolution {lags}, "
            f"{time_step_fs:g} fs; dipoles averaged over {len(dipoles)} trajectories"
        ),
    )
