"""Tables about models trained with several seeds: single trainings, and their committee."""

from collections.abc import Mapping, Sequence

from vibench.core.score import Score
from vibench.report.cases import ALL, by_name, grouped, temperature
from vibench.report.scores import (
    ERROR_SCORES,
    FUNDAMENTAL_SCORES,
    HARMONIC_SCORE,
    INFERENCE_SCORE,
    PEARSON,
    WASSERSTEIN,
    is_floor,
)
from vibench.report.table import Cell, Column, Table, text_column

_SHOWN = (
    *ERROR_SCORES,
    HARMONIC_SCORE,
    *FUNDAMENTAL_SCORES,
    PEARSON,
    WASSERSTEIN,
    INFERENCE_SCORE,
)
"""Scores of single trainings that the table holds; ``summary.json`` holds all."""

_PROPERTIES = ("energy", "force", "dipole")
_CALIBRATION = (
    "error over spread",
    "within 1 spread",
    "within 2 spreads",
    "expected calibration error",
    "error and spread, Spearman",
)
CALIBRATION_SCORES = frozenset(f"{name} {score}" for name in _PROPERTIES for score in _CALIBRATION)
"""Names of the scores of how well the spread of a committee tells its errors."""


def calibration_table(scores: Sequence[Score]) -> Table:
    """Return how well the spread of each committee tells its errors."""
    rows: list[tuple[Cell, ...]] = []
    for name in _PROPERTIES:
        own = [f"{name} {label}" for label in _CALIBRATION]
        chosen = [score for score in scores if score.name in own]
        for key, group in grouped(chosen, lambda s: (s.model, s.dataset)):
            found = by_name(group)
            rows.append((*key, name, *(found.get(label) for label in own)))
    return Table(
        name="calibration",
        title="Spread of committees beside their errors",
        caption="A committee is calibrated if the label is like one more member. Error over "
        "spread: root mean square error over the standard deviation that the members predict, 1 if "
        "calibrated, above 1 if overconfident. Within: share of components whose error is below "
        "one or two standard deviations (point at a number for what Student's t lets expect). "
        "Calibration error: mean distance of coverage from its level. Spearman: whether errors are "
        "larger where the spread is. Small figures are 95 % intervals.",
        section="calibration",
        columns=(
            text_column("committee"),
            text_column("data set"),
            text_column("of"),
            Column("error over spread"),
            Column("within 1 spread"),
            Column("within 2 spreads"),
            Column("calibration error"),
            Column("Spearman correlation"),
        ),
        rows=tuple(rows),
    )


def member_table(members: Mapping[str, Sequence[Score]]) -> Table:
    """Return the main scores of single trainings, one column per seed."""
    seeds: dict[str, None] = {}
    rows = []
    for model, scores in members.items():
        chosen = [score for score in scores if score.name in _SHOWN and not is_floor(score)]
        for key, group in grouped(
            chosen,
            lambda s: (s.name, s.molecule or ALL, temperature(s), s.reference, s.dataset, s.unit),
        ):
            by_seed = {str(score.model).removeprefix(f"{model}, "): score for score in group}
            seeds |= dict.fromkeys(by_seed)
            rows.append(((model, *key), by_seed))
    return Table(
        name="single-seeds",
        title="Scores of single seeds",
        caption="What each training of a model gave; intervals are those of single trainings. The "
        "file summary.json holds all their scores.",
        section="seeds",
        columns=(
            *(text_column(name) for name in ("model", "score", "molecule")),
            Column("temperature", "K"),
            *(text_column(name) for name in ("compared with", "data set", "unit")),
            *(Column(seed) for seed in seeds),
        ),
        rows=tuple((*case, *(by_seed.get(seed) for seed in seeds)) for case, by_seed in rows),
    )
