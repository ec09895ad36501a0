"""ASE atoms and molecules are the same thing, there and back."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate
from vibench.potentials.atoms import atoms_from_molecule, molecule_from_atoms


def test_round_trip_keeps_everything() -> None:
    atoms = molecule("CH3OH")
    masses = atoms.get_masses()
    masses[-1] = 2.014
    atoms.set_masses(masses)
    atoms.info["charge"] = 1
    batch = molecule_from_atoms(atoms, "methanol")
    back = atoms_from_molecule(batch)
    np.testing.assert_array_equal(back.numbers, atoms.numbers)
    np.testing.assert_array_equal(back.positions, atoms.positions)
    np.testing.assert_array_equal(back.get_masses(), masses)
    assert back.info == {"charge": 1.0, "unpaired_electrons": 1}
    again = molecule_from_atoms(back, "methanol")
    assert again.charge[0] == 1.0
    assert again.unpaired_electrons[0] == 1


@pytest.mark.parametrize(
    ("formula", "info", "expected"),
    [
        ("H2O", {}, 0),
        ("CH3", {}, 1),
        ("O2", {}, 2),
        ("CH2_s3B1d", {}, 2),
        ("H2O", {"charge": 1}, 1),
        ("H2O", {"spin": 0}, 0),
        ("H2O", {"spin": 1}, 0),
        ("H2O", {"spin": 3}, 2),
        ("H2O", {"spin": 2}, 2),
        ("CH3", {"spin": 2}, 1),
        ("CH3", {"spin": 1}, 1),
        ("O2", {"unpaired_electrons": 0}, 0),
    ],
)
def test_unpaired_electrons(formula: str, info: dict[str, int], expected: int) -> None:
    atoms = molecule(formula)
    atoms.info.update(info)
    assert molecule_from_atoms(atoms, formula).unpaired_electrons[0] == expected


def test_initial_charges_add_up() -> None:
    atoms = molecule("H2O")
    atoms.set_initial_charges([-0.4, 0.7, 0.7])
    batch = molecule_from_atoms(atoms, "water")
    assert batch.charge[0] == pytest.approx(1.0)
    assert batch.unpaired_electrons[0] == 1


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (Atoms("H2", positions=np.eye(3)[:2], cell=[5, 5, 5], pbc=True), "periodic"),
        (
            Atoms("H2", positions=np.eye(3)[:2], info={"charge": "one"}),
            "charge is one, expected a number",
        ),
        (Atoms(), "no atoms"),
        (Atoms("H2", positions=[[0, 0, 0], [0, 0, np.nan]]), "atom 1 is not a finite"),
        (Atoms("H2", positions=np.eye(3)[:2], info={"unpaired_electrons": 1}), "declared unpaired"),
    ],
)
def test_refused(atoms: Atoms, message: str) -> None:
    with pytest.raises(InputError, match=message):
        molecule_from_atoms(atoms, "h2")


def test_only_one_molecule_at_a_time() -> None:
    water = molecule_from_atoms(molecule("H2O"), "water")
    with pytest.raises(InputError, match="batch of 2"):
        atoms_from_molecule(concatenate([water, water]))
