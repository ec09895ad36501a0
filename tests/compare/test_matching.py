"""Modes of two potentials matched by their eigenvectors."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vibench.compare.frequencies import compare_frequencies
from vibench.compare.matching import degenerate_sets, match_modes, mode_overlaps
from vibench.core.errors import InputError
from vibench.core.modes import Modes

RNG = np.random.default_rng(11)


def modes(*frequencies: float) -> Modes:
    """Return six orthonormal motions of four atoms with the given frequencies."""
    vectors = np.linalg.qr(np.random.default_rng(5).normal(size=(12, 12)))[0][:6]
    return Modes(
        name="peroxide",
        numbers=np.array([8, 8, 1, 1]),
        masses=np.array([16.0, 16.0, 1.0, 1.0]),
        positions=np.random.default_rng(6).normal(size=(4, 3)),
        frequencies_cm1=np.array(frequencies),
        eigenvectors=vectors.reshape(6, 4, 3),
        dipole_derivatives=np.zeros((6, 3)),
        intensities=np.array([10.0, 20, 30, 40, 50, 60]),
        method="test",
    )


REFERENCE = modes(400, 900, 1300, 1350, 3600, 3605)


def reordered(frequencies: list[float], order: list[int]) -> Modes:
    """Return modes of which the k-th is the motion order[k] of the reference."""
    return replace(
        REFERENCE,
        frequencies_cm1=np.array(frequencies),
        eigenvectors=REFERENCE.eigenvectors[order],
        intensities=REFERENCE.intensities[order],
    )


def mixed(one: int, other: int, degrees: float) -> Modes:
    """Return the reference with two of its eigenvectors turned into each other."""
    angle = np.radians(degrees)
    vectors = REFERENCE.eigenvectors.copy()
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    vectors[[one, other]] = np.einsum("mn,nai->mai", turn, vectors[[one, other]])
    return replace(REFERENCE, eigenvectors=vectors)


def test_a_molecule_that_is_turned_and_moved_matches_itself() -> None:
    turn = Rotation.random(rng=RNG).as_matrix()
    moved = replace(
        REFERENCE,
        positions=REFERENCE.positions @ turn.T + 3.0,
        eigenvectors=-REFERENCE.eigenvectors @ turn.T,
    )
    match = match_modes(moved, REFERENCE)
    np.testing.assert_array_equal(match.partner, np.arange(6))
    np.testing.assert_allclose(match.overlap, 1, atol=1e-12)
    np.testing.assert_allclose(mode_overlaps(moved, REFERENCE), np.eye(6), atol=1e-12)


def test_exchanged_modes_are_recognised_and_scored_by_motion() -> None:
    # motions 2 and 3 have changed places: by motion they are off by 60 and -40 cm⁻¹, by order 10
    candidate = reordered([400, 900, 1310, 1360, 3600, 3605], [0, 1, 3, 2, 4, 5])
    np.testing.assert_array_equal(match_modes(candidate, REFERENCE).partner, [0, 1, 3, 2, 4, 5])
    scores = {score.name: score.value for score in compare_frequencies(candidate, REFERENCE)}
    assert scores["harmonic frequency MAE"] == pytest.approx(100 / 6)
    assert scores["harmonic frequency largest error"] == pytest.approx(60)
    assert scores["harmonic frequency MAE (sorted)"] == pytest.approx(20 / 6)
    assert scores["harmonic frequency largest error (sorted)"] == pytest.approx(10)
    assert scores["harmonic intensity MAE"] == 0
    assert scores["lowest mode overlap"] == pytest.approx(1)
    assert scores["mixed modes"] == 0
    assert scores["re-ordered modes"] == 2


def test_modes_that_mix_are_counted() -> None:
    scores = {s.name: s.value for s in compare_frequencies(mixed(2, 3, 44), REFERENCE)}
    assert scores["lowest mode overlap"] == pytest.approx(np.cos(np.radians(44)) ** 2)
    assert scores["mixed modes"] == 0
    equal = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
    vectors = REFERENCE.eigenvectors.copy()
    vectors[:3] = np.einsum("mn,nai->mai", equal, vectors[:3])
    threefold = replace(REFERENCE, eigenvectors=vectors)
    scores = {s.name: s.value for s in compare_frequencies(threefold, REFERENCE)}
    assert scores["mixed modes"] == 1  # a third of everything; its neighbours keep a half or more
    assert scores["lowest mode overlap"] == pytest.approx(1 / 3)


def test_degenerate_modes_are_matched_as_a_set() -> None:
    reference = replace(REFERENCE, frequencies_cm1=np.array([400, 900, 900.2, 900.4, 3600, 3605]))
    turn = Rotation.random(rng=RNG).as_matrix()
    vectors = reference.eigenvectors.copy()
    vectors[1:4] = np.einsum("mn,nai->mai", turn, vectors[1:4])
    candidate = replace(
        reference,
        eigenvectors=vectors,
        frequencies_cm1=reference.frequencies_cm1 + 5,
        intensities=np.array([10.0, 40, 30, 20, 50, 60]),
    )
    assert mode_overlaps(candidate, reference).diagonal().min() < 0.9
    match = match_modes(candidate, reference)
    np.testing.assert_allclose(match.overlap, 1, atol=1e-12)
    np.testing.assert_array_equal(match.partner, np.arange(6))
    assert len(set(match.group)) == 4
    scores = {score.name: score.value for score in compare_frequencies(candidate, reference)}
    assert scores["harmonic frequency MAE"] == pytest.approx(5)
    assert scores["harmonic intensity MAE"] == pytest.approx(0)


def test_a_set_that_is_split_on_the_other_potential_still_matches() -> None:
    candidate = mixed(2, 3, 45)
    candidate = replace(candidate, frequencies_cm1=np.array([400, 900, 1320, 1320.1, 3600, 3605]))
    match = match_modes(candidate, REFERENCE)
    np.testing.assert_allclose(match.overlap, 1, atol=1e-12)
    np.testing.assert_array_equal(match.partner, np.arange(6))
    assert match.group[2] == match.group[3]
    scores = {score.name: score.value for score in compare_frequencies(candidate, REFERENCE)}
    assert scores["re-ordered modes"] == 0


def test_accidental_degeneracy_does_not_hide_the_partners() -> None:
    # On each potential two unrelated modes coincide, not the same two: motions 1 and 2 on one,
    # 2 and 3 on the other.
    reference = replace(REFERENCE, frequencies_cm1=np.array([400, 900, 950, 950.5, 3600, 3605]))
    candidate = replace(reference, frequencies_cm1=np.array([400, 940, 940.5, 990, 3600, 3605]))
    match = match_modes(candidate, reference)
    np.testing.assert_allclose(match.overlap, 1, atol=1e-12)
    np.testing.assert_array_equal(match.partner, np.arange(6))
    # and the same with vectors of the coinciding pairs turned into each other
    turned = mixed(1, 2, 30).eigenvectors
    match = match_modes(replace(candidate, eigenvectors=turned), reference)
    assert match.overlap.min() > 0.999
    np.testing.assert_array_equal(match.partner, np.arange(6))


def test_degenerate_sets_are_chains_of_near_neighbours() -> None:
    found = degenerate_sets(np.array([1000.0, 10.0, 1000.9, 1001.7, 1003.0]), 1.0)
    np.testing.assert_array_equal(found, [1, 0, 1, 1, 2])


def test_other_atoms_are_refused() -> None:
    other = replace(REFERENCE, numbers=np.array([8, 1, 8, 1]))
    with pytest.raises(InputError, match="same atoms in the same order"):
        match_modes(other, REFERENCE)
    heavy = replace(REFERENCE, masses=np.array([16.0, 16.0, 2.0, 1.0]))
    with pytest.raises(InputError, match="equal masses"):
        match_modes(heavy, REFERENCE)


def test_a_molecule_without_modes_matches_trivially() -> None:
    none = replace(
        REFERENCE,
        frequencies_cm1=np.empty(0),
        eigenvectors=np.empty((0, 4, 3)),
        dipole_derivatives=np.empty((0, 3)),
        intensities=np.empty(0),
    )
    assert match_modes(none, none).partner.shape == (0,)
    scores = {score.name: score for score in compare_frequencies(none, none)}
    assert np.isnan(scores["harmonic frequency MAE"].value)
    assert scores["harmonic frequency MAE"].n == 0
