"""What every reader of dipoles returns, and what a user may have to declare."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vibench.core.errors import InputError, unknown_name
from vibench.core.molecules import Array
from vibench.core.units import DIPOLE_UNITS


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user says about dipole files, where these do not say it themselves."""

    unit: str | None = None
    """Unit of the dipoles, a key of `core.units.DIPOLE_UNITS`."""
    time_step_fs: float | None = None
    """Time between two dipoles in fs."""
    temperature_k: float | None = None
    """Temperature in K."""
    columns: tuple[str, ...] = ()
    """Names (or numbers, from 1) of the three columns of a table, or the name of one property."""
    molecule: int | None = None
    """Index, from 0, of the molecule in a file that holds several."""
    beads: bool = False
    """True if the files, or the replicas in a file, are the beads of one ring polymer."""

    def __post_init__(self) -> None:
        if self.unit is not None and self.unit not in DIPOLE_UNITS:
            raise unknown_name("dipole unit", self.unit, DIPOLE_UNITS)
        _check_positive(self, "")


@dataclass(frozen=True, slots=True, eq=False)
class DipoleSeries:
    """Dipoles of one file, and what the file states about them."""

    source: str
    """The file."""
    origin: str
    """Format, columns and unit in words."""
    runs: tuple[Array, ...]
    """One array (steps, 3) in e·Å per trajectory."""
    time_step_fs: float | None = None
    """Time between two dipoles in fs, if the file states it."""
    temperature_k: float | None = None
    """Temperature in K, if the file states it."""
    cell_angstrom: Array | None = None
    """(3, 3) or (steps, 3, 3) lattice vectors as rows in Å, if the file states them."""
    beads: bool = False
    """True if `runs` are the beads of one ring polymer, not independent trajectories."""
    notices: tuple[str, ...] = ()
    """What a user should know, in words."""

    def __post_init__(self) -> None:
        _check_positive(self, f"{self.source}: ")


def _check_positive(stated: "Declared | DipoleSeries", place: str) -> None:
    for name in ("time_step_fs", "temperature_k"):
        value = getattr(stated, name)
        if value is not None and not 0 < value < np.inf:
            raise InputError(f"{place}{name} must be positive, found {value:g}")


def stated_unit(path: Path, stated: str, declared: Declared, *, place: str = "") -> float:
    """Return the factor to e·Å of a unit that the file states.

    Raises
    ------
    InputError
        If the user declared another one.
    """
    if declared.unit not in {None, stated}:
        raise InputError(
            f"{path}{place}: the file states dipoles in {stated}, but {declared.unit} was "
            "declared: leave the declaration out"
        )
    return DIPOLE_UNITS[stated]


def declared_unit(path: Path, declared: Declared, why: str) -> tuple[str, float]:
    """Return a unit that only the user knows, and its factor to e·Å.

    Raises
    ------
    InputError
        If it was not declared; *why* says what is known about it.
    """
    if declared.unit is None:
        raise InputError(
            f"{path} does not state the unit of its dipoles ({why}): declare it with "
            f"--dipole-unit ({', '.join(DIPOLE_UNITS)})"
        )
    return declared.unit, DIPOLE_UNITS[declared.unit]


def one_column(declared: Declared, default: str) -> str:
    """Return the name of the one property that holds the dipole.

    Raises
    ------
    InputError
        If more than one name was declared.
    """
    if len(declared.columns) > 1:
        raise InputError(
            f"this format keeps the dipole in one property, but --columns names "
            f"{len(declared.columns)}: {', '.join(declared.columns)}"
        )
    return declared.columns[0] if declared.columns else default


def three_places(
    path: Path, header: Sequence[str], columns: Sequence[str], place: str
) -> list[int]:
    """Return the places of three columns, given by name or by number from 1, in a header.

    Raises
    ------
    InputError
        If there are not three of them or one is missing.
    """
    if len(columns) != 3:
        raise InputError(f"--columns takes three names or numbers, found {', '.join(columns)}")
    places = []
    for column in columns:
        if column in header:
            places.append(list(header).index(column))
        elif column.isdigit() and 1 <= int(column) <= len(header):
            places.append(int(column) - 1)
    if len(places) < 3:
        missing = [name for name in columns if name not in header and not name.isdigit()]
        raise InputError(
            f"{path}{place}: no column {', '.join(missing or columns)}; found {', '.join(header)}; "
            f"name the three columns of the dipole with --columns"
        )
    return places
