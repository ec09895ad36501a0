"""Properties: what a potential predicts and what a reference method labels."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_selection


@dataclass(frozen=True, slots=True, eq=False)
class Properties[A]:
    """Energies, forces and dipoles of a batch of molecules; what is absent is None.

    ``A`` is a NumPy array or a torch tensor.
    """

    energy: A | None = None
    """(molecules,) potential energy in eV."""
    forces: A | None = None
    """(atoms, 3) forces, -∂E/∂R, in eV/Å."""
    dipole: A | None = None
    """(molecules, 3) electric dipole in e·Å, about the origin of the positions."""
    polarizability: A | None = None
    """(molecules, 3, 3) static polarizability in e·Å²/V."""
    charges: A | None = None
    """(atoms,) atomic charges in e."""
    uncertainty: "Properties[A] | None" = None
    """Standard uncertainty of each property that has one, same shapes and units."""

    def available(self) -> frozenset[str]:
        """Return the names of the properties that are present."""
        names = (field.name for field in fields(self) if field.name != "uncertainty")
        return frozenset(name for name in names if getattr(self, name) is not None)


PER_ATOM = frozenset({"forces", "charges"})
"""Properties whose first axis is atoms; the others have one row per molecule."""


def check_shapes(properties: Properties[Any], molecules: Molecules[Any]) -> None:
    """Refuse properties whose shapes do not belong to *molecules*.

    Raises
    ------
    InputError
        Naming the property, the shape found and the shape expected.
    """
    atoms, count = molecules.n_atoms, len(molecules)
    expected = {
        "energy": (count,),
        "forces": (atoms, 3),
        "dipole": (count, 3),
        "polarizability": (count, 3, 3),
        "charges": (atoms,),
    }
    for name in properties.available():
        shape = tuple(getattr(properties, name).shape)
        if shape != expected[name]:
            raise InputError(f"{name} has shape {shape}, expected {expected[name]}")


def concatenate_properties(parts: list[Properties[Array]]) -> Properties[Array]:
    """Join properties end to end; all parts must have the same ones."""
    names = parts[0].available()
    if any(part.available() != names for part in parts):
        raise InputError("cannot join properties: some parts lack what others have")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    uncertain = [part.uncertainty for part in parts if part.uncertainty is not None]
    if uncertain and len(uncertain) == len(parts):
        return Properties(**joined, uncertainty=concatenate_properties(uncertain))
    return Properties(**joined)


def select_properties(
    properties: Properties[Array], molecules: Molecules[Array], index: ArrayLike
) -> Properties[Array]:
    """Return the properties of the molecules at *index* of the batch they belong to."""
    index = np.atleast_1d(np.asarray(index, dtype=np.int64))
    atoms = atom_selection(molecules, index)
    picked = {
        name: getattr(properties, name)[atoms if name in PER_ATOM else index]
        for name in properties.available()
    }
    uncertainty = properties.uncertainty
    return Properties(
        **picked,
        uncertainty=None
        if uncertainty is None
        else select_properties(uncertainty, molecules, index),
    )
