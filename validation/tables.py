"""Rows of numbers as a table for the terminal."""

from collections.abc import Sequence
from typing import Any

type Row = dict[str, Any]


def table_text(rows: Sequence[Row]) -> str:
    """Return rows as a table of aligned columns."""
    cells = [list(rows[0])] + [[_text(value) for value in row.values()] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(cells[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in cells]
    return "\n".join(line.rstrip() for line in lines)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
