"""PaiNN: symmetry, consistency of energy, forces, Hessian and dipole, and known sizes."""

import numpy as np
import pytest
import torch
from ase.build import molecule as g2

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, select, single, with_positions
from vibench.core.streams import generator
from vibench.core.weights import Weights
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.recipes import PaiNNRecipe


def random_weights(*, charged=False, features=16, interactions=2, seed=3, scale=1.0):
    """A PaiNN whose every parameter is drawn at random, biases included."""
    recipe = PaiNNRecipe(features=features, interactions=interactions)
    rng = generator("weights", seed)
    arrays = {
        name: scale * rng.standard_normal(tuple(value.shape)) / np.sqrt(value.shape[-1])
        for name, value in build_network(recipe, seed=0).state_dict().items()
    }
    return Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=arrays,
        reference_energies={1: -13.6, 6: -1030.0, 8: -2040.0},
        level_of_theory="none",
        training_checksum="none",
        charged=charged,
    )


def potential(**options):
    return LearnedPotential(random_weights(**options), name="PaiNN", dtype="float64", device="cpu")


def g2_molecule(formula, *, charge=0.0):
    atoms = g2(formula)
    return single(formula, atoms.numbers, atoms.positions, atoms.get_masses(), charge=charge)


@pytest.fixture(scope="module")
def batch():
    batch = concatenate([g2_molecule(name) for name in ("CH3OH", "H2CO", "CH3CH2OH")])
    return with_positions(batch, batch.positions + generator("jitter").normal(0, 0.05, (19, 3)))


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
    single_precision = LearnedPotential(random_weights(), name="PaiNN", device="cpu")
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
