"""Intensities of modes whose dipole derivatives are known."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.units import DEBYE, INTENSITY_PER_DIPOLE_DERIVATIVE
from vibench.vibrations.intensities import infrared_intensities, mode_dipole_derivatives


def test_factor_agrees_with_the_literature() -> None:
    # Porezag & Pederson, Phys. Rev. B 54, 7830 (1996): 42.255 km/mol per (D/Å)²/amu
    found = infrared_intensities(np.array([[DEBYE, 0.0, 0.0]]))
    np.testing.assert_allclose(found, 42.2561, atol=1e-4)
    np.testing.assert_allclose(INTENSITY_PER_DIPOLE_DERIVATIVE, 974.8801, atol=1e-4)


def test_indices_are_atom_displacement_dipole() -> None:
    born = np.zeros((2, 3, 3))
    born[1, 0, 2] = 0.7  # moving atom 1 along x gives a dipole along z
    eigenvectors = np.zeros((1, 2, 3))
    eigenvectors[0, 1, 0] = 1.0
    found = mode_dipole_derivatives(eigenvectors, np.array([1.0, 4.0]), born)
    np.testing.assert_allclose(found, [[0.0, 0.0, 0.35]])


def test_shapes_must_fit() -> None:
    with pytest.raises(InputError, match="do not belong"):
        mode_dipole_derivatives(np.zeros((1, 2, 3)), np.ones(3), np.zeros((3, 3, 3)))
