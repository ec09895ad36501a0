"""What each model costs: core-hours, memory, size, and the time to a given error."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from vibench.core.score import Score
from vibench.report.results import Cost, LearningCurve, StudyResults
from vibench.report.scores import INFERENCE_SCORE, named
from vibench.report.table import Cell, Column, Table, text_column

FORCE_ERROR: Final = "force_mae_mev_per_angstrom"
"""Column of a training's history with the force error on validation structures."""
USUAL_FACTOR: Final = 1.1
"""Above the smallest error of the model whose smallest error is the largest."""

_PARTS: Final = ("label", "active learning", "train", "learning curve", "dynamics")
_TITLES: Final = {"label": "labels", "train": "training"}


def model_cost_table(results: StudyResults) -> Table:
    """Return one row per potential: hours by kind of work, memory, size, speed, time to an error.

    Hours on cores are processor time; hours of a GPU are wall time.
    """
    target = target_error(results)
    names = dict.fromkeys(cost.model for cost in results.costs if cost.model is not None)
    rows = tuple(_row(name, results, target) for name in names)
    label = "time to target" if target is None else f"time to {target:.3g} meV/Å"
    hours = [
        Column(_TITLES.get(part, part), unit) for unit in ("core-h", "GPU-h") for part in _PARTS
    ]
    return Table(
        name="model-costs",
        title="Cost by model",
        caption="Hours on cores are processor time, hours of a GPU wall time. The "
        "prediction is of energy, forces and dipole in the largest batch that was timed. The time "
        "to an error is that of training until the force error on validation structures falls "
        f"below it: {_words(results, target)}; of several seeds the mean, if all reach it. Labels "
        "were made once for all models. The peak is "
        "that of a process, which may have done other work before.",
        section="cost",
        columns=(
            text_column("model"),
            *hours,
            Column("peak memory", "MiB", decimals=0),
            Column("parameters", decimals=0),
            Column("prediction", "ms per molecule"),
            Column(label, "s"),
        ),
        rows=rows,
    )


def target_error(results: StudyResults) -> float | None:
    """Return the validation force error in meV/Å that trainings are timed by, if there is one."""
    if results.target_force_mae is not None:
        return results.target_force_mae
    best = [
        float(np.nanmin(curve.columns[FORCE_ERROR]))
        for curve in results.training
        if FORCE_ERROR in curve.columns
    ]
    return USUAL_FACTOR * max(best) if best else None


def seconds_to(curve: LearningCurve, target: float) -> float | None:
    """Return the training time in s until the force error is at most *target*, or None."""
    if FORCE_ERROR not in curve.columns or "seconds" not in curve.columns:
        return None
    reached = np.flatnonzero(np.asarray(curve.columns[FORCE_ERROR]) <= target)
    return float(curve.columns["seconds"][reached[0]]) if reached.size else None


def _words(results: StudyResults, target: float | None) -> str:
    if target is None:
        return "no model has such errors"
    if results.target_force_mae is not None:
        return "as the study says; — if it never does"
    return f"{USUAL_FACTOR:g} times the smallest error of the model that ends highest"


def _row(name: str, results: StudyResults, target: float | None) -> tuple[Cell, ...]:
    costs = [cost for cost in results.costs if cost.model == name]
    memory = [cost.peak_memory_mib for cost in costs if cost.peak_memory_mib is not None]
    sizes = [
        cost.parameters
        for cost in costs
        if cost.parameters is not None and cost.training_structures is None
    ]
    curves = [one for one in results.training if (one.member_of or one.model) == name]
    times = [None if target is None else seconds_to(curve, target) for curve in curves]
    known = [time for time in times if time is not None]
    return (
        name,
        *(_hours(costs, part, "cpu") for part in _PARTS),
        *(_hours(costs, part, "cuda") for part in _PARTS),
        max(memory, default=None),
        sum(sizes) if sizes else None,
        prediction_time(results, name),
        math.fsum(known) / len(known) if known and len(known) == len(times) else None,
    )


def _hours(costs: Sequence[Cost], part: str, device: str) -> float | None:
    """Return core-hours or GPU-hours of one kind of work; None where there was none."""
    chosen = [cost for cost in costs if cost.device == device and _part(cost) == part]
    if not chosen:
        return None
    return math.fsum(cost.hours for cost in chosen)


def _part(cost: Cost) -> str:
    return cost.what if cost.training_structures is None else "learning curve"


def prediction_time(results: StudyResults, model: str) -> Score | None:
    """Return the time in the largest batch, where the cost of a call is shared by many."""
    times = named(results.scores, INFERENCE_SCORE, model)
    return times[-1] if times else None


def training_hours(results: StudyResults, model: str, device: str) -> float | None:
    """Return core-hours (*device* ``"cpu"``) or GPU-hours of one training, or None without any.

    Of a model trained with several seeds it is the mean over them; its parts count together.
    """
    costs = [cost for cost in results.costs if cost.model == model]
    hours = _hours(costs, "train", device)
    seeds = {score.model for score in results.member_scores.get(model, ())}
    return None if hours is None else hours / max(len(seeds), 1)
