"""Bonds of molecules, and whether other geometries have the same ones."""

import numpy as np
import pytest

from vibench.core.bonds import changed_bonds, pair_distances
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe

FACTOR = 1.25


def test_distances_are_in_the_order_of_numpys_upper_triangle():
    positions = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    np.testing.assert_allclose(pair_distances(positions), [1.0, 2.0, 5.0**0.5])
    assert pair_distances(np.zeros((7, 4, 3))).shape == (7, 6)


@pytest.mark.parametrize(("length", "changed"), [(0.777, False), (0.90, False), (0.95, True)])
def test_bonds_of_hydrogen_are_long_for_their_radii(length, changed):
    # GFN2-xTB has H2 at 0.777 Å, which is more than 1.25 times twice the radius of 0.31 Å.
    hydrogen = build_molecule(MoleculeRecipe(name="H2"))
    assert changed_bonds(np.array([length]), hydrogen, FACTOR).item() == changed


@pytest.mark.parametrize(("length", "changed"), [(1.2, False), (1.2075, False), (1.3, True)])
def test_other_bonds_go_by_the_sum_of_radii(length, changed):
    water = build_molecule(MoleculeRecipe(name="water"))
    distances = pair_distances(water.positions)
    distances[0] = length - 1e-6
    assert changed_bonds(distances, water, FACTOR).any() == changed


def test_a_bond_that_forms_counts_and_the_pair_is_told():
    water = build_molecule(MoleculeRecipe(name="water"))
    distances = pair_distances(water.positions)
    distances[2] = 0.75
    np.testing.assert_array_equal(changed_bonds(distances, water, FACTOR), [False, False, True])
