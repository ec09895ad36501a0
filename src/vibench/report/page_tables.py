"""Tables as the page shows them: without repetition, in units that suit; files hold all of it."""

from dataclasses import replace
from typing import Final

from vibench.core.score import Score
from vibench.report.formatting import core_time, decimals_for, is_finite
from vibench.report.scores import SCALED
from vibench.report.table import Cell, Column, Table, cell_text

FOLDED: Final = frozenset(
    (
        "differences",
        "spectrum-scores-endless",
        "spectrum-scores-by-width",
        "spectrum-scores-by-region",
        "bands",
        "spectrum-scores-by-baseline",
        "retrieval",
        "survival-compared",
        "ratios-over-seeds",
        "error-correlations",
        "fundamentals",
        "costs",
        "published",
        "other-scores",
        "single-seeds",
        "tasks",
    )
)
"""Names of tables of detail, which the page shows folded, beside those of single molecules."""
_OF_MOLECULES: Final = ("frequencies-", "scores-")
_HOURS: Final = ("core-h", "GPU-h")
_ABOUT: Final = frozenset(
    ("compared with", "temperature", "molecules", "set", "data set", "test set", "dynamics for")
)
"""Columns that go into the caption where all rows agree."""
_NAMES: Final = ("molecule", "model", "spectrum of", "potential", "committee", "first", "second")
"""Columns that tell what a row is about."""


def on_page(table: Table) -> Table:
    """Return *table* for the page.

    The distance on an axis scaled to [0, 1] is the distance in another unit: its columns and rows
    are left out, except where the published benchmark is compared. Columns of hours that are short
    are in minutes or seconds. What is the same in all rows stands in the caption.
    """
    table = table if table.section == "published" else _without_scaled(table)
    return _without_repetition(_timed(table))


def is_folded(table: Table) -> bool:
    """Tell whether the page shows only the title of *table* until it is opened."""
    return table.name in FOLDED or table.name.startswith(_OF_MOLECULES)


def kept_in_view(table: Table) -> dict[int, str]:
    """Return the columns that stay in view on a narrow screen: place → ``"first"``, ``"second"``.

    They are those that tell what a row is about, at most two, or the first one.
    """
    places = [i for i, column in enumerate(table.columns) if column.title in _NAMES]
    if not places and table.columns and not table.columns[0].numeric:
        places = [0]
    return dict(zip(places, ("first", "second"), strict=False))


def _without_repetition(table: Table) -> Table:
    alike = [
        i
        for i, column in enumerate(table.columns)
        if column.title in _ABOUT
        and len(table.rows) > 1
        and len({cell_text(row[i], column) for row in table.rows}) == 1
        and not any(isinstance(row[i], Score) for row in table.rows)
    ]
    if not alike:
        return table
    kept = [i for i in range(len(table.columns)) if i not in alike]
    words = [_told(table.columns[i], table.rows[0][i]) for i in alike]
    return replace(
        table,
        caption=f"All rows: {', '.join(words)}. {table.caption}".strip(),
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
    )


def _told(column: Column, cell: Cell) -> str:
    unit = f" {column.unit}" if column.unit else ""
    return f"{column.title} {cell_text(cell, column)}{unit}"


def _without_scaled(table: Table) -> Table:
    kept = [i for i, c in enumerate(table.columns) if not c.title.startswith(SCALED)]
    rows = [
        row
        for row in table.rows
        if not any(isinstance(cell, str) and cell.startswith(SCALED) for cell in row)
    ]
    return replace(
        table,
        columns=tuple(table.columns[i] for i in kept),
        rows=tuple(tuple(row[i] for i in kept) for row in rows),
    )


def _timed(table: Table) -> Table:
    columns = list(table.columns)
    factors = dict[int, float]()
    for i, column in enumerate(columns):
        cells = [row[i] for row in table.rows]
        hours = [one for one in cells if isinstance(one, float) and is_finite(one) and one]
        if column.unit in _HOURS and hours:
            factor, unit = core_time(max(hours))
            decimals = max(
                decimals_for(factor * max(hours), 3), decimals_for(factor * min(hours), 1)
            )
            unit = column.unit.replace("-h", f"-{unit}")
            columns[i] = replace(column, unit=unit, decimals=decimals)
            factors[i] = factor
    rows = tuple(
        tuple(_times(cell, factors.get(i, 1.0)) for i, cell in enumerate(row)) for row in table.rows
    )
    return replace(table, columns=tuple(columns), rows=rows)


def _times(cell: Cell, factor: float) -> Cell:
    return factor * cell if isinstance(cell, float) else cell
