"""What is left of the priced work of a study, given what the store has already."""

from collections.abc import Collection, Iterator, Sequence
from itertools import product

from vibench.pipeline.potentials import potential_name
from vibench.pipeline.pricing import Work
from vibench.pipeline.robustness_tasks import HOT, NVE
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import (
    REPEAT,
    Task,
    curve_point,
    dipole_part,
    round_part,
    task_name,
)


def shares_left(
    study: Study, work: Sequence[Work], tasks: Sequence[Task], stored: Collection[str]
) -> list[float]:
    """Return which share of each piece of *work* is not done yet, from 0 to 1.

    Shares are by tasks: where half of the tasks of a piece have their results in the store, half of
    it is left, however long each of them takes.

    Parameters
    ----------
    study, work
        The study and its work, as `price` gives it.
    tasks, stored
        All tasks of the study, and the names of those whose results are in the store.
    """
    shares = []
    for one in work:
        names = work_tasks(study, one, tasks)
        left = sum(name not in stored for name in names)
        shares.append(left / len(names) if names else 1.0)
    return shares


def work_tasks(study: Study, work: Work, tasks: Sequence[Task]) -> list[str]:
    """Return the names of the tasks that do a piece of *work*, of all *tasks* of a study."""
    match work.kind:
        case "labels":
            return _of_stages(tasks, "label", "acquire")
        case "sampling":
            return _of_stages(tasks, "label")
        case "exploration":
            return _of_stages(tasks, "explore")
    model = next((model for model in study.models if model.name == work.potential), None)
    names = set(_reference_tasks(study) if model is None else _model_tasks(study, model, work))
    return [task.name for task in tasks if task.name in names]


def _of_stages(tasks: Sequence[Task], *stages: str) -> list[str]:
    return [task.name for task in tasks if task.stage in stages]


def _reference_tasks(study: Study) -> Iterator[str]:
    """Yield the dynamics of the reference for spectra."""
    if study.reference is not None:
        name = potential_name(study.reference)
        for molecule in (*study.data.molecules, *study.data.unseen):
            yield task_name("dynamics", name, molecule.name)
            yield task_name("dynamics", f"{REPEAT} {name}", molecule.name)


def _model_tasks(study: Study, model: ModelRecipe, work: Work) -> Iterator[str]:
    """Yield the tasks of one kind of work of a model."""
    parts = [
        member.name if work.part == "whole" else dipole_part(member.name)
        for member in model.members
    ]
    molecules = [molecule.name for molecule in (*study.data.molecules, *study.data.unseen)]
    curve, active = study.learning_curve, study.active_learning
    match work.kind:
        case "training":
            yield from (task_name("train", part) for part in parts)
        case "learning curve" if curve is not None:
            yield from (task_name("train", curve_point(parts[0], n)) for n in curve.structures)
        case "active learning" if active is not None:
            rounds = range(1, active.rounds + 1)
            for part, round_ in product(parts, rounds):
                yield round_part(task_name("train", part), round_)
        case "dynamics":
            yield from (task_name("dynamics", *about) for about in product(parts, molecules))
        case "robustness":
            each = product(parts, molecules, (NVE, HOT))
            yield from (task_name("dynamics", *about) for about in each)
