"""Scores gathered by what they belong to: the rows of tables."""

from collections.abc import Callable, Iterable

from vibench.core.score import Score
from vibench.report.table import Cell

type Case = tuple[Cell, ...]
"""What the scores of one row have in common."""

ALL = "all"
"""In place of a molecule's name for a score over all molecules."""


def grouped(
    scores: Iterable[Score], key: Callable[[Score], Case]
) -> list[tuple[Case, list[Score]]]:
    """Collect the scores of one case, cases in order of first appearance."""
    groups: dict[Case, list[Score]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return list(groups.items())


def by_name(scores: Iterable[Score]) -> dict[str, Score]:
    """Return the scores of one case under their names."""
    return {score.name: score for score in scores}


def temperature(score: Score) -> float | None:
    """Return the temperature in K as a cell."""
    return None if score.temperature_k is None else float(score.temperature_k)


def comparison(score: Score) -> Case:
    """Return what a comparison of two spectra is about."""
    place = (score.molecule or ALL, temperature(score))
    return (*place, score.model, score.reference, score.dataset)
