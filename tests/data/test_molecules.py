"""Molecules by name, SMILES and file; conformers; every shipped name can be built."""

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.build import molecule as g2_molecule
from pydantic import ValidationError

from vibench.core.errors import InputError
from vibench.data.molecules import build_conformers, build_molecule, known_names
from vibench.data.recipes import MoleculeRecipe


@pytest.mark.parametrize(
    ("name", "atoms"),
    [
        ("methanol", 6),
        ("Methanol", 6),
        ("formaldehyde", 4),
        ("ethanol", 9),
        ("CH3OH", 6),
        ("phenol", 13),
        ("trimethylamine", 13),
        ("dimethylamine", 10),
        ("2-propanol", 12),
    ],
)
def test_by_name(name: str, atoms: int) -> None:
    made = build_molecule(MoleculeRecipe(name=name))
    assert made.names == (name,)
    assert made.n_atoms == atoms


def test_named_geometry_is_that_of_the_g2_set() -> None:
    made = build_molecule(MoleculeRecipe(name="methanol"))
    np.testing.assert_array_equal(made.positions, g2_molecule("CH3OH").positions)
    assert made.masses.sum() == pytest.approx(32.04, abs=0.01)


@pytest.mark.slow
def test_every_known_name_can_be_built() -> None:
    for name in known_names():
        made = build_molecule(MoleculeRecipe(name=name))
        assert (made.numbers.sum() - made.charge[0] - made.unpaired_electrons[0]) % 2 == 0


def test_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'methanol'"):
        build_molecule(MoleculeRecipe(name="metanol"))


def test_by_smiles_with_charge_and_radical() -> None:
    cation = build_molecule(MoleculeRecipe(name="ammonium", smiles="[NH4+]"))
    assert cation.charge[0] == 1
    assert cation.unpaired_electrons[0] == 0
    radical = build_molecule(MoleculeRecipe(name="methyl", smiles="[CH3]"))
    assert radical.unpaired_electrons[0] == 1
    bonds = np.linalg.norm(cation.positions[1:] - cation.positions[0], axis=1)
    np.testing.assert_allclose(bonds, 1.03, atol=0.05)


def test_declared_electrons_win() -> None:
    cation = build_molecule(MoleculeRecipe(name="methanol", charge=1))
    assert cation.charge[0] == 1
    assert cation.unpaired_electrons[0] == 1
    with pytest.raises(InputError, match="must be even"):
        build_molecule(MoleculeRecipe(name="methanol", unpaired_electrons=1))


@pytest.mark.parametrize("smiles", ["C1CC", "", "CO.CO"])
def test_bad_smiles(smiles: str) -> None:
    with pytest.raises(InputError, match="thing"):
        build_molecule(MoleculeRecipe(name="thing", smiles=smiles))


def test_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ase.io.write(tmp_path / "water.xyz", g2_molecule("H2O"))
    monkeypatch.setenv("GEOMETRIES", str(tmp_path))
    made = build_molecule(MoleculeRecipe(name="water", file="$GEOMETRIES/water.xyz"))
    np.testing.assert_allclose(made.positions, g2_molecule("H2O").positions, atol=1e-8)
    ase.io.write(tmp_path / "two.xyz", [g2_molecule("H2O")] * 2)
    with pytest.raises(InputError, match=r"two\.xyz: expected one geometry, found 2"):
        build_molecule(MoleculeRecipe(name="water", file="${GEOMETRIES}/two.xyz"))
    (tmp_path / "bad.xyz").write_text("nonsense\n")
    with pytest.raises(InputError, match=r"bad\.xyz: expected a geometry that ASE can read"):
        build_molecule(MoleculeRecipe(name="water", file=str(tmp_path / "bad.xyz")))
    with pytest.raises(InputError, match="does not exist"):
        build_molecule(MoleculeRecipe(name="water", file=str(tmp_path / "none.xyz")))
    with pytest.raises(InputError, match="NO_SUCH_FOLDER"):
        build_molecule(MoleculeRecipe(name="water", file="$NO_SUCH_FOLDER/a.xyz"))


def test_one_source_only() -> None:
    with pytest.raises(ValidationError, match="both smiles and file"):
        MoleculeRecipe(name="x", smiles="C", file="x.xyz")


@pytest.mark.parametrize(
    ("name", "wanted", "found"), [("ethanol", 5, 2), ("methanol", 5, 1), ("butane", 5, 2)]
)
def test_conformers_are_different_and_in_the_same_order(name: str, wanted: int, found: int) -> None:
    # Ethanol: trans and gauche; butane: anti and gauche; mirror images count once.
    recipe = MoleculeRecipe(name=name)
    conformers = build_conformers(recipe, wanted)
    assert len(conformers) == found
    for conformer in conformers:
        np.testing.assert_array_equal(conformer.numbers, build_molecule(recipe).numbers)
        assert conformer.names == (name,)


def test_conformers_depend_on_the_seed_only() -> None:
    recipe = MoleculeRecipe(name="1-propanol")
    first, second = (build_conformers(recipe, 4, seed=7) for _ in range(2))
    assert len(first) == 4
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left.positions, right.positions)
    other = build_conformers(recipe, 4, seed=8)
    assert not np.array_equal(first[0].positions, other[0].positions)


def test_one_conformer_is_the_molecule_itself() -> None:
    recipe = MoleculeRecipe(name="ethanol")
    (only,) = build_conformers(recipe, 1)
    np.testing.assert_array_equal(only.positions, build_molecule(recipe).positions)
    assert len(build_conformers(MoleculeRecipe(name="water"), 5)) == 1


def test_bonds_that_cannot_be_perceived() -> None:
    with pytest.raises(InputError, match="give its SMILES"):
        build_conformers(MoleculeRecipe(name="CH3O"), 3)
