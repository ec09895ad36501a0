"""Branches of the dipole of a periodic cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibench.core.errors import InputError
from vibench.spectra.branches import unwrap_branches


def _walk(seed, largest):
    generator = np.random.default_rng(seed)
    cell = np.diag([6.0, 7.0, 8.0]) + np.tril(generator.uniform(-1.5, 1.5, (3, 3)), -1)
    fraction = np.cumsum(generator.uniform(-largest, largest, (200, 3)), axis=0)
    return cell, fraction


@given(seed=st.integers(0, 10**6), quantum_e=st.sampled_from([1.0, 2.0]))
def test_wrapping_is_undone_up_to_a_constant(seed, quantum_e):
    cell, fraction = _walk(seed, 0.39)
    true = fraction @ cell * quantum_e
    wrapped = (fraction - np.round(fraction)) @ cell * quantum_e
    made = unwrap_branches(wrapped, cell, quantum_e=quantum_e)
    np.testing.assert_allclose(made.dipole - made.dipole[0], true - true[0], atol=1e-9)
    np.testing.assert_allclose(made.dipole[0], wrapped[0], atol=1e-12)
    assert len(made.ambiguous) == 0
    changed = np.diff(np.round(fraction), axis=0).any(axis=1)
    assert made.jumps == changed.sum()


def test_the_cell_may_vary():
    cell, fraction = _walk(1, 0.3)
    cells = cell * (1 + 0.02 * np.sin(np.arange(200) / 9))[:, None, None]
    inside = fraction - np.round(fraction)
    wrapped = np.einsum("nk,nkx->nx", inside, cells)
    offset = np.round(fraction[0])
    expected = np.einsum("nk,nkx->nx", fraction - offset, cells)
    np.testing.assert_allclose(unwrap_branches(wrapped, cells).dipole, expected, atol=1e-9)


def test_a_step_of_nearly_half_a_quantum_is_reported():
    cell = np.diag([10.0, 10.0, 10.0])
    dipole = np.zeros((6, 3))
    dipole[3:, 1] = 4.5
    assert unwrap_branches(dipole, cell).ambiguous.tolist() == [3]
    assert unwrap_branches(dipole, cell, quantum_e=2.0).ambiguous.tolist() == []


def test_a_smooth_dipole_stays_as_it_is():
    dipole = np.sin(np.arange(60) / 7.0).reshape(20, 3)
    made = unwrap_branches(dipole, np.diag([20.0, 20.0, 20.0]))
    np.testing.assert_allclose(made.dipole, dipole, atol=1e-14)
    assert made.jumps == 0


def test_bad_cells():
    with pytest.raises(InputError, match="has no volume"):
        unwrap_branches(np.zeros((3, 3)), np.diag([1.0, 1.0, 0.0]))
    with pytest.raises(InputError, match=r"expected \(3, 3\) or \(5, 3, 3\)"):
        unwrap_branches(np.zeros((5, 3)), np.zeros((4, 3, 3)))
