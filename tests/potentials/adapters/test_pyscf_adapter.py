"""PySCF: units, signs, dispersion, and clear refusals."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from ase.build import molecule

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, with_positions
from vibench.core.units import HARTREE
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.pyscf import PySCF, PySCFRecipe
from vibench.potentials.atoms import molecule_from_atoms

pytest.importorskip("pyscf", reason="needs the extra pyscf")
# PySCF 2.14 sets array shapes in the way that NumPy 2.5 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")

SMALL = PySCFRecipe(functional="pbe", basis="sto-3g", grid_level=1)


def water() -> Molecules[Array]:
    atoms = molecule("H2O")
    atoms.positions += np.random.default_rng(0).normal(0, 0.05, (3, 3))
    return molecule_from_atoms(atoms, "water")


@pytest.mark.parametrize(
    "changes",
    [{}, {"functional": "hf"}, {"dispersion": "d3bj", "density_fitting": False}],
    ids=["pbe", "hf", "pbe-d3bj"],
)
def test_forces_are_minus_the_gradient(changes: dict[str, object]) -> None:
    potential, start, step = PySCF(SMALL.model_copy(update=changes)), water(), 1e-3
    forces = potential(start).forces
    energies = []
    for sign in (-1, 1):
        moved = start.positions.copy()
        moved[1, 1] += sign * step
        energies.append(potential(with_positions(start, moved)).energy[0])  # type: ignore[index]
    assert forces is not None
    assert forces[1, 1] == pytest.approx(-(energies[1] - energies[0]) / (2 * step), abs=1e-4)


def test_energy_of_the_hydrogen_molecule() -> None:
    # HF/STO-3G at 1.4 bohr: -1.1167 hartree (A. Szabo, N. S. Ostlund, Modern Quantum Chemistry).
    atoms = molecule("H2")
    atoms.positions[:] = [[0, 0, 0], [0, 0, 1.4 * 0.529177210903]]
    recipe = PySCFRecipe(functional="hf", basis="sto-3g", density_fitting=False)
    energy = PySCF(recipe)(molecule_from_atoms(atoms, "h2")).energy
    assert energy is not None
    assert energy[0] / HARTREE == pytest.approx(-1.1167, abs=1e-4)


def test_dipole_agrees_with_gfn2_and_follows_the_ion() -> None:
    neutral = water()
    dipole, tight_binding = PySCF(SMALL)(neutral).dipole, GFN2()(neutral).dipole
    assert dipole is not None
    assert tight_binding is not None
    lengths = np.linalg.norm(dipole), np.linalg.norm(tight_binding)
    assert float(dipole[0] @ tight_binding[0]) / (lengths[0] * lengths[1]) > 0.98
    assert 0.5 < lengths[0] / lengths[1] < 2
    cation = replace(neutral, charge=np.array([1.0]), unpaired_electrons=np.array([1]))
    here = PySCF(SMALL)(cation).dipole
    there = PySCF(SMALL)(with_positions(cation, cation.positions + np.array([1.0, 0, 0]))).dipole
    assert here is not None
    assert there is not None
    np.testing.assert_allclose(there - here, [[1.0, 0, 0]], atol=1e-4)


def test_history_leaves_no_trace() -> None:
    potential, start = PySCF(SMALL), water()
    first = potential(start).forces
    potential(with_positions(start, start.positions * 1.1))
    np.testing.assert_array_equal(potential(start).forces, first)


def test_unconverged_scf_is_nan() -> None:
    energy = PySCF(SMALL.model_copy(update={"max_iterations": 1}))(water()).energy
    assert energy is not None
    assert np.isnan(energy).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"functional": "pbf"}, "no functional 'pbf'"), ({"basis": "st-3g"}, "no basis set 'st-3g'")],
)
@pytest.mark.filterwarnings("ignore:Basis may be available:UserWarning")
def test_unknown_method(changes: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PySCF(SMALL.model_copy(update=changes))(water())


def test_names_its_level_of_theory_and_pickles() -> None:
    recipe = PySCFRecipe(functional="b3lyp", dispersion="d3bj", basis="def2-tzvp")
    assert pickle.loads(pickle.dumps(PySCF(recipe))).name == "B3LYP-D3BJ/DEF2-TZVP"
