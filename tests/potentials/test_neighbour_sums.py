"""Sums over neighbours: the loop, its derivatives and its counterpart that stores messages."""

import numpy as np
import pytest
import torch

from vibench.potentials.coupling import SCALAR, Coupling
from vibench.potentials.neighbour_sums import (
    in_one_pass,
    neighbour_sum,
    with_stored_messages,
)
from vibench.potentials.neighbours import atom_pairs
from vibench.potentials.pair_index import pair_index

FEATURES = 3


@pytest.fixture
def index():
    """Two molecules of three atoms and one of a single atom."""
    centre, neighbour = atom_pairs(np.array([3, 1, 3]))
    return pair_index(centre, neighbour, atoms=7, device=torch.device("cpu"))


def drawn_coupling():
    numbers = np.random.default_rng(1)
    shape = (2, 3, 4, 5)
    return Coupling(numbers.normal(size=shape) * (numbers.random(shape) > 0.5))


def drawn_factors(index, coupling):
    torch.manual_seed(0)
    s, k, c, o = coupling.coefficients.shape
    shapes = [(len(index.row), s - 1), (index.rows, k, FEATURES)]
    shapes += [(index.atoms, c, FEATURES), (index.atoms, o, FEATURES)]
    return [torch.randn(shape, dtype=torch.float64) for shape in shapes]


def form(index, coupling, factors):
    """Return M as it is written."""
    a, w, x, g = factors
    table = torch.tensor(coupling.coefficients)
    a = torch.cat([torch.ones(len(index.row), 1), a], dim=1)
    parts = (w[index.row], x[index.neighbour], g[index.centre])
    return torch.einsum("skco,ps,pkf,pcf,pof->", table, a, *parts)


@pytest.mark.parametrize("by", range(4))
def test_derivatives_are_those_of_the_form(index, by):
    coupling = drawn_coupling()
    factors = drawn_factors(index, coupling)
    factors[by].requires_grad_()
    (expected,) = torch.autograd.grad(form(index, coupling, factors), factors[by])
    given = [factor.detach() for factor in factors]
    given[by] = None
    (found,) = in_one_pass(index, coupling, given, [by])
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)
    stored = with_stored_messages(index, coupling, given, by)
    assert torch.allclose(stored, expected, rtol=0, atol=1e-13)


def test_second_derivatives(index):
    coupling = drawn_coupling()
    a, w, x, _ = (factor.requires_grad_() for factor in drawn_factors(index, coupling))

    def received(a, w, x):
        return neighbour_sum(index, w, x, a, coupling=coupling)

    assert torch.autograd.gradcheck(received, (a, w, x))
    assert torch.autograd.gradgradcheck(received, (a, w, x))


def test_without_directions_their_factor_is_one(index):
    nothing, w, x, g = drawn_factors(index, SCALAR)
    expected = form(index, SCALAR, [nothing, w, x, g])
    assert torch.isclose((neighbour_sum(index, w, x) * g).sum(), expected)
    stored = with_stored_messages(index, SCALAR, [None, w, x, None], 3)
    assert torch.isclose((stored * g).sum(), expected)


def test_single_precision(index):
    coupling = drawn_coupling()
    a, w, x, _ = drawn_factors(index, coupling)
    exact = neighbour_sum(index, w, x, a, coupling=coupling)
    found = neighbour_sum(index, w.float(), x.float(), a.float(), coupling=coupling)
    assert found.dtype == torch.float32
    assert (found - exact).abs().max() < 1e-5 * exact.abs().max()


def test_factors_need_not_be_contiguous(index):
    w, x = torch.randn(index.rows, FEATURES, 1).mT, torch.randn(index.atoms, FEATURES, 1).mT
    expected = neighbour_sum(index, w.contiguous(), x.contiguous())
    assert torch.equal(neighbour_sum(index, w, x), expected)


def test_an_atom_without_neighbours_receives_nothing(index):
    w, x = torch.randn(index.rows, 1, FEATURES), torch.randn(index.atoms, 1, FEATURES)
    received = neighbour_sum(index, w, x)
    assert torch.equal(received[3], torch.zeros(1, FEATURES))


def test_both_directions_share_a_filter_and_point_oppositely(index):
    for centre, neighbour, row in zip(index.centre, index.neighbour, index.row, strict=True):
        assert {int(centre), int(neighbour)} == {int(index.one[row]), int(index.other[row])}
    forward = index.either < index.rows
    assert torch.equal(forward, index.centre < index.neighbour)
    assert torch.equal(index.own.centre, torch.arange(7))
