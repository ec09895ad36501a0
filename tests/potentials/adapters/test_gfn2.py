"""GFN2-xTB in-process: right units and signs, cold starts, recorded failures."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from ase.build import molecule

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, with_positions
from vibench.core.units import HARTREE
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.recipes import GFN2Recipe
from vibench.potentials.atoms import molecule_from_atoms


def displaced(formula: str, seed: int = 0) -> Molecules[Array]:
    atoms = molecule(formula)
    atoms.positions += np.random.default_rng(seed).normal(0, 0.05, atoms.positions.shape)
    return molecule_from_atoms(atoms, formula)


def identical(left: Molecules[Array], potential: GFN2, right: GFN2) -> bool:
    one, two = potential(left), right(left)
    return all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("energy", "forces", "dipole", "charges")
    )


def test_energy_of_water_in_electronvolts() -> None:
    water = molecule_from_atoms(molecule("H2O"), "water")
    energy = GFN2(GFN2Recipe(accuracy=0.01))(water).energy
    assert energy is not None
    assert energy[0] / HARTREE == pytest.approx(-5.0703, abs=1e-3)


@pytest.mark.parametrize("method", ["GFN2-xTB", "GFN1-xTB"])
def test_forces_are_minus_the_gradient(method: str) -> None:
    tight = GFN2(GFN2Recipe(method=method, accuracy=1e-3))  # type: ignore[arg-type]
    methanol = displaced("CH3OH")
    forces = tight(methanol).forces
    assert forces is not None
    step = 2e-3
    for atom, axis in [(0, 0), (1, 2), (5, 1)]:
        energies = []
        for factor in (-2, -1, 1, 2):
            moved = methanol.positions.copy()
            moved[atom, axis] += factor * step
            energies.append(tight(with_positions(methanol, moved)).energy[0])  # type: ignore[index]
        low2, low, high, high2 = energies
        gradient = (8 * (high - low) - (high2 - low2)) / (12 * step)
        assert forces[atom, axis] == pytest.approx(-gradient, abs=2e-6)


def test_dipole_unit_and_sign_from_moving_an_ion() -> None:
    cation = replace(displaced("NH3"), charge=np.array([1.0]), unpaired_electrons=np.array([1]))
    potential = GFN2()
    here = potential(cation)
    there = potential(with_positions(cation, cation.positions + np.array([0.0, 0.0, 1.0])))
    assert here.dipole is not None
    assert there.dipole is not None
    assert here.charges is not None
    np.testing.assert_allclose(there.dipole - here.dipole, [[0, 0, 1.0]], atol=1e-4)
    assert here.charges.sum() == pytest.approx(1.0, abs=1e-6)


def test_dipole_of_water_points_to_the_hydrogens() -> None:
    water = molecule_from_atoms(molecule("H2O"), "water")
    dipole = GFN2()(water).dipole
    assert dipole is not None
    towards = water.positions[1:].mean(axis=0) - water.positions[0]
    assert 0.3 < dipole[0] @ towards / np.linalg.norm(towards) < 0.6


def test_history_leaves_no_trace() -> None:
    kept = GFN2()
    first, second = displaced("CH3OH", 1), displaced("CH3OH", 2)
    kept(first)
    kept(displaced("CH3CH2OH"))
    kept(second)
    assert identical(first, kept, GFN2())


def test_alone_equals_in_a_batch() -> None:
    molecules = [displaced(name) for name in ("H2O", "CH3OH", "CH4")]
    together = GFN2()(concatenate(molecules))
    apart = [GFN2()(each) for each in molecules]
    np.testing.assert_array_equal(together.energy, np.concatenate([p.energy for p in apart]))
    np.testing.assert_array_equal(together.forces, np.concatenate([p.forces for p in apart]))
    np.testing.assert_array_equal(together.dipole, np.concatenate([p.dipole for p in apart]))


def test_charge_and_spin_matter() -> None:
    methylene = molecule_from_atoms(molecule("CH2_s3B1d"), "triplet")
    singlet = replace(methylene, unpaired_electrons=np.array([0]))
    triplet_energy, singlet_energy = GFN2()(methylene).energy, GFN2()(singlet).energy
    assert triplet_energy is not None
    assert singlet_energy is not None
    assert triplet_energy[0] != pytest.approx(singlet_energy[0], abs=0.01)


def test_failure_is_nan_for_its_molecule_only() -> None:
    water = displaced("H2O")
    collapsed = with_positions(water, np.arange(9.0).reshape(3, 3) * 1e-9)
    lost = with_positions(water, np.full((3, 3), np.nan))
    together = GFN2()(concatenate([collapsed, water, lost]))
    alone = GFN2()(water)
    assert together.energy is not None
    assert together.forces is not None
    assert np.isnan(together.energy[[0, 2]]).all()
    assert np.isnan(together.forces[[0, 1, 2, 6, 7, 8]]).all()
    np.testing.assert_array_equal(together.forces[3:6], alone.forces)


def test_unconverged_scf_is_nan() -> None:
    energy = GFN2(GFN2Recipe(max_iterations=2))(displaced("CH3OH")).energy
    assert energy is not None
    assert np.isnan(energy).all()


def test_accuracy_is_what_the_docstring_says() -> None:
    ethanol = displaced("CH3CH2OH")
    exact = GFN2(GFN2Recipe(accuracy=1e-4))(ethanol).forces
    default = GFN2()(ethanol).forces
    assert exact is not None
    assert default is not None
    assert 0 < np.abs(exact - default).max() < 5e-5


def test_element_without_parameters() -> None:
    atoms = molecule("H2O")
    atoms.numbers[0] = 92
    with pytest.raises(InputError, match="element U of molecule 'odd'"):
        GFN2()(molecule_from_atoms(atoms, "odd"))


def test_pickles_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    potential = pickle.loads(pickle.dumps(GFN2(GFN2Recipe(accuracy=0.5))))
    assert potential.recipe.accuracy == 0.5
    assert identical(displaced("H2O"), potential, GFN2(GFN2Recipe(accuracy=0.5)))
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
