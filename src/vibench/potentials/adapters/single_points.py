"""What all adapters share: one calculation per molecule, and NaN where one fails."""

from collections.abc import Callable
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_selection, iterate, select
from vibench.core.properties import PER_ATOM, Properties, concatenate_properties
from vibench.core.protocols import Capabilities


class CalculationError(Exception):
    """A method has no result for a molecule, e.g. because its SCF does not converge."""


def single_points(
    molecules: Molecules[Array],
    outputs: frozenset[str],
    compute: Callable[[Molecules[Array]], Properties[Array]],
) -> Properties[Array]:
    """Compute one molecule after the other; a molecule without a result gets NaN.

    One failure among many must not lose the others: dynamics records it as the end of that
    trajectory, labelling drops that structure and counts it.

    Parameters
    ----------
    molecules : any number of molecules, at least one
    outputs : names of the properties that *compute* returns
    compute : the calculation for a batch of one; raises `CalculationError` if it fails

    Returns
    -------
    Properties with exactly *outputs*; NaN in all of them for a molecule that failed or whose
    positions are not finite
    """
    parts = []
    for molecule in iterate(molecules):
        if not np.isfinite(molecule.positions).all():
            parts.append(_nothing(molecule, outputs))
            continue
        try:
            parts.append(compute(molecule))
        except CalculationError:
            parts.append(_nothing(molecule, outputs))
    return concatenate_properties(parts)


def batched(
    molecules: Molecules[Array],
    outputs: frozenset[str],
    compute: Callable[[Molecules[Array]], Properties[Array]],
) -> Properties[Array]:
    """Compute all molecules whose positions are finite in one batch; the others get NaN.

    Parameters
    ----------
    molecules : any number of molecules, at least one
    outputs : names of the properties that *compute* returns
    compute : the calculation for a batch
    """
    finite = np.ones(len(molecules), dtype=bool)
    finite[molecules.molecule_index[~np.isfinite(molecules.positions).all(axis=1)]] = False
    if finite.all():
        return compute(molecules)
    found = _nothing(molecules, outputs)
    if finite.any():
        index = np.flatnonzero(finite)
        atoms = atom_selection(molecules, index)
        part = compute(select(molecules, index))
        for name in outputs:
            getattr(found, name)[atoms if name in PER_ATOM else index] = getattr(part, name)
    return found


def check_supported(name: str, capabilities: Capabilities, molecules: Molecules[Array]) -> None:
    """Refuse molecules that a method cannot treat.

    Parameters
    ----------
    name : of the method, for the message
    capabilities : its elements, and whether charged or open-shell molecules are possible
    molecules : what it is asked for

    Raises
    ------
    InputError
        Naming the molecule and the element, charge or field that is not supported.
    """
    if capabilities.elements is not None:
        for number, owner in zip(molecules.numbers, molecules.molecule_index, strict=True):
            if int(number) not in capabilities.elements:
                raise InputError(
                    f"{name} does not know element {chemical_symbols[number]} of molecule "
                    f"{molecules.names[owner]!r}; choose another method for it"
                )
    if not capabilities.charged:
        special = np.flatnonzero((molecules.charge != 0) | (molecules.unpaired_electrons != 0))
        if special.size:
            first = special[0]
            raise InputError(
                f"{name} treats neutral closed-shell molecules only, but "
                f"{molecules.names[first]!r} has charge {molecules.charge[first]:+g} and "
                f"{molecules.unpaired_electrons[first]} unpaired electrons"
            )
    if molecules.electric_field is not None and not capabilities.electric_field:
        raise InputError(f"{name} cannot treat an external electric field")


def _nothing(molecule: Molecules[Array], outputs: frozenset[str]) -> Properties[Array]:
    atoms, count = molecule.n_atoms, len(molecule)
    shapes = {
        "energy": (count,),
        "forces": (atoms, 3),
        "dipole": (count, 3),
        "charges": (atoms,),
    }
    empty: dict[str, Any] = {name: np.full(shapes[name], np.nan) for name in outputs}
    return Properties(**empty)
