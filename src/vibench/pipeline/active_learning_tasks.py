"""Tasks of active learning: rounds of training, exploration, labels and extension of the data.

The graph has all rounds that may be needed. As tasks are known by the content of their inputs, a
round that adds nothing costs nothing: its data set is that of the round before, trainings on it are
found in the store, and further rounds see that nothing has changed and leave it so.
"""

from collections.abc import Iterator
from dataclasses import replace

from vibench.core.reliability import committee_name
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.active_learning import ActiveLearningRecipe
from vibench.pipeline.data_tasks import round_dataset
from vibench.pipeline.ensembles import committee_of
from vibench.pipeline.potentials import (
    AnyPotentialRecipe,
    in_precision,
    potential_files,
    potential_name,
)
from vibench.pipeline.stages.names import (
    EARLIER_DATASET,
    EXPLORATION,
    START_WEIGHTS,
)
from vibench.pipeline.stages.recipes import (
    AcquireStage,
    EvaluateStage,
    ExploreStage,
    ExtendStage,
)
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import Task, make_task, round_part, task_name
from vibench.pipeline.test_set_tasks import judged_by
from vibench.pipeline.training import Source, training_tasks


def active_learning_tasks(study: Study) -> list[Task]:
    """Return the tasks of all rounds; the last one makes the data set that the study learns from.

    The committee of each round is judged by the structures that models are judged by, and so is
    that of the models trained on the last data set: points of a learning curve.
    """
    if study.active_learning is None or study.reference is None:
        return []
    rounds = _Rounds(study, study.active_learning, study.reference)
    return list(rounds.tasks())


class _Rounds:
    """Makes the tasks round by round."""

    def __init__(
        self, study: Study, active: ActiveLearningRecipe, reference: AnyPotentialRecipe
    ) -> None:
        self.study, self.active, self.reference = study, active, reference
        self.model = next(model for model in study.models if model.name == active.model)

    def tasks(self) -> Iterator[Task]:
        for round_ in range(1, self.active.rounds + 1):
            trained = [self._trained(member, round_) for member in self.model.members]
            for _, tasks in trained:
                yield from tasks
            committee = committee_of(self.model, [source for source, _ in trained])
            yield self._point(committee, round_)
            for molecule in self.study.data.molecules:
                yield self._exploration(committee, molecule, round_)
                yield self._acquisition(molecule, round_)
            yield self._extension(round_)
        final = committee_of(
            self.model, [training_tasks(member)[0] for member in self.model.members]
        )
        yield self._point(final, self.active.rounds + 1)

    def _data(self, round_: int) -> dict[str, str]:
        """Return the data set that a round begins with, and that of the round before it."""
        inputs = {"dataset": round_dataset(self.study, round_ - 1)}
        if round_ > 1:
            inputs[EARLIER_DATASET] = round_dataset(self.study, round_ - 2)
        return inputs

    def _trained(self, member: ModelRecipe, round_: int) -> tuple[Source, list[Task]]:
        """Return one member and the tasks that train it on the data set of a round."""
        source, tasks = training_tasks(member)
        found = []
        for task in tasks:
            own = replace(
                task,
                name=round_part(task.name, round_),
                inputs={**task.inputs, "dataset": round_dataset(self.study, round_ - 1)},
            )
            if self.active.start_from_previous and round_ > 1:
                start = {START_WEIGHTS: round_part(task.name, round_ - 1)}
                inputs = {**own.inputs, **self._data(round_), **start}
                own = replace(own, stage="retrain", inputs=inputs, files={})
            found.append(own)
        inputs = {role: round_part(name, round_) for role, name in source.inputs.items()}
        return replace(source, inputs=inputs), found

    def _point(self, committee: Source, round_: int) -> Task:
        """Judge the committee of a round; those after the last round are the study's models."""
        recipe = EvaluateStage(potential=committee.recipe, training_structures="all")
        judged = judged_by(self.study) | {"dataset": round_dataset(self.study, round_ - 1)}
        name = task_name("evaluate", round_part(committee.name, round_))
        return make_task("evaluate", name, recipe, committee.inputs | judged)

    def _exploration(self, committee: Source, molecule: MoleculeRecipe, round_: int) -> Task:
        recipe = ExploreStage(
            molecule=molecule, potential=committee.recipe, dynamics=self.active.motion(round_)
        )
        minima = task_name("vibrations", potential_name(self.reference), molecule.name)
        inputs = committee.inputs | self._data(round_) | {"start": minima}
        name = task_name(*exploration(committee.name, round_, molecule.name))
        return make_task("explore", name, recipe, inputs)

    def _acquisition(self, molecule: MoleculeRecipe, round_: int) -> Task:
        recipe = AcquireStage(
            molecule=molecule,
            potential=in_precision(self.reference, "float64"),
            acquisition=self.active.acquisition,
            seed=self.active.seed + round_,
        )
        committee = committee_name(self.model.name)
        inputs = {
            "dataset": round_dataset(self.study, round_ - 1),
            EXPLORATION: task_name(*exploration(committee, round_, molecule.name)),
        }
        name = task_name(*acquisition(round_, molecule.name))
        return make_task("acquire", name, recipe, inputs, potential_files(self.reference))

    def _extension(self, round_: int) -> Task:
        recipe = ExtendStage(
            validation_share=self.active.validation_share, seed=self.active.seed + round_
        )
        inputs = {"dataset": round_dataset(self.study, round_ - 1)} | {
            f"part {molecule.name}": task_name(*acquisition(round_, molecule.name))
            for molecule in self.study.data.molecules
        }
        return make_task("extend", round_dataset(self.study, round_), recipe, inputs)


def exploration(committee: str, round_: int, molecule: str) -> tuple[str, ...]:
    """Return stage and subjects of the task that explores one molecule in one round."""
    return ("explore", round_part(committee, round_), molecule)


def acquisition(round_: int, molecule: str) -> tuple[str, ...]:
    """Return stage and subjects of the task that labels structures of one molecule in one round."""
    return ("acquire", f"round {round_}", molecule)
