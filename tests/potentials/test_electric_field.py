"""Molecules in an electric field: they carry it everywhere, and who cannot feel it says so."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate
from vibench.data.molecules import build_conformers, build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.ensemble import build_ensemble, check_potential
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.simulation import Simulation
from vibench.pipeline.stages.motion import at_minimum
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.atoms import atoms_from_molecule, molecule_from_atoms
from vibench.potentials.calculator import PotentialCalculator
from vibench.potentials.recipes import FieldSchNetRecipe, PaiNNRecipe
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.recipe import VibrationsRecipe

HELPERS = runpy.run_path(str(Path(__file__).with_name("random_weights.py")))
FIELD = (0.1, -0.2, 0.5)
WATER = MoleculeRecipe(name="water", electric_field_v_per_angstrom=FIELD)


@pytest.fixture(scope="module")
def potential():
    return HELPERS["random_potential"](FieldSchNetRecipe(features=8, interactions=2), scale=0.6)


def test_recipes_put_molecules_and_conformers_in_the_field():
    np.testing.assert_array_equal(build_molecule(WATER).electric_field, [FIELD])
    recipe = WATER.model_copy(update={"name": "ethanol", "isotopes": {"H": 2}})
    for conformer in build_conformers(recipe, 2):
        np.testing.assert_array_equal(conformer.electric_field, [FIELD])


def test_ase_atoms_carry_it_and_the_calculator_sees_it_change(potential):
    molecule = build_molecule(WATER)
    atoms = atoms_from_molecule(molecule)
    np.testing.assert_array_equal(molecule_from_atoms(atoms, "water").electric_field, [FIELD])
    atoms.calc = PotentialCalculator(potential)
    inside = atoms.get_potential_energy()
    assert inside == pytest.approx(potential(molecule).energy[0], abs=1e-9)
    atoms.info["electric_field_v_per_angstrom"] = (0.0, 0.0, 0.0)
    outside = potential(replace(molecule, electric_field=None)).energy[0]
    assert atoms.get_potential_energy() == pytest.approx(outside, abs=1e-9)
    assert abs(inside - outside) > 1e-6


def test_second_derivatives_of_both_kinds_agree_in_the_field(potential):
    molecule = build_molecule(WATER)
    exact, numeric = (
        normal_modes(potential, molecule, VibrationsRecipe(hessian=kind))
        for kind in ("automatic", "finite-difference")
    )
    np.testing.assert_allclose(exact.frequencies_cm1, numeric.frequencies_cm1, atol=1.0)
    free = normal_modes(potential, replace(molecule, electric_field=None))
    assert np.abs(exact.frequencies_cm1 - free.frequencies_cm1).max() > 1e-3
    again = at_minimum(exact, molecule)
    np.testing.assert_array_equal(again.electric_field, [FIELD])


def test_dynamics_moves_molecules_in_the_field(potential):
    starts = [concatenate([build_molecule(WATER)] * 2)]
    recipe = DynamicsRecipe(temperatures_k=(300.0,), replicas=2)
    ensemble = build_ensemble(starts, recipe)
    np.testing.assert_array_equal(ensemble.molecules.electric_field, [FIELD, FIELD])
    state = Simulation(potential, ensemble, recipe).start()
    expected = potential(build_molecule(WATER)).energy[0]
    np.testing.assert_allclose(state.potential_energy, expected, atol=1e-6)
    for deaf in (GFN2(), HELPERS["random_potential"](PaiNNRecipe(features=8))):
        with pytest.raises(InputError, match="cannot treat an external electric field"):
            check_potential(deaf, ensemble)


def test_reference_methods_refuse_it():
    with pytest.raises(InputError, match="GFN2-xTB cannot treat an external electric field"):
        GFN2()(build_molecule(WATER))


def test_polarizability_is_the_derivative_of_the_dipole_by_the_field(potential):
    molecule, step = build_molecule(WATER), 1e-3
    tensor = potential.polarizability(molecule)[0]
    for axis in range(3):
        up, down = (
            potential(
                replace(molecule, electric_field=np.array([FIELD]) + sign * step * np.eye(3)[axis])
            ).dipole[0]
            for sign in (1, -1)
        )
        np.testing.assert_allclose(tensor[axis], (up - down) / (2 * step), atol=1e-6)
