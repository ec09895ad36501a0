"""Table: named rows of cells that know their unit and interval, and their CSV text."""

import csv
import io
import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from vibench.core.score import Score
from vibench.report.formatting import (
    MISSING,
    interval_text,
    number_text,
    prose_text,
    temperature_text,
    unit_text,
    value_text,
)

type Cell = str | int | float | Score | None
"""Text, a number, an estimate with its interval, or nothing."""

type Section = Literal[
    "overview",
    "spectra",
    "molecules",
    "transfer",
    "stability",
    "errors",
    "calibration",
    "harmonic",
    "efficiency",
    "cost",
    "published",
    "tasks",
    "other",
    "seeds",
]
"""Part of the report that a table belongs to."""


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a column."""

    title: str
    """What stands below."""
    unit: str = ""
    """Unit of the numbers below; empty for text and pure numbers."""
    decimals: int | None = None
    """Decimals of plain numbers; None for three significant digits."""
    numeric: bool = True
    """Whether cells are numbers, set to the right."""
    short_title: str = ""
    """Title on the page, where the column before explains it."""

    @property
    def heading(self) -> str:
        """Title and unit as CSV shows them."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Table:
    """A table of results, independent of how it is shown."""

    name: str
    """Stem of its file name."""
    title: str
    """What it shows."""
    caption: str
    """How to read it."""
    section: Section
    """Part of the report it belongs to."""
    columns: tuple[Column, ...]
    """Headings."""
    rows: tuple[tuple[Cell, ...], ...]
    """Cells, one per column."""


def text_column(title: str) -> Column:
    """Return a column of text."""
    return Column(title, numeric=False)


def without_empty_columns(table: Table) -> Table:
    """Return *table* without columns that have no value in any row."""
    kept = [
        index
        for index in range(len(table.columns))
        if any(cell_text(row[index], table.columns[index]) != MISSING for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(tuple(row[index] for index in kept) for row in table.rows),
    )


def cell_text(cell: Cell, column: Column) -> str:
    """Return what a reader sees in *cell*, without the interval."""
    if isinstance(cell, Score):
        return value_text(cell)
    if cell is None or cell == "":
        return MISSING
    if column.title == "unit":
        return unit_text(str(cell))
    if isinstance(cell, float):
        if column.unit == "K" and math.isfinite(cell):
            return temperature_text(cell).removesuffix(" K")
        return number_text(cell, column.decimals)
    return prose_text(str(cell))


def cell_interval(cell: Cell) -> str:
    """Return the interval of *cell* in the least width, or an empty string."""
    text = interval_text(cell) if isinstance(cell, Score) else ""
    return text if "−" in text else text.replace(" to ", "–")


def cell_hint(cell: Cell) -> str:
    """Return what the number in *cell* estimates and from how many samples."""
    if not isinstance(cell, Score):
        return ""
    parts = [cell.estimand, f"n = {cell.n}" if cell.n else ""]
    return prose_text("; ".join(part for part in parts if part))


def sort_key(cell: Cell) -> str:
    """Return *cell* as a machine reads it: full precision, empty for no value."""
    value = cell.value if isinstance(cell, Score) else cell
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def csv_text(table: Table) -> str:
    """Return *table* as CSV; a column of estimates is followed by its interval and sample size."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    estimates = [
        any(isinstance(row[index], Score) for row in table.rows)
        for index in range(len(table.columns))
    ]
    header = []
    for column, estimate in zip(table.columns, estimates, strict=True):
        header.append(column.heading)
        if estimate:
            header += [f"{column.title} {part}" for part in ("low", "high", "n")]
    writer.writerow(map(spreadsheet_safe, header))
    for row in table.rows:
        fields = []
        for cell, estimate in zip(row, estimates, strict=True):
            fields.append(sort_key(cell))
            if estimate:
                fields += _interval_fields(cell)
        writer.writerow(map(spreadsheet_safe, fields))
    return buffer.getvalue()


def spreadsheet_safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: behind an apostrophe if it would."""
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    number = re.fullmatch(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", text)
    return text if number else f"'{text}"


def _interval_fields(cell: Cell) -> list[str]:
    if not isinstance(cell, Score):
        return ["", "", ""]
    return [sort_key(cell.low), sort_key(cell.high), str(cell.n)]
