"""Tasks of a study's test sets: dynamics of the reference, selection with labels, correlations."""

from collections.abc import Iterator

from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.potentials import (
    AnyPotentialRecipe,
    in_precision,
    potential_files,
    potential_name,
)
from vibench.pipeline.stages.names import UNSEEN, dataset_role
from vibench.pipeline.stages.recipes import CorrelationStage, DynamicsStage, TestSetStage
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import Task, make_task, task_name
from vibench.pipeline.test_sets import TestSetRecipe

_STAGE = "test-set"


def tasks_of_test_sets(study: Study) -> list[Task]:
    """Return the tasks that make the test sets; sets of equal dynamics share a trajectory."""
    if study.reference is None:
        return []
    reference, files = study.reference, potential_files(study.reference)
    tasks: dict[str, Task] = {}
    motions: dict[tuple[str, str], str] = {}
    for test_set, molecule in _members(study):
        motion = test_set.motion(study.dynamics)
        shared = (molecule.name, motion.model_dump_json())
        if shared not in motions:
            about = (moving_for(reference, test_set), molecule.name)
            moved = DynamicsStage(molecule=molecule, potential=reference, dynamics=motion)
            start = {"start": task_name("vibrations", potential_name(reference), molecule.name)}
            name = motions[shared] = task_name("dynamics", *about)
            tasks[name] = make_task("dynamics", name, moved, start, files)
        made = TestSetStage(
            molecule=molecule,
            potential=in_precision(reference, "float64"),
            selection=test_set.selection,
        )
        name, inputs = _name(test_set, molecule), {"dynamics": motions[shared]}
        tasks[name] = make_task(_STAGE, name, made, inputs, files)
    return list(tasks.values())


def judged_by(study: Study) -> dict[str, str]:
    """Return the labelled structures that models are judged by: role → task."""
    data, inputs = study.data, dict[str, str]()
    if data.file is not None or data.label is not None:
        inputs["dataset"] = task_name("dataset")
    if data.label is not None:
        for molecule in data.unseen:
            inputs[dataset_role(UNSEEN, molecule.name)] = task_name("label", molecule.name)
    for test_set, molecule in _members(study):
        inputs[dataset_role(test_set.name, molecule.name)] = _name(test_set, molecule)
    return inputs


def correlation_tasks(study: Study) -> list[Task]:
    """Return the tasks that correlate the errors of all models, one per test set."""
    models = tuple(member.name for model in study.models for member in model.members)
    if len(models) < 2:
        return []
    inputs = {model: task_name("evaluate", model) for model in models}
    tasks = []
    for test_set in study.test_sets:
        recipe = CorrelationStage(dataset=test_set.name, models=models)
        name = task_name("correlation", test_set.name)
        tasks.append(make_task("correlation", name, recipe, inputs))
    return tasks


def moving_for(reference: AnyPotentialRecipe, test_set: TestSetRecipe) -> str:
    """Return what the reference is called where it moves molecules for a test set."""
    return f"{potential_name(reference)} for {test_set.name}"


def _members(study: Study) -> Iterator[tuple[TestSetRecipe, MoleculeRecipe]]:
    """Yield every test set with each of its molecules."""
    molecules = {m.name: m for m in (*study.data.molecules, *study.data.unseen)}
    for test_set in study.test_sets:
        for name in test_set.of(list(molecules)):
            yield test_set, molecules[name]


def _name(test_set: TestSetRecipe, molecule: MoleculeRecipe) -> str:
    return task_name(_STAGE, test_set.name, molecule.name)
