"""Lines of data of a JCAMP-DX file, checked one by one against what its header says."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

# No digit may match in two ways: with some 15 numbers of 8 digits the search would never end.
_NUMBER: Final = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
# Minus signs may stand in place of blanks.
_PLAIN: Final = re.compile(rf"\s*{_NUMBER}(?:(?:\s*[,;]\s*|\s+|(?=[-+])){_NUMBER})*\s*")
_COMPRESSED: Final = re.compile(r"[\s\d.+\-,;%@A-IJ-Za-ij-rs]*")
MOST_POINTS: Final = 10_000_000
"""Points above which ``NPOINTS`` cannot be meant."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    values: tuple[float, ...]
    rounding: float
    """Half a unit of the last digit of the abscissa."""


def check_lines(
    path: Path, text: str, *, first: float, last: float, points: int, factor: float
) -> list[str]:
    """Check every line of data of the form ``(X++(Y..Y))`` whose numbers are written out.

    Each line must begin where the ones before it end, and all together must hold as many points
    as the header says. Data in compressed form are left to the decoder, which has its own checks.

    Parameters
    ----------
    path, text
        The file and its content.
    first, last
        ``FIRSTX`` and ``LASTX``, in the file's unit.
    points
        ``NPOINTS``.
    factor
        ``XFACTOR``.

    Returns
    -------
    notices
        What looks suspicious, in words.

    Raises
    ------
    InputError
        Naming the line that is damaged, before which points are missing, or where the data end.
    """
    if not 0 < points <= MOST_POINTS:
        raise InputError(f"{path}: NPOINTS is {points}, expected 1 to {MOST_POINTS}")
    lines = _data_lines(path, text)
    if not lines:
        return []
    counts = np.array([len(line.values) - 1 for line in lines])
    starts = np.array([line.values[0] for line in lines]) * factor
    step = _step(starts, counts, default=(last - first) / max(points - 1, 1))
    # Labels are rounded, and real files number their lines one point off: 1.5 points.
    tolerance = 1.5 * abs(step) + abs(factor) * max(line.rounding for line in lines)
    _check_starts(path, lines, starts, counts * step, tolerance=tolerance)
    end = lines[-1]
    if counts.sum() != points:
        raise InputError(
            f"{path}: NPOINTS is {points}, but {counts.sum()} points were found; the data end in "
            f"line {end.number}: {end.text.strip()[:60]!r}"
        )
    expected = np.linspace(first, last, points)[np.cumsum(counts) - counts]
    worst = int(np.argmax(np.abs(starts - expected)))
    if abs(starts[worst] - expected[worst]) > tolerance:
        raise InputError(
            f"{path}, line {lines[worst].number}: begins at {starts[worst]:g}, where FIRSTX, LASTX "
            f"and NPOINTS put {expected[worst]:g}"
        )
    shift = float(np.median(starts - expected))
    if abs(shift) > tolerance / 2:
        side = "below" if shift < 0 else "above"
        found = f"most lines of data are labelled {abs(shift):.3g} {side} where FIRSTX, LASTX and "
        return [found + "NPOINTS put them, which are followed"]
    return []


def _data_lines(path: Path, text: str) -> list[_Line]:
    """Return the lines of data; none if they are not in the plain form."""
    found: list[_Line] = []
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("##"):
            if inside:
                break
            inside = re.match(r"##\s*XYDATA\s*=\s*\(X\+\+", line, flags=re.IGNORECASE) is not None
        elif inside and (content := line.split("$$")[0]).strip():
            if _PLAIN.fullmatch(content) is None:
                if _COMPRESSED.fullmatch(content) is not None:
                    return []
                raise InputError(
                    f"{path}, line {number}: expected numbers, found {content.strip()[:60]!r}"
                )
            values = tuple(float(value) for value in re.findall(_NUMBER, content))
            if len(values) < 2 or not np.all(np.isfinite(values)):
                raise InputError(
                    f"{path}, line {number}: expected an abscissa and ordinates, found "
                    f"{content.strip()[:60]!r}"
                )
            decimals = re.match(r"\s*[-+]?\d*\.?(\d*)", content)
            rounding = 0.5 * 10.0 ** -len(decimals[1]) if decimals else 0.5
            found.append(_Line(number, content, values, rounding))
    return found


def _step(starts: Array, counts: Array, *, default: float) -> float:
    return float(np.median(np.diff(starts) / counts[:-1])) if len(starts) > 2 else default


def _check_starts(
    path: Path, lines: list[_Line], starts: Array, lengths: Array, *, tolerance: float
) -> None:
    wrong = np.abs(np.diff(starts) - lengths[:-1]) > tolerance
    if not wrong.any():
        return
    index = int(np.argmax(wrong))
    before, after = lines[index], lines[index + 1]
    raise InputError(
        f"{path}, line {after.number}: data are missing or damaged: after the "
        f"{len(before.values) - 1} points of line {before.number} this line must begin at "
        f"{starts[index] + lengths[index]:g}, but it begins at {starts[index + 1]:g}"
    )
