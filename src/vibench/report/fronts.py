"""Error against cost: which models nobody beats in both."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.score import Score
from vibench.report.costs import prediction_time, training_hours
from vibench.report.formatting import core_time, listing
from vibench.report.means import TRAINED, kind_of, mean_over_molecules, spectrum_scores
from vibench.report.rankings import (
    OVER_MOLECULES,
    OVER_SEEDS,
    letters_of,
    told_apart,
    with_all_noise,
)
from vibench.report.results import StudyResults, model_names
from vibench.report.scores import MEASURED, PEARSON, WASSERSTEIN, mean_score, overall, shared
from vibench.report.table import Cell, Column, Table, text_column
from vibench.statistics.pareto import dominators

ERRORS: Final = ("force MAE", PEARSON, WASSERSTEIN)
"""Scores that are set against cost."""
COSTS: Final = {
    "training": "core-h",
    "training on a GPU": "GPU-h",
    "prediction": "ms per molecule",
}
"""Costs and their units; hours that are short are shown in minutes or seconds."""


@dataclass(frozen=True, slots=True)
class FrontPoint:
    """One model: what it costs and how wrong it is."""

    model: str
    """Name of the model."""
    cost: Score
    """Its cost."""
    error: Score
    """Its error, or correlation."""
    beaten_by: tuple[str, ...]
    """Models that are no worse in both and better in one; empty on the front."""
    beaten_beyond_noise: tuple[str, ...]
    """Those of them that are also better in the error, or in the cost, beyond noise."""


@dataclass(frozen=True, slots=True)
class Front:
    """All models by one error and one cost."""

    error: str
    """Name of the error."""
    cost: str
    """Name of the cost, one of `COSTS`."""
    points: tuple[FrontPoint, ...]
    """The models, the cheapest first."""


def fronts(results: StudyResults) -> tuple[Front, ...]:
    """Return every error against every cost that two or more models have both of."""
    models = model_names(results)
    found = []
    for error in ERRORS:
        errors = _errors(results, error)
        for cost in COSTS:
            costs = {m: c for m in models if (c := _cost(results, m, cost)) is not None}
            both = [model for model in costs if model in errors]
            if len(both) > 1:
                points = tuple(_points(results, both, errors, costs))
                found.append(Front(error, cost, points))
    return tuple(found)


def _points(
    results: StudyResults,
    models: Sequence[str],
    errors: Mapping[str, Score],
    costs: Mapping[str, Score],
) -> Iterator[FrontPoint]:
    ordered = sorted(models, key=lambda model: costs[model].value)
    losses = np.array([(costs[model].value, _loss(errors[model])) for model in ordered])

    def beyond_noise(first: int, second: int) -> bool:
        """Tell whether one is better beyond noise in at least one of the two."""
        one, other = ordered[first], ordered[second]
        name = errors[one].name
        suffix = OVER_SEEDS if name not in (PEARSON, WASSERSTEIN) else OVER_MOLECULES
        letters = [letters_of(model, name + suffix, results.scores) for model in (one, other)]
        worse_error = told_apart(errors[one], errors[other], letters)
        dearer = told_apart(costs[one], costs[other])
        return (worse_error and losses[first, 1] < losses[second, 1]) or (
            dearer and losses[first, 0] < losses[second, 0]
        )

    beaten, beyond = dominators(losses), dominators(losses, beyond_noise)
    for place, model in enumerate(ordered):
        yield FrontPoint(
            model,
            costs[model],
            errors[model],
            tuple(ordered[other] for other in beaten[place]),
            tuple(ordered[other] for other in beyond[place]),
        )


def _loss(error: Score) -> float:
    return -error.value if error.higher_is_better else error.value


def _errors(results: StudyResults, name: str) -> dict[str, Score]:
    """Return one error of every model: over all test structures, or over molecules of training."""
    if name not in (PEARSON, WASSERSTEIN):
        found = {m: overall(results.scores, name, m) for m in model_names(results)}
        return {m: s for m, s in found.items() if s is not None and math.isfinite(s.value)}
    models = model_names(results)
    own = shared(
        [
            score
            for score in spectrum_scores(results)
            if score.name == name
            and score.reference != MEASURED
            and score.model in models
            and kind_of(score.molecule, results) == TRAINED
        ]
    )
    means = {}
    for model in models:
        chosen = [score for score in own if score.model == model]
        at_one = len({(score.temperature_k, score.reference) for score in chosen}) == 1
        mean = mean_over_molecules(chosen) if at_one and len(chosen) > 1 else None
        score = mean_score(chosen) if mean is None else mean.score
        if score is not None:
            means[model] = with_all_noise(score, results.scores)
    return means


def _cost(results: StudyResults, model: str, cost: str) -> Score | None:
    """Return one cost of a model; training is that of one seed, of all its parts.

    Short trainings are in minutes or seconds, those of all models in the same unit.
    """
    if cost == "prediction":
        return prediction_time(results, model)
    device = "cpu" if cost == "training" else "cuda"
    hours = training_hours(results, model, device)
    if hours is None:
        return None
    known = (training_hours(results, one, device) for one in model_names(results))
    factor, unit = core_time(max(one for one in known if one is not None))
    return Score(
        name=cost,
        value=factor * hours,
        unit=COSTS[cost].replace("-h", f"-{unit}"),
        higher_is_better=False,
        n=1,
        estimand="mean over the seeds of the model",
        model=model,
    )


def front_table(results: StudyResults) -> Table:
    """Return every model by error and cost, and who beats it in both."""
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.error, point.error.unit, one.cost, point.cost.unit),
            *(point.model, point.error, point.cost, _verdict(point)),
        )
        for one in fronts(results)
        for point in one.points
    ]
    return Table(
        name="error-against-cost",
        title="Error against cost",
        caption="On the front: no model is as good in both and better in one. Beaten within noise: "
        "another has better values, but neither error nor cost differ by more than their "
        "intervals, or letters where there are such. Training: time of one seed, "
        "measured once and so without interval; prediction: in the largest batch that was timed. "
        "Small figures are 95 % intervals.",
        section="cost",
        columns=(
            text_column("error"),
            Column("unit", numeric=False),
            text_column("cost"),
            Column("unit of cost", numeric=False),
            text_column("model"),
            Column("value"),
            Column("cost of the model"),
            text_column("verdict"),
        ),
        rows=tuple(rows),
    )


def _verdict(point: FrontPoint) -> str:
    if not point.beaten_by:
        return "on the front"
    if point.beaten_beyond_noise:
        return f"beaten by {listing(point.beaten_beyond_noise)}"
    return f"beaten by {listing(point.beaten_by)}, within noise"
