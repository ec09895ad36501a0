"""The bridge between ASE's ``Atoms`` and `Molecules`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from ase import Atoms

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, single

FIELD_KEY = "electric_field_v_per_angstrom"
"""Entry of ``Atoms.info`` with the uniform external field in V/Å, three numbers."""
_MOST_ELECTRONS: Final = 1e6
"""Electrons, one way or the other, beyond which a number cannot be meant."""
INFO_KEYS = ("charge", "unpaired_electrons", "spin", FIELD_KEY)
"""Entries of ``Atoms.info`` that a potential looks at: how many electrons there are, how they are
paired, and the field they lie in."""


def molecule_from_atoms(atoms: Atoms, name: str) -> Molecules[Array]:
    """Return an isolated molecule as a batch of one.

    The total charge is ``info["charge"]``, or the sum of the initial charges. The number of
    unpaired electrons is the first of these that is given: ``info["unpaired_electrons"]``;
    ``info["spin"]``, which some codes use for the number of unpaired electrons and others for
    the multiplicity (only one of the two fits the parity of the electron count); the sum of
    the initial magnetic moments; else the smallest number the electron count allows, 0 or 1.
    ``info["electric_field_v_per_angstrom"]`` is an external field.

    Parameters
    ----------
    atoms : positions in Å, masses in amu (ASE's standard atomic weights unless set)
    name : name of the molecule

    Raises
    ------
    InputError
        If the molecule is periodic or empty, if a position is not finite, or if the number of
        unpaired electrons does not fit the number of electrons.
    """
    if len(atoms) == 0:
        raise InputError(f"molecule {name!r} has no atoms")
    if atoms.pbc.any():
        raise InputError(
            f"molecule {name!r} is periodic (pbc = {atoms.pbc.tolist()}); vibench treats isolated "
            'molecules only: set pbc to False, or pbc="F F F" in extended XYZ'
        )
    bad = np.flatnonzero(~np.isfinite(atoms.positions).all(axis=1))
    if bad.size:
        raise InputError(f"molecule {name!r}: the position of atom {bad[0]} is not a finite number")
    charge = _charge(atoms, name)
    molecule = single(
        name,
        atoms.numbers,
        atoms.positions,
        atoms.get_masses(),
        charge=charge,
        unpaired_electrons=_unpaired_electrons(atoms, name, charge),
    )
    if FIELD_KEY not in atoms.info:
        return molecule
    field = np.array(atoms.info[FIELD_KEY], dtype=np.float64).reshape(1, -1)
    return replace(molecule, electric_field=field)


def atoms_from_molecule(molecule: Molecules[Array]) -> Atoms:
    """Return a batch of one as ASE ``Atoms``, with charge, spin and any field in ``info``.

    Raises
    ------
    InputError
        If the batch does not hold exactly one molecule.
    """
    if len(molecule) != 1:
        raise InputError(f"expected one molecule, found a batch of {len(molecule)}")
    info: dict[str, Any] = {
        "charge": float(molecule.charge[0]),
        "unpaired_electrons": int(molecule.unpaired_electrons[0]),
    }
    if molecule.electric_field is not None:
        info[FIELD_KEY] = tuple(molecule.electric_field[0].tolist())
    return Atoms(
        numbers=molecule.numbers,
        positions=molecule.positions,
        masses=molecule.masses,
        info=info,
    )


def lowest_unpaired_electrons(numbers: Sequence[int] | Array, charge: float) -> int:
    """Return 0 or 1: the smallest number of unpaired electrons that *numbers* and *charge* allow.

    Parameters
    ----------
    numbers : (atoms,) atomic numbers
    charge : total charge in e
    """
    return round(float(np.sum(numbers)) - charge) % 2


def _charge(atoms: Atoms, name: str) -> float:
    if "charge" in atoms.info:
        return _number(atoms.info, "charge", name)
    return float(atoms.get_initial_charges().sum())


def _number(info: Mapping[str, Any], key: str, name: str) -> float:
    try:
        number = float(info[key])
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _MOST_ELECTRONS:
        raise InputError(f"molecule {name!r}: {key} is {info[key]!s:.80}, expected a number")
    return number


def _unpaired_electrons(atoms: Atoms, name: str, charge: float) -> int:
    parity = lowest_unpaired_electrons(atoms.numbers, charge)
    found = _declared_unpaired_electrons(atoms, name, parity)
    if found is None:
        return parity
    if found < 0 or found % 2 != parity:
        raise InputError(
            f"molecule {name!r} with charge {charge:+g} has an {('even', 'odd')[parity]} number of "
            f"electrons, but {found} of them are declared unpaired; give "
            f'{"0, 2, …" if parity == 0 else "1, 3, …"} as info["unpaired_electrons"]'
        )
    return found


def _declared_unpaired_electrons(atoms: Atoms, name: str, parity: int) -> int | None:
    info: Mapping[str, Any] = atoms.info
    if "unpaired_electrons" in info:
        return round(_number(info, "unpaired_electrons", name))
    if "spin" in info:
        spin = round(_number(info, "spin", name))
        return spin if spin % 2 == parity else spin - 1
    if atoms.has("initial_magmoms"):
        return round(abs(float(atoms.get_initial_magnetic_moments().sum())))
    return None
