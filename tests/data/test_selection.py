"""Frames taken from a trajectory: representative, random, first."""

import sys

import numpy as np
import pytest

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.molecules import copies_at, single
from vibench.core.trajectory import Outcome, Trajectory
from vibench.data.recipes import SelectionRecipe
from vibench.data.selection import (
    check_packages,
    representatives,
    select_frames,
)

ION = single("ion", [8, 1], [[0, 0, 0], [0, 0, 1]], [16.0, 1.0], charge=-1)


def trajectory(lengths, outcome=None):
    """Return dynamics of a diatomic with given bond lengths."""
    frames = len(lengths)
    positions = np.zeros((frames, 2, 3))
    positions[:, 1, 2] = lengths
    return Trajectory(
        name="ion",
        replica=0,
        numbers=ION.numbers,
        masses=ION.masses,
        dipole=np.zeros((frames, 3)),
        potential_energy=np.zeros(frames),
        kinetic_energy=np.zeros(frames),
        positions=positions,
        velocities=positions,
        time_step_fs=0.5,
        frame_stride=1,
        temperature_k=300.0,
        thermostat="none",
        outcome=outcome or Outcome("finished"),
    )


def selected(kind, structures, lengths, seed=0):
    recipe = SelectionRecipe(kind=kind, structures=structures, seed=seed)
    return select_frames(trajectory(lengths), recipe)


def test_first_frames_follow_each_other():
    np.testing.assert_array_equal(selected("first", 4, np.arange(1, 11)), [0, 1, 2, 3])


def test_random_frames_are_different_ordered_and_a_function_of_the_seed():
    lengths = np.linspace(1, 2, 200)
    frames = selected("random", 50, lengths)
    assert len(set(frames)) == 50
    assert (np.diff(frames) > 0).all()
    np.testing.assert_array_equal(frames, selected("random", 50, lengths))
    assert not np.array_equal(frames, selected("random", 50, lengths, seed=1))


def test_each_of_three_separate_groups_has_its_middle_taken():
    # Three groups of five bond lengths, in mixed order; the middle one of each is its medoid.
    lengths = np.array([1.0, 2.0, 3.0])[:, None] + np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
    order = np.random.default_rng(3).permutation(15)
    frames = selected("representative", 3, lengths.ravel()[order])
    np.testing.assert_allclose(np.sort(lengths.ravel()[order][frames]), [1.0, 2.0, 3.0])


def test_clusters_are_of_equal_size_and_not_as_dense_as_nature_would_have_them():
    # Nine tenths of the frames are near 1 Å: plain k-means would give the rest a centre of its own.
    rng = np.random.default_rng(4)
    lengths = np.concatenate([rng.normal(1.0, 0.01, 900), rng.normal(3.0, 0.01, 100)])
    near = lengths[selected("representative", 10, lengths)]
    assert (near > 2).sum() == 1
    assert (near < 2).sum() == 9


def test_medoids_have_thinner_tails_than_a_sample():
    # 2000 points of a normal distribution in five dimensions, twenty of them taken.
    rng = np.random.default_rng(5)
    points = rng.normal(size=(2000, 5))
    medoids = points[representatives(points, 20, seed=0)]
    samples = [points[rng.choice(2000, 20, replace=False)].var(axis=0).sum() for _ in range(200)]
    kept = medoids.var(axis=0).sum() / points.var(axis=0).sum()
    assert 0.6 < kept < 0.8
    assert np.mean(samples) / points.var(axis=0).sum() == pytest.approx(1 - 1 / 20, abs=0.02)
    assert medoids.var(axis=0).sum() < min(samples)
    extremes = [np.abs(points[rng.choice(2000, 20, replace=False)]).max() for _ in range(200)]
    assert np.abs(medoids).max() < np.quantile(extremes, 0.05)


def test_all_frames_may_be_taken():
    lengths = np.linspace(1, 2, 7)
    for kind in ("representative", "random", "first"):
        np.testing.assert_array_equal(selected(kind, 7, lengths), np.arange(7))


def test_structures_keep_charge_and_positions():
    run = trajectory(np.arange(1.0, 6.0))
    found = copies_at(ION, run.positions[[1, 3]])
    np.testing.assert_array_equal(found.positions[1::2, 2], [2, 4])
    np.testing.assert_array_equal(found.charge, -1)


@pytest.mark.parametrize("kind", ["representative", "random", "first"])
def test_more_structures_than_frames_are_refused(kind):
    with pytest.raises(InputError, match="has 5 frames, but 6 structures are wanted"):
        selected(kind, 6, np.arange(1, 6))


def test_a_trajectory_that_failed_gives_no_structures():
    run = trajectory(np.arange(1, 6), outcome=Outcome("failed", "a bond was broken", 4))
    with pytest.raises(InputError, match=r"'ion' at 300 K failed: a bond was broken"):
        select_frames(run, SelectionRecipe(kind="first", structures=2))


def test_clusters_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="4 clusters were asked for, expected between 1 and 3"):
        representatives(np.zeros((3, 1)), 4, seed=0)


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "k_means_constrained", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'vibench\[clustering\]'"):
        selected("representative", 2, np.arange(1, 6))
    with pytest.raises(MissingDependencyError, match="k-means-constrained is not installed"):
        check_packages([SelectionRecipe(kind="representative", structures=2)])
    check_packages([SelectionRecipe(kind="random", structures=2)])
