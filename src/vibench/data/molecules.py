"""Molecules by name, SMILES or file.

ASE's readers and geometries take a second to import, so they are imported where they are used: a
study is checked without them.
"""

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols

from vibench.core.errors import InputError, unknown_name
from vibench.core.guarded import in_child
from vibench.core.molecules import Array, Molecules
from vibench.core.reading import understood
from vibench.data.conformers import (
    embed,
    isotope_mass,
    perceive_bonds,
    read_smiles,
    without_geometry,
)
from vibench.data.paths import data_source
from vibench.data.recipes import MoleculeRecipe
from vibench.potentials.atoms import lowest_unpaired_electrons, molecule_from_atoms


def build_molecule(recipe: MoleculeRecipe, *, seed: int = 0) -> Molecules[Array]:
    """Return the molecule as a batch of one.

    Parameters
    ----------
    recipe : which molecule
    seed : of the conformer search that a SMILES needs

    Raises
    ------
    InputError
        Unknown name (with the nearest known one), unreadable SMILES or file, impossible charge,
        isotopes that do not exist.
    """
    smiles = _smiles(recipe)
    if smiles is not None:
        made = embed(read_smiles(smiles, recipe.name), recipe.name, 1, seed)[0]
    else:
        made = _given_geometry(recipe)
    return _completed(made, recipe)


def check_molecule(recipe: MoleculeRecipe) -> None:
    """Refuse a molecule that cannot be built, without looking for a geometry of a SMILES.

    Raises
    ------
    InputError
        As `build_molecule`, but for a SMILES that has no geometry.
    """
    plain = recipe.charge is None and recipe.unpaired_electrons is None and not recipe.isotopes
    smiles = _smiles(recipe)
    if smiles is not None:
        made = without_geometry(read_smiles(smiles, recipe.name), recipe.name)
    elif recipe.file is None and plain and recipe.name.casefold() in _names()[0]:
        return
    else:
        made = _given_geometry(recipe)
    _completed(made, recipe)


def build_conformers(
    recipe: MoleculeRecipe, count: int, *, seed: int = 0
) -> list[Molecules[Array]]:
    """Return up to *count* different conformers, lowest force-field energy first.

    One conformer is the molecule itself. More are searched by distance geometry and relaxed with
    a force field, from the SMILES where there is one, else from bonds perceived in the geometry,
    so the order of atoms is always that of `build_molecule`. Mirror images count as one, and
    molecules of up to three atoms have a single conformer.

    Raises
    ------
    InputError
        As `build_molecule`, and if bonds cannot be perceived.
    """
    molecule = build_molecule(recipe, seed=seed)
    if count == 1 or molecule.n_atoms <= 3:
        return [molecule]
    smiles = _smiles(recipe)
    graph = perceive_bonds(molecule) if smiles is None else read_smiles(smiles, recipe.name)
    made = embed(graph, recipe.name, count, seed)
    return [_completed(one, recipe) for one in made]


def known_names() -> list[str]:
    """Return all names that `build_molecule` looks up: common names, then keys of the G2 set."""
    from ase.collections import g2

    by_g2, by_smiles = _names()
    return sorted([*by_g2, *by_smiles]) + sorted(g2.names)


def is_known(name: str) -> bool:
    """Tell whether `build_molecule` knows a molecule by its name alone."""
    by_g2, by_smiles = _names()
    return name.casefold() in by_g2.keys() | by_smiles.keys() or name in known_names()


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    tables = tomllib.loads(files("vibench.data").joinpath("molecules.toml").read_text("utf-8"))
    return tables["g2"], tables["smiles"]


def _smiles(recipe: MoleculeRecipe) -> str | None:
    """Return the SMILES that a molecule is made from, its own or that of its name, or None."""
    if recipe.smiles is None and recipe.file is None:
        return _names()[1].get(recipe.name.casefold())
    return recipe.smiles


def _given_geometry(recipe: MoleculeRecipe) -> Molecules[Array]:
    """Return the geometry in a file, or in the G2 set, of a molecule that has no SMILES."""
    if recipe.file is not None:
        return _from_file(recipe.file, recipe.name)
    if not is_known(recipe.name):
        error = unknown_name("molecule", recipe.name, known_names())
        raise InputError(f'{error}; or give it a SMILES (smiles = "…") or a geometry (file = "…")')
    from ase.build import molecule as g2_molecule

    key = _names()[0].get(recipe.name.casefold(), recipe.name)
    return molecule_from_atoms(g2_molecule(key), recipe.name)


def _from_file(path: str, name: str) -> Molecules[Array]:
    return in_child(read_geometry, data_source(path), name)


def read_geometry(source: Path, name: str) -> Molecules[Array]:
    """Return the molecule in a file of any format that ASE reads.

    ASE's readers are many and some are of binary formats: a file that anybody may have made is to
    be read by `core.guarded.in_child`.

    Raises
    ------
    InputError
        If the file does not hold one geometry of an isolated molecule.
    """
    import ase.io

    with understood(str(source), "a geometry that ASE can read"):
        frames = ase.io.read(source, index=":")
        if not isinstance(frames, list) or len(frames) != 1:
            raise InputError(f"{source}: expected one geometry, found {len(frames)} frames")
        return molecule_from_atoms(frames[0], name)


def _completed(molecule: Molecules[Array], recipe: MoleculeRecipe) -> Molecules[Array]:
    """Return *molecule* with what the recipe says besides its geometry."""
    molecule = _with_electrons(_with_isotopes(molecule, recipe), recipe)
    if recipe.electric_field_v_per_angstrom is None:
        return molecule
    return replace(molecule, electric_field=np.array([recipe.electric_field_v_per_angstrom]))


def _with_isotopes(molecule: Molecules[Array], recipe: MoleculeRecipe) -> Molecules[Array]:
    masses = molecule.masses.copy()
    symbols = np.array([chemical_symbols[number] for number in molecule.numbers])
    # Single atoms come last, so that they go before their element.
    for atoms, mass_number in sorted(recipe.isotopes.items(), key=lambda item: item[0].isdigit()):
        chosen = np.arange(len(masses)) == int(atoms) if atoms.isdigit() else symbols == atoms
        if not chosen.any():
            raise InputError(
                f"molecule {recipe.name!r}: isotopes names {atoms!r}, but it has the elements "
                f"{', '.join(sorted(set(symbols)))} and atoms 0 to {len(masses) - 1}"
            )
        masses[chosen] = isotope_mass(int(molecule.numbers[chosen][0]), mass_number, recipe.name)
    return replace(molecule, masses=masses)


def _with_electrons(molecule: Molecules[Array], recipe: MoleculeRecipe) -> Molecules[Array]:
    if recipe.charge is None and recipe.unpaired_electrons is None:
        return molecule
    charge = float(molecule.charge[0]) if recipe.charge is None else recipe.charge
    parity = lowest_unpaired_electrons(molecule.numbers, charge)
    unpaired = parity if recipe.unpaired_electrons is None else recipe.unpaired_electrons
    if unpaired % 2 != parity:
        raise InputError(
            f"molecule {recipe.name!r} with charge {charge:+g} cannot have {unpaired} unpaired "
            f"electrons; their number must be {('even', 'odd')[parity]}"
        )
    return replace(
        molecule, charge=np.array([charge]), unpaired_electrons=np.array([unpaired], dtype=np.int64)
    )
