"""Rows: what a benchmark measured, and where."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

_PACKAGES = ("vibench", "torch", "numpy", "schnetpack", "mace-torch", "symmetrix-xl", "ase")


@dataclass(frozen=True, slots=True)
class Row:
    """Times of one code in one case."""

    case: str
    """What was timed."""
    architecture: str
    molecule: str
    batch: int
    """Number of molecules that were treated together."""
    dtype: str
    threads: int
    implementation: str
    """Code that was timed."""
    upstream: str | None
    """Code that it is compared with; None for that code itself."""
    median_ms: float
    """Time of one molecule: the median over repetitions."""
    quartiles_ms: tuple[float, float]
    ratio: float | None = None
    """Time of the other code divided by this one's."""
    deviation: float | None = None
    """Largest difference of the forces from the other code's, relative to the largest force."""
    gflops: float | None = None
    """Operations of vibench's matrix products in 1e9 per second; its loops are not counted."""


def row_of(times_ms: Sequence[float], *, per: int, **place: object) -> Row:
    """Return the row of repeated times, divided by *per* molecules."""
    low, median, high = np.percentile(np.asarray(times_ms) / per, [25, 50, 75])
    return Row(median_ms=float(median), quartiles_ms=(float(low), float(high)), **place)


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """Return *rows* with the ratio to the row of the code that each is compared with."""
    times = {(row.implementation, *_place(row)): row.median_ms for row in rows}
    found = []
    for row in rows:
        other = times.get((row.upstream, *_place(row)))
        found.append(row if other is None else replace(row, ratio=other / row.median_ms))
    return found


def _place(row: Row) -> tuple[object, ...]:
    return (row.case, row.architecture, row.molecule, row.batch, row.dtype, row.threads)


def machine() -> dict[str, object]:
    """Return processor, number of cores and memory."""
    processor = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"processor": processor, "cores": os.cpu_count(), "memory_gib": round(memory)}


def versions() -> dict[str, str]:
    """Return the versions of the codes that are there."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def write_rows(path: Path, rows: Iterable[Any], facts: Mapping[str, object]) -> None:
    """Write rows, each with hardware and versions, the date and other *facts* of the run."""
    where = {"hardware": machine(), "versions": versions()}
    today = datetime.now(UTC).date().isoformat()
    content = {"date": today, "facts": dict(facts), "rows": [asdict(row) | where for row in rows]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def table(rows: Sequence[Any]) -> str:
    """Return rows of one kind as aligned text for a terminal."""
    names = [field.name for field in fields(rows[0])]
    lines = [names, *([_text(getattr(row, name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _text(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.3g}"
        case tuple():
            return " to ".join(_text(part) for part in value)
        case _:
            return str(value)
