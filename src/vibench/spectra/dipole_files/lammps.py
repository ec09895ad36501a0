"""Dipoles from LAMMPS: tables of fixes, and thermo output in a log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.spectra.dipole_files.series import (
    Declared,
    DipoleSeries,
    declared_unit,
    stated_unit,
    three_places,
)
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines
from vibench.spectra.dipole_files.times import even_spacing

_STEPS: Final = ("TimeStep", "Step", "step", "timestep")
_UNIT = re.compile(r"\s*(?:units\s+|Unit style\s*:\s*)(\w+)")
_TIME_STEP = re.compile(r"\s*(?:timestep\s+|Time step\s*:\s*)([0-9.eE+-]+)")
_TIMES: Final = {"real": 1.0, "metal": 1000.0, "electron": 1.0}
"""Femtoseconds per unit of time."""
_DIPOLES: Final = {"real": "e*angstrom", "metal": "e*angstrom"}
"""Units of `compute dipole`; in electron units charges give e·bohr but point dipoles debye."""


@dataclass(slots=True)
class _Table:
    """Names of the columns and the rows below them."""

    header: list[str]
    line: int
    rows: list[list[float]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    ended: bool = True
    time_step: float | None = None


def read_lammps_table(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles from a table that ``fix ave/time`` or ``fix print`` wrote.

    The last comment line above the numbers names the columns (``# TimeStep c_mu[1] c_mu[2]
    c_mu[3]``). The user names the three of the dipole, or gives their numbers, counted from 1,
    where a file has no names; without that they are the three elements of one compute, if there is
    just one. A table states neither unit nor time step.

    Raises
    ------
    InputError
        If a column is missing, a row is short or not finite, steps are uneven, or if ``fix
        ave/time`` wrote in ``mode vector``; the message names the line.

    References
    ----------
    LAMMPS, ``src/fix_ave_time.cpp``, ``src/fix_print.cpp`` and ``src/compute_dipole.cpp``, which
    unwraps positions, so that its dipoles have no branches; manual pages "fix ave/time", "fix
    print", "units".
    """
    table = _plain_table(path)
    unit, factor = declared_unit(path, declared, "it depends on the units command of LAMMPS")
    return _series(path, table, declared, unit, factor, kind="table")


