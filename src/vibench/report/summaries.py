"""Summaries of finished studies, read back from ``summary.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vibench.core.errors import InputError
from vibench.core.record import SCHEMA
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
        return tuple(score_of(row) for row in self.rows)

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
    try:
        content = json.loads(text)
        schema, study = content["schema"], str(content["study"])
        tasks, rows = tuple(content["tasks"]), tuple(content["scores"])
        stated = content.get("protocols")
        protocols = (
            None if stated is None else {key: Protocol(**one) for key, one in stated.items()}
        )
        keys = tuple(row.get("protocol") for row in rows)
        summary = StudySummary(study, tasks, rows, protocols, keys)
        there = all("key" in task for task in tasks) and bool(summary.scores or not rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{place} is no summary of a study ({error!r})") from error
    if schema != SCHEMA:
        raise InputError(f"{place} has schema {schema!r}, this version reads schema {SCHEMA}")
    if not there:
        raise InputError(f"{place} is no summary of a study: a task has no key")
    return summary
