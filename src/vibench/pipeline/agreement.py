"""Agreement of a result with the same result made again, number by number."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from vibench.core.reading import parse_json, read_text, understood
from vibench.report.scores import INFERENCE_SCORE
from vibench.store.hdf5 import read_hdf5

TOLERANCE: Final = 1e-6
"""Relative difference of two numbers up to which they are equal: far below any interval, far above
the rounding in which machines differ."""
NETWORK_TOLERANCE: Final = 1e-3
"""The same of what trained models predict, in single precision."""
SMALLEST: Final = 1e-9
"""Absolute difference up to which two numbers are equal whatever their size."""

_IGNORED: Final = frozenset({"estimand", "method"})  # words, which may be put better
_TITLES: Final = ("name", "measure", "model", "first", "second", "molecule", "dataset", "part")


@dataclass(frozen=True, slots=True)
class Deviation:
    """A recorded value that does not come out again."""

    what: str
    """Task and value, in words."""
    recorded: str
    """What was recorded."""
    found: str
    """What was found."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Result of comparing a file with the same file made again."""

    equal: int
    """Numbers that are equal within the tolerance."""
    deviations: tuple[Deviation, ...]
    """Values that are not."""


def compare_files(recorded: Path, found: Path, *, about: str, tolerance: float) -> Agreement:
    """Compare two files of results: JSON or HDF5 of the store.

    Parameters
    ----------
    recorded, found
        The file of the record, and the same made again.
    about
        What they are of, for messages.
    tolerance
        Relative difference up to which numbers are equal; of arrays, relative to their largest
        number.
    """
    return compare_values(_content(recorded), _content(found), about=about, tolerance=tolerance)


def compare_values(recorded: Any, found: Any, *, about: str, tolerance: float) -> Agreement:
    """Compare two values of any depth, as `compare_files` does."""
    counter = _Counter(tolerance)
    counter.compare(recorded, found, about)
    return Agreement(counter.equal, tuple(counter.deviations))


def equal_numbers(first: float, second: float, tolerance: float) -> bool:
    """Tell whether two numbers agree within a relative *tolerance*, NaN with NaN."""
    return (math.isnan(first) and math.isnan(second)) or math.isclose(
        first, second, rel_tol=tolerance, abs_tol=SMALLEST
    )


def _content(path: Path) -> Any:
    if path.suffix == ".h5":
        return read_hdf5(path, object)
    content = parse_json(read_text(path), str(path))
    rows = content.get("scores")
    if rows is not None:  # times are those of a machine
        with understood(str(path), "a list of scores"):
            content["scores"] = [row for row in rows if row["name"] != INFERENCE_SCORE]
    return content


class _Counter:
    """Walks through two values of one shape and counts what is equal."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.equal = 0
        self.deviations: list[Deviation] = []

    def compare(self, recorded: Any, found: Any, about: str) -> None:
        """Compare two values."""
        if isinstance(recorded, np.ndarray) and isinstance(found, np.ndarray):
            self._arrays(recorded, found, about)
        elif _is_tree(recorded) and _is_tree(found):
            self._trees(recorded, found, about)
        elif _is_number(recorded) and _is_number(found):
            if equal_numbers(recorded, found, self.tolerance):
                self.equal += 1
            else:
                self._deviates(about, f"{recorded:.8g}", f"{found:.8g}")
        elif recorded != found:
            self._deviates(about, str(recorded)[:60], str(found)[:60])

    def _arrays(self, recorded: Any, found: Any, about: str) -> None:
        if recorded.shape != found.shape:
            self._deviates(about, f"shape {recorded.shape}", f"shape {found.shape}")
            return
        if recorded.dtype.kind not in "fiu":
            self.compare(recorded.tolist(), found.tolist(), about)
            return
        largest = float(np.nanmax(np.abs(recorded), initial=0.0))
        close = np.isclose(
            found,
            recorded,
            rtol=0.0,
            atol=max(self.tolerance * largest, SMALLEST * min(largest, 1.0)),
            equal_nan=True,
        )
        self.equal += int(close.sum())
        if not close.all():
            place = np.unravel_index(int(np.argmin(close)), close.shape)
            what = f"{about}: {np.sum(~close)} of {close.size} numbers, the first"
            self._deviates(what, f"{recorded[place]:.8g}", f"{found[place]:.8g}")

    def _trees(self, recorded: Any, found: Any, about: str) -> None:
        mine, other = dict(_branches(recorded)), dict(_branches(found))
        for name in [*mine, *(name for name in other if name not in mine)]:
            where = f"{about}, {name}"
            if name not in mine or name not in other:
                self._deviates(where, *(("there", "not there") if name in mine else ("–", "there")))
            elif name not in _IGNORED:
                self.compare(mine[name], other[name], where)

    def _deviates(self, what: str, recorded: str, found: str) -> None:
        self.deviations.append(Deviation(what, recorded, found))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_tree(value: Any) -> bool:
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    return listed or isinstance(value, Mapping) or is_dataclass(value)


def _branches(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a value, each under a name that tells it from the others."""
    if isinstance(value, Mapping):
        yield from ((str(name), part) for name, part in value.items())
    elif is_dataclass(value):
        yield from ((one.name, getattr(value, one.name)) for one in fields(value))
    else:
        for number, part in enumerate(value, start=1):
            yield f"{number} {_title(part)}".strip(), part


def _title(row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    words = [str(row[name]) for name in _TITLES if row.get(name) is not None]
    temperature = row.get("temperature_k")
    return " · ".join([*words, *([f"{temperature:g} K"] if _is_number(temperature) else [])])
