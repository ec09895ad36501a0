"""Infrared intensities of harmonic modes."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.units import INTENSITY_PER_DIPOLE_DERIVATIVE


def mode_dipole_derivatives(eigenvectors: Array, masses: Array, born_charges: Array) -> Array:
    r"""Return dipole derivatives along normal modes (modes, 3) in e/√amu.

    .. math:: \frac{∂μ_a}{∂Q_n} = \sum_{i,b} \frac{e_{n,ib}}{\sqrt{m_i}} \frac{∂μ_a}{∂R_{ib}}

    ================ ============
    symbol           argument
    ================ ============
    e                eigenvectors
    m                masses
    ∂μ/∂R            born_charges
    ================ ============

    For an ion ∂μ/∂R contains a translation, of which a vibration has none: use eigenvectors with
    the rigid motions projected out, as `vibench.vibrations.modes.normal_modes` does.

    Parameters
    ----------
    eigenvectors : (modes, atoms, 3)
        Orthonormal eigenvectors of the mass-weighted Hessian.
    masses : (atoms,)
        Masses in amu.
    born_charges : (atoms, 3, 3)
        Born effective charges ∂μ_a/∂R_ib in e, as [atom i, displacement b, dipole component a].

    Raises
    ------
    InputError
        If the shapes do not belong together.
    """
    atoms = len(masses)
    if eigenvectors.shape[1:] != (atoms, 3) or born_charges.shape != (atoms, 3, 3):
        raise InputError(
            f"eigenvectors {eigenvectors.shape} and Born charges {born_charges.shape} do not "
            f"belong to {atoms} masses; expected (modes, {atoms}, 3) and ({atoms}, 3, 3)"
        )
    displacements = eigenvectors / np.sqrt(masses)[:, None]
    found: Array = np.einsum("nib,iba->na", displacements, born_charges)
    return found


def infrared_intensities(dipole_derivatives: Array) -> Array:
    """Return intensities (modes,) in km/mol of dipole derivatives (modes, 3) in e/√amu.

    N_A/(12 ε₀ c²) |∂μ/∂Q|²: napierian, integrated over wavenumber, averaged over orientations.
    """
    squared: Array = np.einsum("na,na->n", dipole_derivatives, dipole_derivatives)
    return INTENSITY_PER_DIPOLE_DERIVATIVE * squared
