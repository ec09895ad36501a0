"""What a reader takes from a file before units are applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ase.data import chemical_symbols
from ase.formula import Formula

from vibench.core.molecules import Array, Molecules
from vibench.data.recipes import Quantity

LABELS: tuple[Quantity, ...] = ("energy", "forces", "dipole")
"""The quantities that a reference method computes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read from a file, and under which names."""

    keys: Mapping[Quantity, str]
    """Quantity → name in the file."""
    required: frozenset[Quantity]
    """Quantities whose absence is an error; the others are left out if the file lacks them."""
    molecule_name: str | None
    """Name of all molecules, or None."""
    files: Mapping[Quantity, Path] = field(default_factory=dict)
    """Quantity → file that holds its array alone."""


@dataclass(frozen=True, slots=True)
class RawData:
    """The content of a file, numbers as they are in it."""

    molecules: Molecules[Array]
    """Positions in the unit of the file."""
    labels: Mapping[Quantity, Array]
    """Energy (molecules,), forces (atoms, 3), dipole (molecules, 3) in the units of the file."""
    trajectory: Array | None
    """(molecules,) number of the trajectory of each frame, if the file says so."""


@cache
def formula(numbers: tuple[int, ...]) -> str:
    """Return the chemical formula (Hill order) of the atomic *numbers*."""
    return str(Formula.from_list([chemical_symbols[z] for z in numbers]).format("hill"))
