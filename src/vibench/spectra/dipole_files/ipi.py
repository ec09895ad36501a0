"""Dipoles from i-PI: property outputs, and the extras that a force code sent along."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.units import ATOMIC_TIME, BOHR
from vibench.spectra.dipole_files.series import (
    Declared,
    DipoleSeries,
    declared_unit,
    stated_unit,
)
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines
from vibench.spectra.dipole_files.times import even_spacing

_COLUMN = re.compile(
    r"#\s*(?:column\s+(?P<one>\d{1,6})|cols\.\s+(?P<first>\d{1,6})\s*-\s*(?P<last>\d{1,6}))"
    r"\s*-->\s*"
    r"(?P<what>[^\s:]+)"
)
_EXTRAS = re.compile(r"\s*#EXTRAS\w*\((?P<kind>.*?)\)#\s*Step:\s*(?P<step>\d+)")
_ATOMIC: Final = ("", "automatic", "atomic_unit")
_DIPOLES: Final = {
    **dict.fromkeys(_ATOMIC, "e*bohr"),
    "eang": "e*angstrom",
    "ase": "e*angstrom",
    "debye": "debye",
}
_SECONDS: Final = {"": 1e15, "milli": 1e12, "micro": 1e9, "nano": 1e6, "pico": 1e3, "femto": 1.0}
_TIMES: Final = {
    **dict.fromkeys(_ATOMIC, ATOMIC_TIME),
    **{f"{prefix}second": factor for prefix, factor in _SECONDS.items()},
    "attosecond": 1e-3,
}
_LENGTHS: Final = {**dict.fromkeys(_ATOMIC, BOHR), "angstrom": 1.0, "ase": 1.0}

_SIZES: Final = {"dipole": 3, "time": 1, "step": 1, "ensemble_temperature": 1, "cell_h": 6}
"""Property → number of its columns."""


@dataclass(frozen=True, slots=True)
class _Property:
    """One entry of the header: ``dipole{debye}(3)`` in columns 4 to 6."""

    name: str
    unit: str
    argument: str
    places: range
    line: int


def read_ipi_properties(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles from a property output of i-PI.

    Lines ``# cols. 4-6 --> dipole{debye} : …`` say what the columns hold. ``dipole`` is the mean
    over the beads; ``dipole(0)``, ``dipole(1)``, … are single beads, which are kept as such: they
    are averaged before anything else, never treated as independent trajectories. ``time`` gives the
    time step, ``ensemble_temperature{kelvin}`` the temperature (``temperature`` is the
    instantaneous one and not used) and ``cell_h`` the cell. No unit in braces means atomic units.

    Raises
    ------
    InputError
        If there is no dipole, a unit is unknown, beads are missing, a row is short or not finite,
        or time steps are uneven; the message names the line.

    References
    ----------
    i-PI 3.3.0: ``ipi/engine/outputs.py``, ``PropertyOutput.print_header``;
    ``ipi/engine/properties.py``, ``getall``, ``get_dipole`` and ``tensor2vec``;
    ``ipi/utils/units.py``.
    """
    lines = read_lines(path)
    properties = _header(path, lines)
    dipoles, beads = _dipole_columns(path, properties)
    unit = _known(path, dipoles[0], _DIPOLES)
    factor = stated_unit(path, unit, declared, place=f", line {dipoles[0].line}")
    rows, numbers = _rows(path, lines, properties)
    named = {entry.name: entry for entry in properties}
    step = None
    if "time" in named:
        entry = named["time"]
        instants = rows[:, entry.places.start] * float(_known(path, entry, _TIMES))
        step = even_spacing(
            instants, lambda row: f"{path}, line {numbers[row]}", quantity="time in fs"
        )
    elif "step" in named:
        instants = rows[:, named["step"].places.start]
        even_spacing(instants, lambda row: f"{path}, line {numbers[row]}", quantity="step")
    kind = f"{len(dipoles)} beads" if beads else "mean over beads"
    return DipoleSeries(
        source=str(path),
        origin=f"i-PI properties, dipole ({kind}) in {unit}",
        runs=tuple(rows[:, list(entry.places)] * factor for entry in dipoles),
        time_step_fs=step,
        temperature_k=_temperature(named, rows),
        cell_angstrom=_cell(path, named, rows),
        beads=beads,
    )


