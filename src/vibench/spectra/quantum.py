"""Quantum correction of classical dipole correlation functions."""

from typing import Literal

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.units import BOLTZMANN, HC

type QuantumFactor = Literal["harmonic", "none", "standard"]


def ratio_to_harmonic(
    wavenumber_cm1: Array, *, temperature_k: float, factor: QuantumFactor
) -> Array:
    """Return the factor that replaces the harmonic quantum correction by another one.

    With x = hcν̃/kT the classical line shape is multiplied by

    =============  ==================  ==========================
    factor         correction Q(x)     Q(x) / Q_harmonic(x)
    =============  ==================  ==========================
    ``harmonic``   x / (1 - e^-x)      1
    ``none``       1                   (1 - e^-x) / x
    ``standard``   2 / (1 + e^-x)      tanh(x/2) / (x/2)
    =============  ==================  ==========================

    The classical absorption formula in use, σ ∝ ∫⟨μ̇(0)·μ̇(t)⟩e^{-iωt}dt / kT, already is the exact
    one with the harmonic correction in it, so the last column is what remains to be applied. All
    agree for x → 0.

    Parameters
    ----------
    wavenumber_cm1 : (points,)
        Wavenumbers in cm⁻¹.
    temperature_k
        Temperature in K.
    factor
        The wanted correction.

    Returns
    -------
    ratio : (points,)

    Raises
    ------
    InputError
        If the temperature is not positive.

    References
    ----------
    R. Ramírez, T. López-Ciudad, P. Kumar P and D. Marx, J. Chem. Phys. 121, 3973 (2004),
    doi:10.1063/1.1774986.
    """
    if not temperature_k > 0:
        raise InputError(f"the temperature must be positive, found {temperature_k} K")
    if factor == "harmonic":
        return np.ones_like(wavenumber_cm1)
    x = HC * wavenumber_cm1 / (BOLTZMANN * temperature_k)
    positive = np.where(x > 0, x, 1.0)
    ratio = -np.expm1(-positive) / positive
    if factor == "standard":
        ratio = np.tanh(positive / 2) / (positive / 2)
    return np.where(x > 0, ratio, 1.0)
