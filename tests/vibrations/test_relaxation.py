"""Relaxation: the minimum is found, and anything else is an outcome."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vibench.core.molecules import single, with_positions
from vibench.testing.springs import Spring, Springs, spring_water, water_springs
from vibench.vibrations.recipe import VibrationsRecipe
from vibench.vibrations.relaxation import relax, rmsd


@pytest.mark.parametrize("optimizer", ["bfgs", "lbfgs", "fire"])
def test_finds_the_minimum(optimizer: str) -> None:
    water = spring_water()
    noise = 0.05 * np.random.default_rng(0).normal(size=(3, 3))
    recipe = VibrationsRecipe(optimizer=optimizer, force_tolerance_ev_per_angstrom=1e-5)
    found = relax(water_springs(), with_positions(water, water.positions + noise), recipe)
    assert found.outcome.finished
    assert found.energy < 1e-10
    assert rmsd(found.molecule.positions, water.positions) < 1e-6
    assert np.abs(water_springs()(found.molecule).forces).max() < 1e-5


def test_too_few_steps_is_an_outcome() -> None:
    water = spring_water()
    start = with_positions(water, water.positions * 1.2)
    found = relax(water_springs(), start, VibrationsRecipe(max_steps=2))
    assert not found.outcome.finished
    assert "after 2 steps" in found.outcome.reason
    assert found.outcome.step == 2
    assert np.isfinite(found.energy)


def test_another_conformer_is_an_outcome() -> None:
    water = spring_water()
    opened = with_positions(water, np.array([[0.0, 0, 0], [0.96, 0.1, 0], [-0.96, 0.1, 0]]))
    found = relax(water_springs(), opened, VibrationsRecipe(max_rmsd_angstrom=0.05))
    assert "another conformer" in found.outcome.reason
    assert relax(water_springs(), opened).outcome.finished


def test_broken_bond_is_an_outcome() -> None:
    long_bond = Springs(
        {(1, 1): Spring(0.74, 30.0), (1, 8): Spring(2.0, 30.0), (8, 8): Spring(1.2, 30.0)},
        {1: 0.1, 8: -0.1},
    )
    hydroxyl = single(
        "OH", [8, 1], [[0.0, 0, 0], [0.97, 0, 0]], [15.999, 1.008], unpaired_electrons=1
    )
    assert "bond was broken" in relax(long_bond, hydroxyl).outcome.reason


def test_rmsd_ignores_rigid_motion_but_not_reflection() -> None:
    rng = np.random.default_rng(1)
    positions = rng.normal(size=(5, 3))
    turned = Rotation.random(rng=rng).apply(positions) + np.array([1.0, 2.0, 3.0])
    assert rmsd(turned, positions) < 1e-12
    assert rmsd(positions * np.array([1, 1, -1]), positions) > 0.1
    stretched = positions.copy()
    stretched[0] += 0.1
    assert 0 < rmsd(stretched, positions) < np.sqrt(0.03 / 5)