def read_ipi_extras(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles that a force code sent to i-PI as extras.

    ``<trajectory filename='dip' extra_type='dipole'> extras </trajectory>`` writes one file per
    bead, in which lines `` #EXTRAS(dipole)# Step: 4`` and ``x y z`` alternate. i-PI passes the
    numbers on as it got them, so their unit must be declared (i-PI's own Fortran driver sends
    e·bohr), and so must the time step.

    Raises
    ------
    InputError
        As `read_ipi_properties`; also if the extras are not three numbers.

    References
    ----------
    i-PI 3.3.0: ``ipi/engine/outputs.py``, ``TrajectoryOutput.write_traj``.
    """
    unit, factor = declared_unit(path, declared, "i-PI passes on what the force code sent")
    dipoles: list[list[float]] = []
    steps: list[float] = []
    numbers: list[int] = []
    lines = read_lines(path)
    for number, line in enumerate(lines, start=1):
        match = _EXTRAS.match(line)
        if not match:
            if not numbers or (number != numbers[-1] and line.strip()):
                raise bad_line(path, number, "a line #EXTRAS(dipole)# Step: N", line)
            continue
        found = lines[number] if number < len(lines) else "the end of the file"
        expected = f"three finite numbers (the dipole of step {match['step']})"
        fields = found.split()
        if len(fields) != 3:
            raise bad_line(path, number + 1, expected, found)
        dipoles.append(finite_numbers(fields, path, number + 1, expected, found))
        steps.append(float(match["step"]))
        numbers.append(number + 1)
    if not dipoles:
        raise InputError(f"{path} holds no extras")
    even_spacing(np.array(steps), lambda row: f"{path}, line {numbers[row]}", quantity="step")
    return DipoleSeries(
        source=str(path),
        origin=f"i-PI extras in {unit}",
        runs=(np.array(dipoles) * factor,),
    )


def _header(path: Path, lines: Sequence[str]) -> list[_Property]:
    properties = []
    for number, line in enumerate(lines, start=1):
        match = _COLUMN.match(line)
        if match:
            first = int(match["one"] or match["first"])
            last = int(match["one"] or match["last"])
            what = match["what"]
            unit = re.search(r"\{([^{}]*)\}", what)
            argument = re.search(r"\(([^()]*)\)", what)
            properties.append(
                _Property(
                    name=re.split(r"[{(]", what)[0],
                    unit=unit[1].strip().lower() if unit else "",
                    argument=argument[1].removeprefix("bead=").strip() if argument else "",
                    places=range(first - 1, last),
                    line=number,
                )
            )
            _check_places(path, properties[-1])
    return properties


def _check_places(path: Path, entry: _Property) -> None:
    """Refuse a property that is to be read and has another number of columns than it must have."""
    wanted = _SIZES.get(entry.name, len(entry.places))
    if entry.places.start < 0 or len(entry.places) != wanted:
        raise InputError(
            f"{path}, line {entry.line}: {entry.name} has {len(entry.places)} columns from "
            f"{entry.places.start + 1}, expected {wanted} from 1 or more"
        )


def _dipole_columns(path: Path, properties: Sequence[_Property]) -> tuple[list[_Property], bool]:
    """Return the dipole's entries and whether they are single beads."""
    found = [entry for entry in properties if entry.name == "dipole"]
    if not found:
        names = ", ".join(entry.name for entry in properties) or "no column lines"
        raise InputError(
            f"{path}: i-PI wrote no property dipole here (found {names}); add dipole to the "
            "properties, or give the files of its extras"
        )
    for entry in found:
        if not re.fullmatch(r"|-1|[0-9]{1,6}", entry.argument):
            raise InputError(
                f"{path}, line {entry.line}: dipole of bead {entry.argument!r:.40}, expected its "
                "number"
            )
    mean = [entry for entry in found if entry.argument in {"", "-1"}]
    if mean:
        return mean[:1], False
    beads = sorted(found, key=lambda entry: int(entry.argument))
    if [int(entry.argument) for entry in beads] != list(range(len(beads))):
        listing = ", ".join(entry.argument for entry in beads)
        raise InputError(
            f"{path}, line {found[0].line}: dipoles of the beads {listing} only; expected all "
            "beads from 0, or the mean over beads (property dipole without argument)"
        )
    if len({entry.unit for entry in beads}) > 1:
        raise InputError(f"{path}, line {found[0].line}: beads have dipoles in different units")
    return beads, len(beads) > 1


def _rows(
    path: Path, lines: Sequence[str], properties: Sequence[_Property]
) -> tuple[Array, list[int]]:
    width = max(entry.places.stop for entry in properties)
    expected = f"{width} finite numbers"
    rows, numbers = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        fields = line.split()
        if len(fields) != width:
            raise bad_line(path, number, f"{width} columns, as its header says", line)
        rows.append(finite_numbers(fields, path, number, expected, line))
        numbers.append(number)
    if not rows:
        raise InputError(f"{path} holds no rows below its header")
    return np.array(rows), numbers


def _known[T](path: Path, entry: _Property, units: Mapping[str, T]) -> T:
    if entry.unit not in units:
        raise InputError(
            f"{path}, line {entry.line}: unknown unit {entry.unit!r} of {entry.name}; known: "
            f"{', '.join(name for name in units if name)}"
        )
    return units[entry.unit]


def _temperature(named: Mapping[str, _Property], rows: Array) -> float | None:
    entry = named.get("ensemble_temperature")
    if entry is None or entry.unit != "kelvin":
        return None
    values = rows[:, entry.places.start]
    return float(values[0]) if np.ptp(values) == 0 else None


def _cell(path: Path, named: Mapping[str, _Property], rows: Array) -> Array | None:
    """Return lattice vectors as rows; i-PI keeps them as columns of an upper triangle."""
    entry = named.get("cell_h")
    if entry is None:
        return None
    xx, yy, zz, xy, xz, yz = (rows[:, list(entry.places)] * _known(path, entry, _LENGTHS)).T
    cells = np.zeros((len(rows), 3, 3))
    cells[:, 0, 0], cells[:, 1, 1], cells[:, 2, 2] = xx, yy, zz
    cells[:, 1, 0], cells[:, 2, 0], cells[:, 2, 1] = xy, xz, yz
    return cells[0] if np.ptp(cells, axis=0).max() == 0 else cells
