"""Superposition of geometries: known rotations, Eckart's conditions, distances."""

import numpy as np
from scipy.spatial.transform import Rotation

from vibench.core.superposition import best_rotation, centred, mean_square_distance

RNG = np.random.default_rng(4)
MASSES = np.array([12.0, 16.0, 1.0, 1.0, 14.0])
FIXED = centred(RNG.normal(size=(5, 3)), MASSES)


def test_a_known_rotation_is_found_for_many_frames_at_once() -> None:
    turns = Rotation.random(6, rng=RNG).as_matrix()
    moving = np.einsum("fij,aj->fai", turns, FIXED)
    found = best_rotation(moving, FIXED, MASSES)
    np.testing.assert_allclose(found, np.swapaxes(turns, 1, 2), atol=1e-12)
    np.testing.assert_allclose(mean_square_distance(moving, FIXED, MASSES), 0, atol=1e-12)


def test_the_best_rotation_with_masses_is_the_eckart_frame() -> None:
    moving = centred(FIXED + 0.3 * RNG.normal(size=(4, 5, 3)), MASSES)
    turned = moving @ np.swapaxes(best_rotation(moving, FIXED, MASSES), 1, 2)
    conditions = np.einsum("a,faj->fj", MASSES, np.cross(FIXED, turned))
    np.testing.assert_allclose(conditions, 0, atol=1e-12)
    squared = np.einsum("a,faj->f", MASSES, (turned - FIXED) ** 2) / MASSES.sum()
    np.testing.assert_allclose(mean_square_distance(moving, FIXED, MASSES), squared, rtol=1e-10)


def test_a_reflection_is_never_the_answer() -> None:
    turn = Rotation.random(rng=RNG).as_matrix()
    mirrored = FIXED * [1, 1, -1] @ turn.T
    rotation = best_rotation(mirrored, FIXED, MASSES)
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)
    assert mean_square_distance(mirrored, FIXED, MASSES) > 0.1
    # a planar molecule is its own mirror image
    flat = FIXED * [1, 1, 0]
    assert mean_square_distance(flat * [1, -1, 1] @ turn.T, flat * [1, -1, 1], MASSES) < 1e-12
    turned = flat * [1, 1, -1] @ turn.T
    assert mean_square_distance(turned, flat, MASSES) < 1e-12
    np.testing.assert_allclose(np.linalg.det(best_rotation(turned, flat, MASSES)), 1, atol=1e-12)
