"""Geometries drawn from the harmonic ensemble of a molecule."""

from typing import Literal

import numpy as np

from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.units import BOLTZMANN, FREQUENCY_PER_SQRT_CURVATURE, HC


def sample_normal_modes(
    modes: Modes,
    *,
    temperature_k: float,
    n: int,
    rng: np.random.Generator,
    statistics: Literal["classical", "quantum"] = "classical",
    softest_cm1: float = 100.0,
) -> Array:
    r"""Draw geometries (n, atoms, 3) in Å along the normal modes.

    Each mode is an independent normal deviate of variance

    .. math:: ⟨Q^2⟩ = \frac{k_B T}{λ} \text{ (classical)},\qquad
              ⟨Q^2⟩ = \frac{hcν̃}{2λ}\coth\frac{hcν̃}{2k_BT} \text{ (quantum)}

    with λ the mass-weighted force constant in eV/Å²/amu; the second is the position part of the
    Wigner function of a harmonic oscillator.

    Parameters
    ----------
    modes
        Normal modes and the geometry they belong to.
    temperature_k
        Temperature in K.
    n
        Number of geometries.
    rng
        Random generator.
    statistics
        Classical or quantum ensemble.
    softest_cm1
        Softer modes, imaginary ones included, are treated as if they had this wavenumber in
        cm⁻¹: a straight line is a poor torsion, and far along it atoms collide.

    References
    ----------
    M. Hillery, R. F. O'Connell, M. O. Scully, E. P. Wigner, Phys. Rep. 106, 121 (1984),
    doi:10.1016/0370-1573(84)90160-1.
    """
    wavenumbers = np.maximum(np.abs(modes.frequencies_cm1), softest_cm1)
    curvature = (wavenumbers / FREQUENCY_PER_SQRT_CURVATURE) ** 2
    energy = np.full_like(wavenumbers, BOLTZMANN * temperature_k)
    if statistics == "quantum":
        half_quantum = 0.5 * HC * wavenumbers
        energy = half_quantum / np.tanh(half_quantum / energy)
    amplitudes = rng.standard_normal((n, len(wavenumbers))) * np.sqrt(energy / curvature)
    shapes = modes.eigenvectors / np.sqrt(modes.masses)[:, None]
    geometries: Array = modes.positions + np.einsum("sn,nai->sai", amplitudes, shapes)
    return geometries
