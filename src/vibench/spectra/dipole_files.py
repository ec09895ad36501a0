"""Reader of dipoles from a table."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError, unknown_name
from vibench.core.molecules import Array
from vibench.core.units import DIPOLE_UNITS

COLUMNS: Final = ("mu_x", "mu_y", "mu_z")


def read_dipoles(path: Path, *, unit: str) -> Array:
    """Read dipoles along one trajectory from a CSV file.

    The file has a header line with at least the columns ``mu_x``, ``mu_y``, ``mu_z`` in any
    order; other columns are ignored, as are empty lines and lines that start with ``#``.

    Parameters
    ----------
    path
        The file.
    unit
        Unit of the file: ``"e*angstrom"``, ``"debye"`` or ``"e*bohr"``. A table does not say it,
        so it has to be declared.

    Returns
    -------
    dipoles : (steps, 3) in e·Å

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or holds a line that is not numbers; the
        message names the line.
    """
    if unit not in DIPOLE_UNITS:
        raise unknown_name("dipole unit", unit, DIPOLE_UNITS)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read dipoles from {path}: {error}") from error
    lines = (
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    )
    try:
        number, line = next(lines)
    except StopIteration:
        raise InputError(f"{path} holds no dipoles: it is empty") from None
    header = [name.strip() for name in next(csv.reader([line]))]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise InputError(
            f"{path}, line {number}: no column {', '.join(missing)}; found {', '.join(header)}; "
            f"expected a header line with {', '.join(COLUMNS)}"
        )
    rows = list(_rows(path, lines, header))
    if not rows:
        raise InputError(f"{path} holds no dipoles below its header")
    return np.array(rows, dtype=np.float64) * DIPOLE_UNITS[unit]


def _rows(path: Path, lines: Iterator[tuple[int, str]], header: list[str]) -> Iterator[list[float]]:
    places = [header.index(name) for name in COLUMNS]
    for number, line in lines:
        fields = next(csv.reader([line]))
        try:
            row = [float(fields[place]) for place in places]
        except (ValueError, IndexError):
            row = []
        if len(fields) != len(header) or not row or not np.isfinite(row).all():
            raise InputError(
                f"{path}, line {number}: expected {len(header)} comma-separated finite numbers "
                f"({', '.join(header)}), found {line.strip()[:80]!r}"
            )
        yield row
