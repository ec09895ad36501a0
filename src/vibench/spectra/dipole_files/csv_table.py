"""Dipoles from a table with commas."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.units import DIPOLE_UNITS
from vibench.spectra.dipole_files.series import Declared, DipoleSeries, three_places
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines
from vibench.spectra.dipole_files.times import even_spacing

COLUMNS: Final = ("mu_x", "mu_y", "mu_z")
_TIMES: Final = {"time_fs": 1.0, "time_ps": 1000.0}


def read_csv(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles along one trajectory from a CSV file.

    The file has a header line with at least the columns ``mu_x``, ``mu_y``, ``mu_z`` (or those
    that the user names) in any order. A column ``time_fs`` or ``time_ps`` states the time step;
    other columns are ignored, as are empty lines and lines that start with ``#``. A table does not
    say its unit; without a declaration it is e·Å.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, holds a line that is not numbers or has uneven
        time steps; the message names the line.
    """
    lines = [
        (number, line)
        for number, line in enumerate(read_lines(path), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise InputError(f"{path} holds no dipoles: it is empty")
    number, line = lines[0]
    header = [name.strip() for name in _fields(path, number, line)]
    columns = declared.columns or COLUMNS
    missing = [name for name in columns if name not in header]
    if missing and not declared.columns:
        raise InputError(
            f"{path}, line {number}: no column {', '.join(missing)}; found {', '.join(header)}; "
            f"expected a header line with {', '.join(COLUMNS)}, or name them with --columns"
        )
    places = three_places(path, header, columns, f", line {number}")
    times = [name for name in _TIMES if name in header][:1]
    places += [header.index(name) for name in times]
    rows, numbers = [], []
    expected = f"{len(header)} comma-separated finite numbers ({', '.join(header)})"
    for number, line in lines[1:]:
        fields = _fields(path, number, line)
        if len(fields) != len(header):
            raise bad_line(path, number, expected, line)
        rows.append(finite_numbers([fields[p] for p in places], path, number, expected, line))
        numbers.append(number)
    if not rows:
        raise InputError(f"{path} holds no dipoles below its header")
    table = np.array(rows, dtype=np.float64)
    step = None
    if times:
        instants = table[:, 3] * _TIMES[times[0]]
        step = even_spacing(
            instants, lambda row: f"{path}, line {numbers[row]}", quantity="time in fs"
        )
    unit = declared.unit or "e*angstrom"
    return DipoleSeries(
        source=str(path),
        origin=f"table, columns {', '.join(columns)} in {unit}",
        runs=(table[:, :3] * DIPOLE_UNITS[unit],),
        time_step_fs=step,
    )


def _fields(path: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise bad_line(path, number, f"a line of a table ({error})", line) from error
