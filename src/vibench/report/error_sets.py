"""Errors on test sets: against time along a trajectory, and correlated between models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.correlation import ErrorCorrelation
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.structure_errors import DIPOLE_MAE, ENERGY_ERROR, FORCE_MAE, StructureErrors
from vibench.report.results import StudyResults
from vibench.report.table import Column, Table, text_column

_POINTS = 400
"""Points of a curve on the page; the CSV file has every frame."""
_TRACED: Final = {
    ENERGY_ERROR: ("Energy error", "meV"),
    FORCE_MAE: ("Force error", "meV/Å"),
    DIPOLE_MAE: ("Dipole error", "mDebye"),
}


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTrace:
    """Absolute errors of one property along a trajectory of one molecule."""

    dataset: str
    """Name of the test set."""
    molecule: str
    """Name of the molecule."""
    temperature_k: float
    """Temperature in K of the trajectory."""
    title: str
    """Which property."""
    unit: str
    """Unit of the errors."""
    frames: int
    """Frames behind each curve."""
    curves: tuple[tuple[str, Array, Array], ...]
    """Model, (points,) time in fs and absolute errors, averaged over equal stretches of frames."""


@dataclass(frozen=True, slots=True, eq=False)
class CorrelationMatrix:
    """Correlation of the errors of every two models on one test set."""

    dataset: str
    """Name of the test set."""
    quantity: str
    """Whose errors."""
    models: tuple[str, ...]
    """Names of the models."""
    values: Array
    """(models, models) correlations; 1 on the diagonal, NaN where there is none."""


def error_traces(results: StudyResults) -> tuple[ErrorTrace, ...]:
    """Return the errors along every trajectory whose frames follow each other.

    Of a model with several seeds it is the mean over its trainings; committees are left out.
    """
    return tuple(
        trace
        for one in results.test_sets
        if one.consecutive
        for molecule in _molecules(results.structure_errors, one.name)
        for trace in _traces(results, one.name, molecule, one.temperature_k)
    )


def _molecules(errors: Sequence[StructureErrors], dataset: str) -> list[str]:
    names = [name for one in errors if one.dataset == dataset for name in one.molecules]
    return list(dict.fromkeys(names))


def _traces(
    results: StudyResults, dataset: str, molecule: str, temperature_k: float
) -> list[ErrorTrace]:
    committees = {one.model for one in results.reliability}
    own = [
        one.of(molecule)
        for one in results.structure_errors
        if one.dataset == dataset and one.model not in committees
    ]
    traces = []
    for quantity, (title, unit) in _TRACED.items():
        curves = _curves([one for one in own if quantity in one.values], quantity, results)
        if curves:
            frames = len(own[0].time_fs)
            traces.append(ErrorTrace(dataset, molecule, temperature_k, title, unit, frames, curves))
    return traces


def _curves(
    errors: Sequence[StructureErrors], quantity: str, results: StudyResults
) -> tuple[tuple[str, Array, Array], ...]:
    """Return the curve of each model, the mean over its trainings."""
    whole = {
        score.model: model for model, scores in results.member_scores.items() for score in scores
    }
    groups: dict[str, list[StructureErrors]] = {}
    for one in errors:
        groups.setdefault(whole.get(one.model, one.model), []).append(one)
    return tuple(
        (
            model,
            thinned(own[0].time_fs),
            thinned(np.mean([np.abs(one.values[quantity]) for one in own], axis=0)),
        )
        for model, own in groups.items()
    )


def thinned(values: Array, points: int = _POINTS) -> Array:
    """Return *values* (n,), or if there are more than *points* the means of as many stretches."""
    if len(values) <= points:
        return values
    edges = np.linspace(0, len(values), points + 1).astype(np.int64)
    return np.asarray(np.add.reduceat(values, edges[:-1]) / np.diff(edges))


def correlation_matrices(correlations: Sequence[ErrorCorrelation]) -> tuple[CorrelationMatrix, ...]:
    """Return the correlations of each test set and quantity as a matrix."""
    groups: dict[tuple[str, str], list[ErrorCorrelation]] = {}
    for one in correlations:
        groups.setdefault((one.dataset, one.quantity), []).append(one)
    matrices = []
    for (dataset, quantity), pairs in groups.items():
        models = tuple(dict.fromkeys(name for p in pairs for name in (p.first, p.second)))
        values = np.full((len(models), len(models)), np.nan)
        np.fill_diagonal(values, 1.0)
        for pair in pairs:
            place = models.index(pair.first), models.index(pair.second)
            values[place] = values[place[::-1]] = pair.value
        matrices.append(CorrelationMatrix(dataset, quantity, models, values))
    return tuple(matrices)


def correlation_table(correlations: Sequence[ErrorCorrelation]) -> Table:
    """Return the correlation of every pair of models with its interval."""
    return Table(
        name="error-correlations",
        title="Correlation of errors between models",
        caption="Pearson correlation over the structures of a test set, errors less their mean "
        "over the molecule. Near 1 two models are wrong about the same structures in the same way, "
        "and their mean is no better than either; near 0 their errors average out. Small figures "
        "are 95 % intervals.",
        section="errors",
        columns=(
            text_column("test set"),
            text_column("errors"),
            text_column("first"),
            text_column("second"),
            Column("correlation"),
            Column("structures"),
        ),
        rows=tuple(
            (one.dataset, one.quantity, one.first, one.second, _as_score(one), one.n)
            for one in correlations
        ),
    )


def _as_score(one: ErrorCorrelation) -> Score:
    """Return a correlation as a cell that shows its interval."""
    return Score(
        name=one.quantity,
        value=one.value,
        unit="",
        higher_is_better=False,
        n=one.n,
        low=one.low,
        high=one.high,
        estimand=one.estimand,
    )
