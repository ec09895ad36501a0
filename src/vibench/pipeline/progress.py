"""Progress through files: works wherever tasks share a folder, in this process or far away."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from vibench.core.errors import InputError
from vibench.core.files import write_text
from vibench.core.reading import parse_json, parse_object, read_text
from vibench.pipeline.meter import Meter

_INTERVAL_S = 0.5
_NAME = "progress.json"


@dataclass(frozen=True, slots=True)
class Report:
    """How far a task has come."""

    done: int
    total: int
    note: str = ""
    unit: str = ""
    """What is counted, in the plural."""


class FileProgress:
    """Writes reports of a running task, and its time, into a folder at most twice a second."""

    def __init__(self, folder: Path, meter: Meter) -> None:
        self.path = folder / _NAME
        self._meter = meter
        self._written = 0.0

    def update(self, done: int, total: int, note: str = "", *, unit: str = "") -> None:
        """Write a report, unless the last one is too fresh."""
        if time.monotonic() - self._written > _INTERVAL_S or done >= total:
            write_text(self.path, json.dumps(asdict(Report(done, total, note, unit))))
            self._meter.save()
            self._written = time.monotonic()


def read_progress(folder: Path) -> Report | None:
    """Return the last report that a running task left in *folder*, or None."""
    path = folder / _NAME
    try:
        return parse_object(Report, parse_json(read_text(path), str(path)), str(path))
    except InputError:
        return None
