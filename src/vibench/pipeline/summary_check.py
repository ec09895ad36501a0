"""Whether a report's summary says what the records say."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from vibench.core.reading import read_text
from vibench.core.score import Score
from vibench.pipeline.agreement import Deviation
from vibench.pipeline.stages.names import SCORES
from vibench.report.summaries import parse_summary
from vibench.store.artefacts import Artefact
from vibench.store.scores import read_scores

_ABOUT: Final = (
    *("name", "model", "molecule", "temperature_k", "reference", "dataset"),
    *("training_structures", "unit", "n"),
)
_NUMBERS: Final = ("value", "low", "high")


def check_summary(
    path: Path, artefacts: Mapping[str, Artefact], *, place: str
) -> tuple[int, list[Deviation]]:
    """Look for every score of a summary among the scores of the records.

    Parameters
    ----------
    path
        The file ``summary.json``.
    artefacts
        Task name → result.
    place
        What to call the file.

    Returns
    -------
    checked
        Number of scores of the summary.
    deviations
        Scores that no record has, or has with other numbers, and results that the summary lists
        and that are not there.

    Raises
    ------
    InputError
        If it is no summary.
    """
    summary = parse_summary(read_text(path), str(path))
    recorded: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for score in _recorded(artefacts):
        recorded.setdefault(_fields(score, _ABOUT), []).append(_fields(score, _NUMBERS))
    wrong = []
    for score in summary.scores:
        told = _fields(score, _NUMBERS)
        there = recorded.get(_fields(score, _ABOUT), [])
        if told not in there:
            words = [str(word) for word in _fields(score, _ABOUT)[:6] if word is not None]
            found = _text(there[0]) if there else "in no record"
            wrong.append(Deviation(f"{place}: {' · '.join(words)}", _text(told), found))
    keys = {artefact.record.identity.key for artefact in artefacts.values()}
    wrong += [
        Deviation(f"{place}: {task.get('stage')} {task['key']}", "a result", "no record")
        for task in summary.tasks
        if task["key"] not in keys
    ]
    return len(summary.rows), wrong


def _recorded(artefacts: Mapping[str, Artefact]) -> Iterator[Score]:
    for artefact in {one.folder: one for one in artefacts.values()}.values():
        path = artefact.folder / SCORES
        if SCORES in artefact.checksums and path.is_file():
            yield from read_scores(path)


def _fields(score: Score, names: tuple[str, ...]) -> tuple[Any, ...]:
    values = (getattr(score, name) for name in names)
    # NaN is not equal to itself, and files hold null for all that is not finite.
    return tuple(
        None if isinstance(value, float) and not math.isfinite(value) else value for value in values
    )


def _text(numbers: tuple[Any, ...]) -> str:
    value, low, high = ("–" if number is None else f"{number:.8g}" for number in numbers)
    return f"{value} ({low} to {high})"
