"""Structures that a committee visited: one table row each, quick to import."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vibench.core.files import write_text
from vibench.core.reading import read_text, understood


class Visit(NamedTuple):
    """A frame of a committee's dynamics."""

    trajectory: int
    """Number of the trajectory, from 0."""
    temperature_k: float
    """Its temperature in K."""
    replica: int
    """Its replica."""
    time_fs: float
    """Time in fs since its start."""
    force_uncertainty_mev_per_angstrom: float
    """Uncertainty of the forces in meV/Å."""


def write_visits(path: Path, visits: Sequence[Visit]) -> None:
    """Write a CSV table of structures, with all digits of their numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Visit._fields)
    writer.writerows(visits)
    write_text(path, text.getvalue())


def read_visits(path: Path) -> list[Visit]:
    """Read what `write_visits` wrote.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    rows = csv.reader(io.StringIO(read_text(path), newline=""))
    with understood(str(path), "a table of visited structures"):
        return [
            Visit(int(row[0]), float(row[1]), int(row[2]), float(row[3]), float(row[4]))
            for row in list(rows)[1:]
        ]
