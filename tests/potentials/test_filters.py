"""Tables of filters: how far they are from the filters, and that they are smooth."""

import numpy as np
import pytest
import torch

from vibench.core.molecules import concatenate, with_positions
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.potentials.filter_table import FilterTable, gathered
from vibench.potentials.geometry import geometry_of
from vibench.potentials.network import build_network, predict, tabulated
from vibench.potentials.recipes import FieldSchNetRecipe, PaiNNRecipe, SchNetRecipe
from vibench.potentials.schnet import SchNet

CUTOFF = 5.0


def table_and_filters():
    network = SchNet(SchNetRecipe(features=32, interactions=3)).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    like = next(network.parameters())
    return FilterTable(network.filters, cutoff_angstrom=CUTOFF, like=like), network.filters


@torch.no_grad()
def test_values_and_slopes_are_those_of_the_filters():
    table, filters = table_and_filters()
    distances = torch.linspace(0.5, CUTOFF, 20011, dtype=torch.float64)
    exact, found = filters(distances), table(distances)
    assert (found - exact).abs().max() < 1e-7 * exact.abs().max()
    step = distances[1] - distances[0]
    slopes = [(values[:, 1:] - values[:, :-1]) / step for values in (exact, found)]
    assert (slopes[1] - slopes[0]).abs().max() < 1e-5 * slopes[0].abs().max()


def test_slopes_are_derivatives_of_the_table_itself():
    table, _ = table_and_filters()
    distances = torch.tensor([0.7, 1.3, 3.14, 4.99], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(table, (distances,))


def test_values_and_slopes_do_not_jump_between_intervals():
    table, _ = table_and_filters()
    knot = 123 * CUTOFF / 500
    sides = torch.tensor([knot - 1e-9, knot + 1e-9], dtype=torch.float64, requires_grad=True)
    values = table(sides)
    slopes = torch.autograd.functional.jacobian(table, sides)
    assert (values[:, 0] - values[:, 1]).abs().max() < 1e-8
    left, right = slopes[:, 0, :, 0], slopes[:, 1, :, 1]
    assert (left - right).abs().max() < 1e-6


def test_both_ways_to_read_a_table_agree():
    table, _ = table_and_filters()
    distances = torch.linspace(0.5, 6.0, 301, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(3, 301, 32, dtype=torch.float64)
    found = table(distances)
    (gradient,) = torch.autograd.grad((found * weights).sum(), distances)
    place = (distances.detach(), table.coefficients, table.width)
    assert torch.allclose(found, gathered(*place), rtol=0, atol=1e-12)
    slopes = (gathered(*place, slopes=True) * weights).sum(dim=(0, 2))
    assert torch.allclose(gradient, slopes, rtol=0, atol=1e-10)


def test_nothing_beyond_the_cutoff():
    table, _ = table_and_filters()
    distances = torch.tensor([5.0, 5.5, 40.0], dtype=torch.float64, requires_grad=True)
    values = table(distances)
    assert values.abs().max() < 1e-12
    (slopes,) = torch.autograd.grad(values.sum(), distances)
    assert slopes.abs().max() < 1e-9


@pytest.mark.parametrize("recipe", [SchNetRecipe(), FieldSchNetRecipe()])
def test_forces_in_single_precision(recipe):
    network = build_network(recipe, seed=0)
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape)
    ethanol = build_molecule(MoleculeRecipe(name="ethanol"))
    batch = concatenate([ethanol] * 4)
    moves = np.random.default_rng(0).normal(0, 0.1, batch.positions.shape)
    batch = with_positions(batch, batch.positions + moves)
    place = {"cutoff_angstrom": CUTOFF, "device": torch.device("cpu")}
    exact = predict(
        network.double(), geometry_of(batch, dtype=torch.float64, **place), training=False
    )
    fast = tabulated(network.float())
    found = predict(fast, geometry_of(batch, dtype=torch.float32, **place), training=False)
    assert (found.forces - exact.forces).abs().max() < 1e-5 * exact.forces.abs().max()


def test_other_networks_have_no_tables():
    network = build_network(PaiNNRecipe(features=8, interactions=1), seed=0)
    assert tabulated(network) is network
