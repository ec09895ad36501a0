"""Summaries of finished studies, read back from ``summary.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibench.core.errors import InputError
from vibench.core.reading import parse_object, parse_own_json, understood
from vibench.core.score import Score
from vibench.report.protocols import Protocol
from vibench.report.score_objects import score_of


@dataclass(frozen=True, slots=True)
class StudySummary:
    """What ``summary.json`` says of a study."""

    study: str
    """Title of the study."""
    tasks: tuple[Mapping[str, Any], ...]
    """Stage, key, status and path of each task."""
    rows: tuple[Mapping[str, Any], ...]
    """Scores in JSON form."""
    protocols: Mapping[str, Protocol] | None = None
    """Key → how scores that carry it were measured; None in files of earlier versions."""
    protocol_of_row: tuple[str | None, ...] = field(default=())
    """Key of the protocol of each row."""

    @property
    def scores(self) -> tuple[Score, ...]:
        """The rows as scores; null becomes NaN. Which direction is better the file does not say."""
        return tuple(score_of(row, "a score of a summary") for row in self.rows)

    @property
    def missing(self) -> int:
        """Number of tasks without a result: the study is incomplete if there are any."""
        return sum(not task["key"] for task in self.tasks)


def parse_summary(text: str, place: str) -> StudySummary:
    """Read the text of a ``summary.json``; *place* begins error messages.

    Raises
    ------
    InputError
        If it is something else, or of another schema.
    """
    content = parse_own_json(text, place)
    with understood(place, "the summary of a study"):
        study = str(content["study"])
        tasks, rows = tuple(map(dict, content["tasks"])), tuple(map(dict, content["scores"]))
        stated = content.get("protocols")
        protocols = (
            None
            if stated is None
            else {
                key: parse_object(Protocol, one, f"{place}, protocol {key}")
                for key, one in stated.items()
            }
        )
        json.dumps(stated, allow_nan=False)  # as pages and files will hold it
        keys = tuple(row.get("protocol") for row in rows)
    for number, task in enumerate(tasks, start=1):
        _check_task(task, f"{place}, task {number}")
    for number, row in enumerate(rows, start=1):
        score_of(row, f"{place}, score {number}")
    for key in keys:
        if key is not None and not isinstance(key, str):
            raise InputError(f"{place}: the protocol of a score is {key!r}, expected its key")
    return StudySummary(study, tasks, rows, protocols, keys)


def _check_task(task: Mapping[str, Any], place: str) -> None:
    if "key" not in task:
        raise InputError(f"{place} has no key")
    for name in ("stage", "key", "status", "path"):
        if not isinstance(task.get(name), str | None):
            raise InputError(f"{place}: {name} is {task[name]!r:.80}, expected a text")
