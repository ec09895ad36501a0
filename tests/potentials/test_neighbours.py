"""The list of atom pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibench.core.molecules import concatenate, single, with_positions
from vibench.core.weights import Weights
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.neighbours import (
    atom_pairs,
    keeps_its_pairs,
    near_pairs,
    neighbour_pairs,
)
from vibench.potentials.network import build_network
from vibench.potentials.recipes import MACERecipe, SchNetRecipe
from vibench.potentials.training_statistics import TrainingStatistics


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_all_ordered_pairs_within_each_molecule_and_no_others(counts):
    centre, neighbour = atom_pairs(np.array(counts))
    owner = np.repeat(np.arange(len(counts)), counts)
    expected = {
        (i, j)
        for i in range(len(owner))
        for j in range(len(owner))
        if i != j and owner[i] == owner[j]
    }
    assert set(zip(centre.tolist(), neighbour.tolist(), strict=True)) == expected
    assert len(centre) == len(expected)
    assert np.all(np.diff(centre) >= 0)


def cloud(atoms, seed=0):
    """A large molecule whose atoms are 1 Å apart or more."""
    grid = np.stack(np.meshgrid(*[np.arange(12.0)] * 3), axis=-1).reshape(-1, 3)
    numbers = np.random.default_rng(seed)
    positions = 1.5 * numbers.permutation(grid)[:atoms] + numbers.uniform(0, 0.5, (atoms, 3))
    return single(f"cloud {atoms}", np.full(atoms, 6), positions, np.full(atoms, 12.0))


@pytest.mark.parametrize("cutoff", [1.0, 4.0, 40.0])
def test_near_pairs_are_all_within_the_cutoff(cutoff):
    positions = cloud(100).positions
    centre, neighbour = near_pairs(positions, cutoff)
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    expected = np.argwhere((distances < cutoff) & ~np.eye(100, dtype=bool))
    assert np.array_equal(np.stack([centre, neighbour], axis=1), expected)


def test_small_molecules_keep_all_pairs_beside_large_ones():
    small, large = cloud(5), cloud(100)
    assert keeps_its_pairs(small)
    batch = concatenate([small, large, small])
    assert not keeps_its_pairs(batch)
    centre, neighbour = neighbour_pairs(batch, cutoff_angstrom=4.0)
    owner = batch.molecule_index
    assert np.all(owner[centre] == owner[neighbour])
    assert np.all(np.diff(centre) >= 0)
    assert [np.sum(owner[centre] == molecule) for molecule in (0, 2)] == [20, 20]


@pytest.mark.parametrize("recipe", [SchNetRecipe(features=8), MACERecipe(features=4, edge_lmax=1)])
def test_predictions_do_not_depend_on_the_kind_of_list(recipe, monkeypatch):
    batch = concatenate([cloud(90, seed) for seed in range(2)])
    network = build_network(recipe, seed=0, statistics=TrainingStatistics(elements=(6,)))
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays={name: value.numpy() for name, value in network.state_dict().items()},
        reference_energies={6: 0.0},
        level_of_theory="none",
        training_checksum="",
    )

    def predicted():
        potential = LearnedPotential(weights, name="model", dtype="float64", device="cpu")
        potential(with_positions(batch, batch.positions + 0.3))
        return potential(batch)

    near = predicted()
    monkeypatch.setattr(type(recipe), "all_pairs_up_to", 1000)
    every = predicted()
    assert np.allclose(near.energy, every.energy, rtol=0, atol=1e-10)
    assert np.allclose(near.forces, every.forces, rtol=0, atol=1e-10)
