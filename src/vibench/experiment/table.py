"""A measured curve as its file holds it, before anything is converted."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.reading import parse_number, read_text
from vibench.experiment.conditions import Conditions


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Two columns of a file and what the file says about them."""

    x: Array
    """(points,) axis, in the order of the file."""
    y: Array
    """(points,) ordinate."""
    abscissa: str | None
    """Unit of the axis as spelled in the file, or None if it does not say."""
    ordinate: str | None
    """Unit of the ordinate as spelled in the file, or None if it does not say."""
    width: float
    """Resolution as the file states it, in units of the axis; NaN if it does not."""
    title: str
    """Name of the spectrum."""
    notices: tuple[str, ...] = ()
    """What looks suspicious, in words."""
    conditions: Conditions = field(default_factory=Conditions)
    """Pressure, temperature and cell, as far as the file states them."""


def read_columns(path: Path) -> Table:
    """Read a text file of two columns: axis and ordinate.

    Columns are separated by a comma, semicolon, tab or blanks. Empty lines and lines that start
    with ``#`` are ignored; one line of column names may come first.

    Raises
    ------
    InputError
        If the file cannot be read or a line is not two numbers; the message names the line.
    """
    text = read_text(path, encoding="utf-8-sig")
    rows: list[list[float]] = []
    header_allowed = True
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        row = _two_numbers(line)
        if row is not None:
            rows.append(row)
        elif not header_allowed:
            raise InputError(
                f"{path}, line {number}: expected two finite numbers, found {line.strip()[:80]!r}"
            )
        header_allowed = False
    if len(rows) < 2:
        raise InputError(f"{path}: {len(rows)} points are no spectrum")
    x, y = np.array(rows, dtype=np.float64).T
    return Table(x=x, y=y, abscissa=None, ordinate=None, width=math.nan, title=path.stem)


def _two_numbers(line: str) -> list[float] | None:
    fields = [field for field in re.split(r"\s*[,;\t]\s*|\s+", line.strip()) if field]
    try:
        row = [parse_number(field) for field in fields]
    except ValueError:
        return None
    return row if len(row) == 2 and all(map(math.isfinite, row)) else None
