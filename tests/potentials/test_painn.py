"""PaiNN: symmetry, consistency of energy, forces, Hessian and dipole, and known sizes."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from vibench.core.errors import InputError
from vibench.core.molecules import select, single, with_positions
from vibench.potentials.network import build_network
from vibench.potentials.recipes import PaiNNRecipe

HELPERS = runpy.run_path(str(Path(__file__).with_name("random_weights.py")))
g2_molecule = HELPERS["g2_molecule"]


def potential(**options):
    recipe = PaiNNRecipe(features=16, interactions=2)
    return HELPERS["random_potential"](recipe, name="PaiNN", **options)


@pytest.fixture(scope="module")
def batch():
    return HELPERS["distorted"]("CH3OH", "H2CO", "CH3CH2OH")


def test_parameter_count_is_that_of_the_published_implementation():
    network = build_network(PaiNNRecipe(features=128, interactions=10), seed=0)
    representation = sum(
        parameter.numel()
        for name, parameter in network.named_parameters()
        if not name.startswith(("energy", "dipole"))
    )
    assert representation == 1_905_920


def test_forces_are_minus_the_gradient_of_the_energy(batch):
    model, step = potential(), 1e-4
    forces = model(batch).forces
    for atom, axis in ((0, 0), (5, 1), (10, 2), (18, 0)):
        shift = np.zeros_like(batch.positions)
        shift[atom, axis] = step
        plus = model(with_positions(batch, batch.positions + shift)).energy.sum()
        minus = model(with_positions(batch, batch.positions - shift)).energy.sum()
        assert forces[atom, axis] == pytest.approx(-(plus - minus) / (2 * step), abs=1e-6)


def test_energy_is_smooth_at_the_cutoff():
    model = potential()
    far = [single("HH", [1, 1], [[0, 0, 0], [d, 0, 0]], [1, 1]) for d in (4.999999, 5.0, 5.5)]
    inside, edge, outside = (model(molecule) for molecule in far)
    assert inside.energy == pytest.approx(edge.energy, abs=1e-9)
    assert np.abs(inside.forces).max() < 1e-5
    assert edge.energy == pytest.approx(outside.energy, abs=1e-12)
    assert np.all(outside.forces == 0)


def test_hessian_and_dipole_derivatives_agree_with_finite_differences(batch):
    model, step = potential(charged=True), 2e-5
    molecule = select(batch, 1)
    molecule.charge[0] = 1.0
    hessian, dipole_derivatives = model.derivatives(molecule)
    for coordinate in range(0, 12, 5):
        shift = np.zeros(12)
        shift[coordinate] = step
        plus, minus = (
            model(with_positions(molecule, molecule.positions + sign * shift.reshape(-1, 3)))
            for sign in (1, -1)
        )
        row = -(plus.forces - minus.forces).reshape(-1) / (2 * step)
        np.testing.assert_allclose(hessian[coordinate], row, atol=1e-6)
        slope = (plus.dipole - minus.dipole)[0] / (2 * step)
        np.testing.assert_allclose(dipole_derivatives[coordinate], slope, atol=1e-7)


def test_ion_dipole_moves_with_the_origin_by_its_charge():
    model = potential(charged=True)
    ion = g2_molecule("CH3OH", charge=1.0)
    shift = np.array([1.0, -2.0, 30.0])
    moved = model(with_positions(ion, ion.positions + shift))
    np.testing.assert_allclose(moved.dipole[0] - model(ion).dipole[0], shift, atol=1e-10)


def test_single_precision_does_not_suffer_far_from_the_origin(batch):
    single_precision = potential(dtype="float32")
    near = single_precision(batch)
    far = single_precision(with_positions(batch, batch.positions + 1000.0))
    np.testing.assert_allclose(near.forces, far.forces, atol=1e-4)


def test_moving_atoms_reuses_pairs_but_never_positions(batch):
    model = potential()
    moved = with_positions(batch, batch.positions * 1.01)
    fresh = potential()(moved).energy
    model(batch)
    np.testing.assert_array_equal(model(moved).energy, fresh)


def test_unknown_element_is_refused_by_name():
    with pytest.raises(InputError, match=r"not trained on atomic number 7.*'NH3'"):
        potential()(g2_molecule("NH3"))


def test_ions_are_refused_by_a_model_of_neutral_molecules():
    with pytest.raises(InputError, match="neutral"):
        potential()(g2_molecule("CH3OH", charge=1.0))


def test_building_a_network_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    build_network(PaiNNRecipe(features=8, interactions=1), seed=1)
    assert torch.equal(before, torch.random.get_rng_state())