def read_lammps_log(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles from the thermo output in a LAMMPS log.

    ``thermo_style custom step … c_mu[1] c_mu[2] c_mu[3]`` prints a table per run; the last one that
    has the columns is read. The commands that LAMMPS echoes, ``units`` and ``timestep``, give unit
    and time step: in ``real`` and ``metal`` dipoles of charges are in e·Å.

    Raises
    ------
    InputError
        As `read_lammps_table`; also if no table has the columns.

    References
    ----------
    LAMMPS, ``src/thermo.cpp``, ``src/verlet.cpp``, ``src/compute_dipole.cpp``; manual page "units".
    """
    tables, style = _thermo_tables(path)
    if not tables:
        raise InputError(f"{path} holds no thermo table (a line that starts with Step)")
    fitting = [table for table in tables if _columns(table.header, declared)]
    if not fitting:
        raise InputError(
            f"{path}, line {tables[-1].line}: no dipole among the columns "
            f"{', '.join(tables[-1].header)}; name its three columns with --columns"
        )
    table = fitting[-1]
    notices = []
    if len(fitting) > 1:
        notices.append(
            f"{path}: the last of {len(fitting)} thermo tables is read, from line {table.line}"
        )
    if not table.ended:
        notices.append(f"{path}: the run did not end (no 'Loop time')")
    if style in _DIPOLES:
        unit = _DIPOLES[style]
        factor = stated_unit(path, unit, declared)
    else:
        why = f"units {style}" if style else "no units command in the log"
        unit, factor = declared_unit(path, declared, why)
    unit_time = _TIMES.get(style)
    step = None
    if unit_time is not None and table.time_step is not None:
        step = table.time_step * unit_time
    return _series(path, table, declared, unit, factor, kind="log", step=step, notices=notices)


def _series(
    path: Path,
    table: _Table,
    declared: Declared,
    unit: str,
    factor: float,
    *,
    kind: str,
    step: float | None = None,
    notices: Sequence[str] = (),
) -> DipoleSeries:
    columns = _columns(table.header, declared)
    if not columns:
        raise InputError(
            f"{path}, line {table.line}: which columns are the dipole? Found "
            f"{', '.join(table.header) or 'no names'}; name three with --columns, or give their "
            "numbers from 1"
        )
    if not table.rows:
        raise InputError(f"{path}, line {table.line}: the table has no rows")
    # A file without names has only numbers of columns.
    header = table.header or [""] * len(table.rows[0])
    places = three_places(path, header, columns, f", line {table.line}")
    values = np.array(table.rows)
    counter = [header.index(name) for name in _STEPS if name in header]
    spacing = None
    if counter:
        spacing = even_spacing(
            values[:, counter[0]],
            lambda row: f"{path}, line {table.lines[row]}",
            quantity="step",
        )
    return DipoleSeries(
        source=str(path),
        origin=f"LAMMPS {kind}, columns {', '.join(columns)} in {unit}",
        runs=(values[:, places] * factor,),
        time_step_fs=spacing * step if spacing is not None and step is not None else None,
        notices=tuple(notices),
    )


def _columns(header: Sequence[str], declared: Declared) -> tuple[str, ...]:
    """Return the three columns of the dipole, or none if they are not to be found."""
    if declared.columns:
        known = all(name in header or name.isdigit() for name in declared.columns)
        return declared.columns if known or not header else ()
    names = [name[:-3] for name in header if name.endswith("[1]")]
    triples = [tuple(f"{name}[{axis}]" for axis in (1, 2, 3)) for name in names]
    triples = [triple for triple in triples if set(triple) <= set(header)]
    if {"mu_x", "mu_y", "mu_z"} <= set(header):
        triples = [("mu_x", "mu_y", "mu_z")]
    return triples[0] if len(triples) == 1 else ()


def _plain_table(path: Path) -> _Table:
    table = _Table(header=[], line=1)
    for number, line in enumerate(read_lines(path), start=1):
        if line.startswith("#"):
            names = line.lstrip("# ").split()
            if "Number-of-rows" in names:
                raise InputError(
                    f"{path}, line {number}: fix ave/time wrote in mode vector; write its elements "
                    "as scalars instead: c_mu[1] c_mu[2] c_mu[3]"
                )
            # The first comment line of either fix is a sentence, not a header.
            if not table.rows and "fix" not in names:
                table.header, table.line = names, number
        elif line.strip():
            _row(path, table, number, line, len(table.header) or None)
    return table


def _thermo_tables(path: Path) -> tuple[list[_Table], str]:
    tables: list[_Table] = []
    style, time_step, inside = "", None, False
    for number, line in enumerate(read_lines(path), start=1):
        fields = line.split()
        if fields and fields[0] == "Step" and len(fields) > 1:
            table = _Table(header=fields, line=number, ended=False, time_step=time_step)
            tables.append(table)
            inside = True
        elif inside and line.startswith("Loop time"):
            tables[-1].ended, inside = True, False
        elif inside and fields and not line.startswith("WARNING"):
            _row(path, tables[-1], number, line, len(tables[-1].header))
        elif match := _UNIT.match(line):
            style = match[1]
        elif match := _TIME_STEP.match(line):
            time_step = finite_numbers([match[1]], path, number, "a time step", line)[0]
    return tables, style


def _row(path: Path, table: _Table, number: int, line: str, width: int | None) -> None:
    fields = line.split()
    width = width or (len(table.rows[0]) if table.rows else len(fields))
    expected = f"{width} finite numbers"
    if table.header:
        expected += f" ({' '.join(table.header)})"
    if len(fields) != width:
        raise bad_line(path, number, expected, line)
    table.rows.append(finite_numbers(fields, path, number, expected, line))
    table.lines.append(number)
