"""Tables as the page shows them: without repetition, in units that suit; files hold all of it."""

from dataclasses import replace
from typing import Final

from vibench.core.score import Score
from vibench.report.formatting import core_time, decimals_for, is_finite
from vibench.report.scores import SCALED
from vibench.report.table import Cell, Table

_HOURS: Final = ("core-h", "GPU-h")


def on_page(table: Table) -> Table:
    """Return *table* for the page.

    The distance on an axis scaled to [0, 1] is the distance in another unit: its columns and rows
    are left out, except where the published benchmark is compared. Columns of hours that are short
    are in minutes or seconds.
    """
    return _timed(table if table.section == "published" else _without_scaled(table))


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
        hours = [value for row in table.rows if (value := _value(row[i]))]
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


def _value(cell: Cell) -> float | None:
    value = cell.value if isinstance(cell, Score) else cell
    return value if isinstance(value, float) and is_finite(value) else None


def _times(cell: Cell, factor: float) -> Cell:
    return factor * cell if isinstance(cell, float) else cell
