"""What the rounds of active learning found, gathered from the store for the report."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from vibench.core.reliability import committee_name
from vibench.core.score import Score
from vibench.pipeline.active_learning import ActiveLearningRecipe
from vibench.pipeline.active_learning_tasks import acquisition, exploration
from vibench.pipeline.costs import core_hours, model_parts
from vibench.pipeline.data_tasks import round_dataset
from vibench.pipeline.stages.names import CHOICE, SCORES, VISITED
from vibench.pipeline.stages.visits import read_visits
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import round_part, task_name
from vibench.report.results import Exploration, LearningRound
from vibench.store.artefacts import Artefact
from vibench.store.scores import read_scores


def gathered_rounds(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[LearningRound]:
    """Yield each round in which something was done, and the models trained after the last one.

    Parameters
    ----------
    study
        The study.
    artefacts
        Task name → result.
    """
    active = study.active_learning
    if active is None:
        return
    committee = committee_name(active.model)
    counted: set[Path] = set()
    for number in range(1, active.rounds + 2):
        judged = artefacts.get(task_name("evaluate", round_part(committee, number)))
        data = artefacts.get(round_dataset(study, number - 1))
        explored = tuple(_explorations(study, committee, artefacts, number))
        last = number == active.rounds + 1
        if judged is None or data is None or not (explored or last):
            continue
        scores, hours = _errors(judged), 0.0
        for name in _tasks(study, active, number):
            artefact = artefacts.get(name)
            if artefact is not None and artefact.folder not in counted:
                counted.add(artefact.folder)
                hours += core_hours(artefact)
        yield LearningRound(
            number=None if last else number,
            structures=data.record.observed["outcome"]["structures"],
            training_structures=next(one.training_structures or 0 for one in scores),
            scores=scores,
            core_hours=hours,
            explorations=explored,
        )


def _errors(judged: Artefact) -> tuple[Score, ...]:
    scores = read_scores(judged.file(SCORES))
    return tuple(score for score in scores if score.molecule is None)


def _tasks(study: Study, active: ActiveLearningRecipe, number: int) -> Iterator[str]:
    """Yield the tasks of a round whose time counts; those of the models after the last round."""
    model = next(model for model in study.models if model.name == active.model)
    for part in (part for member in model.members for part in model_parts(member)):
        trained = task_name("train", part)
        yield trained if number > active.rounds else round_part(trained, number)
    for molecule in study.data.molecules:
        yield task_name(*exploration(committee_name(model.name), number, molecule.name))
        yield task_name(*acquisition(number, molecule.name))


def _explorations(
    study: Study, committee: str, artefacts: Mapping[str, Artefact], number: int
) -> Iterator[Exploration]:
    """Yield what each molecule visited in one round; nothing after learning has converged."""
    for molecule in study.data.molecules:
        moved = artefacts.get(task_name(*exploration(committee, number, molecule.name)))
        chosen = artefacts.get(task_name(*acquisition(number, molecule.name)))
        if moved is None or chosen is None or VISITED not in moved.checksums:
            continue
        visits = read_visits(moved.file(VISITED))
        values = np.array([one.force_uncertainty_mev_per_angstrom for one in visits])
        motion = moved.record.observed["outcome"]
        choice = json.loads(chosen.file(CHOICE).read_text(encoding="utf-8"))
        yield Exploration(
            molecule=molecule.name,
            trajectories=motion["trajectories"],
            failed=motion["failed"],
            frames=len(values),
            mean_mev_per_angstrom=float(values.mean()) if len(values) else None,
            largest_mev_per_angstrom=float(values.max()) if len(values) else None,
            uncertain_share=choice["uncertain_share"],
            structures=choice["structures"],
        )
