"""Clebsch-Gordan coefficients and real spherical harmonics: known values and symmetry."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from scipy.special import sph_harm_y

from vibench.potentials.so3 import RealSphericalHarmonics, clebsch_gordan, real_coupling

LMAX = 4


def directions(count=50):
    vectors = np.random.default_rng(0).standard_normal((count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def harmonics(vectors, lmax=LMAX, **options):
    return RealSphericalHarmonics(lmax, **options).double()(torch.tensor(vectors)).numpy()


def test_two_spins_of_one_couple_as_in_the_tables():
    # m = 0 of l = 0, 1, 2 from m = 1 and m = -1: Condon and Shortley's table.
    found = [clebsch_gordan(1, 1, l)[2, 0, l] for l in range(3)]
    assert found == pytest.approx([np.sqrt(1 / 3), np.sqrt(1 / 2), np.sqrt(1 / 6)])


@pytest.mark.parametrize(("l1", "l2"), [(0, 0), (1, 1), (2, 1), (2, 2), (3, 2)])
def test_coupled_states_are_orthonormal_and_complete(l1, l2):
    columns = [
        clebsch_gordan(l1, l2, l3).reshape(-1, 2 * l3 + 1)
        for l3 in range(abs(l1 - l2), l1 + l2 + 1)
    ]
    matrix = np.concatenate(columns, axis=1)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-14)


def test_harmonics_are_the_real_parts_of_scipys():
    vectors = directions()
    theta, phi = np.arccos(vectors[:, 2]), np.arctan2(vectors[:, 1], vectors[:, 0])
    found = harmonics(vectors)
    for l in range(LMAX + 1):
        np.testing.assert_allclose(
            found[:, l * l + l], sph_harm_y(l, 0, theta, phi).real, atol=1e-14
        )
        for m in range(1, l + 1):
            # SciPy has the Condon-Shortley phase, which is left out here.
            value = np.sqrt(2) * (-1) ** m * sph_harm_y(l, m, theta, phi)
            np.testing.assert_allclose(found[:, l * l + l + m], value.real, atol=1e-14)
            np.testing.assert_allclose(found[:, l * l + l - m], value.imag, atol=1e-14)


def test_the_sum_of_squares_of_a_degree_is_the_same_in_all_directions():
    found = harmonics(directions()) ** 2
    for l in range(LMAX + 1):
        part = found[:, l * l : (l + 1) ** 2].sum(axis=1)
        np.testing.assert_allclose(part, (2 * l + 1) / (4 * np.pi), atol=1e-14)


@pytest.mark.parametrize("lmax", [1, 2, 3])
def test_coupled_harmonics_turn_like_harmonics(lmax):
    vectors, size = directions(), (lmax + 1) ** 2
    matrix = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    before, after = harmonics(vectors, lmax), harmonics(vectors @ matrix.T, lmax)
    turn = np.linalg.lstsq(before, after, rcond=None)[0]  # rows of harmonics turn by this matrix
    np.testing.assert_allclose(before @ turn, after, atol=1e-12)
    coupling = real_coupling(lmax, float32=False)
    rng = np.random.default_rng(2)
    left, right = rng.standard_normal((2, size))
    product = np.einsum("abc,a,b->c", coupling, left, right)
    turned = np.einsum("abc,a,b->c", coupling, left @ turn, right @ turn)
    np.testing.assert_allclose(turned, product @ turn, atol=1e-12)


def test_coupling_keeps_parity():
    parity = np.repeat((-1) ** np.arange(3), 2 * np.arange(3) + 1)
    allowed = np.einsum("a,b,c->abc", parity, parity, parity) > 0
    assert np.all(real_coupling(2, float32=False)[~allowed] == 0)
    assert np.sum(np.abs(real_coupling(2, float32=False)) > 1e-12) == 83


def test_single_precision_constants_are_off_by_rounding_and_no_more():
    exact, rounded = (real_coupling(2, float32=single) for single in (False, True))
    assert 0 < np.abs(exact - rounded).max() < 2e-7
    vectors = directions()
    difference = harmonics(vectors) - harmonics(vectors, float32_constants=True)
    assert 0 < np.abs(difference).max() < 2e-7
