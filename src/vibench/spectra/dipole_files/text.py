"""Lines and numbers of text files, with errors that name the place."""

import math
from collections.abc import Sequence
from pathlib import Path

from vibench.core.errors import InputError
from vibench.core.reading import parse_number, read_text


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    Raises
    ------
    InputError
        If it cannot be read as text.
    """
    return read_text(path, encoding="utf-8-sig").splitlines()


def finite_numbers(
    fields: Sequence[str], path: Path, line: int, expected: str, found: str
) -> list[float]:
    """Return *fields* as finite numbers.

    Raises
    ------
    InputError
        Naming file, line, what was *expected* and what was *found*.
    """
    try:
        values = [parse_number(field) for field in fields]
    except ValueError:
        values = []
    if len(values) != len(fields) or not all(map(math.isfinite, values)):
        raise bad_line(path, line, expected, found)
    return values


def bad_line(path: Path, line: int, expected: str, found: str) -> InputError:
    """Build the error for a line that is not as it should be."""
    return InputError(f"{path}, line {line}: expected {expected}, found {found.strip()[:80]!r}")
