"""Meter: what one task takes, in all the sittings that it needs."""

import json
import math
import os
import time
from pathlib import Path
from typing import NamedTuple

from vibench.core.errors import InputError
from vibench.core.files import write_text
from vibench.core.reading import parse_json, read_text, understood

_NAME = "spent.json"


class Spent(NamedTuple):
    """Time that a task has taken."""

    wall_s: float
    """Wall time in s."""
    processor_s: float
    """Processor time of all threads and processes in s."""


class Meter:
    """Measures the time of a task, and remembers that of interrupted sittings in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _NAME
        self._earlier = _read(self.path)
        self._began = _now()

    def spent(self) -> Spent:
        """Return the time so far, earlier sittings included."""
        return Spent(
            *(
                round(earlier + now - began, 3)
                for earlier, now, began in zip(self._earlier, _now(), self._began, strict=True)
            )
        )

    def save(self) -> None:
        """Write down the time so far, for the next sitting."""
        write_text(self.path, json.dumps(self.spent()._asdict()))


def _now() -> Spent:
    times = os.times()
    processor = times.user + times.system + times.children_user + times.children_system
    return Spent(time.perf_counter(), processor)


def _read(path: Path) -> Spent:
    try:
        content = parse_json(read_text(path), str(path))
        with understood(str(path), "times in s"):
            spent = Spent(*(float(content[name]) for name in Spent._fields))
    except InputError:
        spent = Spent(0.0, 0.0)
    return spent if all(0 <= time < math.inf for time in spent) else Spent(0.0, 0.0)
