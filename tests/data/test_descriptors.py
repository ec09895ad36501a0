"""Descriptors do not see orientation, place or the order of equal atoms, but all else."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vibench.core.errors import InputError
from vibench.data.descriptors import sorted_distances
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe

METHANOL = build_molecule(MoleculeRecipe(name="methanol"))
NUMBERS = METHANOL.numbers


def shaken(count=5, seed=0):
    noise = np.random.default_rng(seed).normal(0, 0.1, size=(count, len(NUMBERS), 3))
    return METHANOL.positions + noise


def test_rotation_translation_and_reflection_change_nothing():
    positions = shaken()
    expected = sorted_distances(NUMBERS, positions)
    turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    moved = positions @ turn.T + np.array([1.0, -20.0, 3.0])
    np.testing.assert_allclose(sorted_distances(NUMBERS, moved), expected, atol=1e-12)
    np.testing.assert_allclose(sorted_distances(NUMBERS, -positions), expected, atol=1e-12)


def test_equal_atoms_may_be_exchanged_and_others_not():
    positions = shaken()
    expected = sorted_distances(NUMBERS, positions)
    order = np.arange(len(NUMBERS))
    hydrogens = np.flatnonzero(NUMBERS == 1)
    order[hydrogens] = np.roll(hydrogens, 1)
    np.testing.assert_array_equal(sorted_distances(NUMBERS, positions[:, order]), expected)
    order = np.arange(len(NUMBERS))
    carbon, oxygen = np.flatnonzero(NUMBERS == 6)[0], np.flatnonzero(NUMBERS == 8)[0]
    order[[carbon, oxygen]] = oxygen, carbon
    assert np.abs(sorted_distances(NUMBERS, positions[:, order]) - expected).max() > 0.1


def test_atoms_in_another_order_in_the_file_give_the_same():
    positions = shaken()
    order = np.random.default_rng(2).permutation(len(NUMBERS))
    np.testing.assert_array_equal(
        sorted_distances(NUMBERS[order], positions[:, order]), sorted_distances(NUMBERS, positions)
    )


def test_distances_of_water_by_hand():
    water = np.array([[[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 4.0, 0.0]]])
    # Hydrogen with hydrogen, then hydrogen with oxygen in ascending order.
    np.testing.assert_allclose(sorted_distances(np.array([8, 1, 1]), water), [[5.0, 3.0, 4.0]])


def test_an_atom_alone_has_no_distances():
    assert sorted_distances(np.array([2]), np.zeros((3, 1, 3))).shape == (3, 0)


def test_positions_of_other_atoms_are_refused():
    with pytest.raises(InputError, match=r"shape \(2, 4, 3\), expected \(structures, 3, 3\)"):
        sorted_distances(np.array([8, 1, 1]), np.zeros((2, 4, 3)))
