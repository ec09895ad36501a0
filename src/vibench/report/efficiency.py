"""Learning curves over training structures: panels to plot, and tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.report.cases import by_name, grouped
from vibench.report.results import StudyResults
from vibench.report.table import Cell, Column, Table, text_column

CURVE_ERRORS = ("energy MAE", "force MAE", "dipole MAE")
"""Scores that learning curves are made of."""
EXPONENT = ", learning exponent"
"""Behind the name of an error for the exponent of its curve."""
NEEDED = ", structures needed"
"""Behind the name of an error for the number of structures that it takes."""
CONCLUSIONS = frozenset(error + word for error in CURVE_ERRORS for word in (EXPONENT, NEEDED))
"""Names of all scores that say what learning curves amount to."""


@dataclass(frozen=True, slots=True, eq=False)
class EfficiencyCurve:
    """The errors of one model by its number of training structures."""

    model: str
    """Name of the model."""
    structures: Array
    """(points,) numbers of training structures, ascending."""
    errors: Array
    """(points,) errors on the test structures."""


@dataclass(frozen=True, slots=True)
class EfficiencyPanel:
    """One plot: one property, all models."""

    error: str
    """Name of the error."""
    unit: str
    """Its unit."""
    curves: tuple[EfficiencyCurve, ...]
    """One curve per model."""


def efficiency_panels(results: StudyResults) -> tuple[EfficiencyPanel, ...]:
    """Return one panel per error that has learning curves."""
    panels = []
    for error in CURVE_ERRORS:
        points = [score for score in _overall(results.curve_points) if score.name == error]
        curves = tuple(_curve(str(key[0]), group) for key, group in grouped(points, _model))
        if curves:
            panels.append(EfficiencyPanel(error, points[0].unit, curves))
    return tuple(panels)


def curve_table(results: StudyResults) -> Table:
    """Return the errors of every model by its number of training structures."""
    points = _overall(results.curve_points)
    units = {score.name: score.unit for score in points}
    rows: list[tuple[Cell, ...]] = []
    for model, own in grouped(points, _model):
        ordered = sorted(own, key=_size)
        for size, group in grouped(ordered, lambda score: (score.training_structures,)):
            found = by_name(group)
            rows.append((*model, *size, *(found.get(error) for error in CURVE_ERRORS)))
    return Table(
        name="learning-curves",
        title="Errors by number of training structures",
        caption="On the same test structures throughout. Smaller sets lie inside larger ones. "
        "Small figures are 95 % intervals over test structures; what another choice of training "
        "structures or initial weights would change is not in them.",
        section="efficiency",
        columns=(
            text_column("model"),
            Column("training structures", decimals=0),
            *(Column(error, units.get(error, "")) for error in CURVE_ERRORS),
        ),
        rows=tuple(rows),
    )


def conclusion_table(results: StudyResults) -> Table:
    """Return exponents, and the structures that an error takes."""
    chosen = [score for score in results.scores if score.name in CONCLUSIONS]
    rows: list[tuple[Cell, ...]] = []
    for error in CURVE_ERRORS:
        names = (error + EXPONENT, error + NEEDED)
        for key, group in grouped((one for one in chosen if one.name in names), _model):
            found = by_name(group)
            needed = found.get(names[1])
            target = None if needed is None else needed.part
            rows.append((error, *key, found.get(names[0]), target, _structures(needed)))
    return Table(
        name="data-efficiency",
        title="Exponents, and structures that an error takes",
        caption="Errors fall as n^(-exponent) with n training structures; the interval comes from "
        "the scatter about the fitted line. Structures are interpolated between neighbouring "
        "points; outside of the curve only the side is told. Where the study names no target it "
        "is the smallest error of the model that ends highest.",
        section="efficiency",
        columns=(
            text_column("error"),
            text_column("model"),
            Column("exponent"),
            text_column("target"),
            Column("structures needed"),
        ),
        rows=tuple(rows),
    )


def _structures(needed: Score | None) -> Cell:
    if needed is None or math.isfinite(needed.value):
        return None if needed is None else f"{needed.value:.0f}"
    return needed.estimand


def _overall(points: Sequence[Score]) -> list[Score]:
    """Return the errors over all molecules of the test set."""
    return [
        point
        for point in points
        if point.molecule is None and point.dataset == "test" and point.name in CURVE_ERRORS
    ]


def _model(score: Score) -> tuple[Cell, ...]:
    return (score.model,)


def _size(score: Score) -> int:
    return score.training_structures or 0


def _curve(model: str, points: Sequence[Score]) -> EfficiencyCurve:
    ordered = sorted(points, key=_size)
    return EfficiencyCurve(
        model,
        np.array([point.training_structures for point in ordered], dtype=np.float64),
        np.array([point.value for point in ordered]),
    )
