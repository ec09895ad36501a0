"""Scores, differences and correlations ⇄ JSON."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vibench.core.correlation import ErrorCorrelation
from vibench.core.difference import Difference
from vibench.core.files import write_text
from vibench.core.reading import parse_object, parse_own_json, read_text, understood
from vibench.core.record import SCHEMA
from vibench.core.score import Score


def write_scores(path: Path, scores: Iterable[Score]) -> None:
    """Write scores to *path*; numbers that are not finite become null."""
    rows = [{key: _plain(value) for key, value in asdict(score).items()} for score in scores]
    write_text(path, json.dumps({"schema": SCHEMA, "scores": rows}, indent=1) + "\n")


def read_scores(path: Path) -> list[Score]:
    """Read what `write_scores` wrote.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    return _read(path, "scores", Score)


def write_differences(path: Path, differences: Iterable[Difference]) -> None:
    """Write differences between models to *path*; numbers that are not finite become null."""
    rows = [{key: _plain(value) for key, value in asdict(one).items()} for one in differences]
    write_text(path, json.dumps({"schema": SCHEMA, "differences": rows}, indent=1) + "\n")


def read_differences(path: Path) -> list[Difference]:
    """Read what `write_differences` wrote.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    return _read(path, "differences", Difference)


def write_correlations(path: Path, correlations: Iterable[ErrorCorrelation]) -> None:
    """Write correlations of errors to *path*; numbers that are not finite become null."""
    rows = [{key: _plain(value) for key, value in asdict(one).items()} for one in correlations]
    write_text(path, json.dumps({"schema": SCHEMA, "correlations": rows}, indent=1) + "\n")


def read_correlations(path: Path) -> list[ErrorCorrelation]:
    """Read what `write_correlations` wrote.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    return _read(path, "correlations", ErrorCorrelation)


def _read[T](path: Path, name: str, kind: type[T]) -> list[T]:
    content = parse_own_json(read_text(path), str(path))
    with understood(str(path), f"a list of {name}"):
        rows: list[dict[str, Any]] = [
            row | {"value": math.nan if row["value"] is None else row["value"]}
            for row in content[name]
        ]
    return [parse_object(kind, row, f"{path}, {name} {n}") for n, row in enumerate(rows, start=1)]


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
