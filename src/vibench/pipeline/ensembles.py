"""Tasks about models that are trained with several seeds, made from the tasks of the trainings."""

from collections.abc import Sequence

from vibench.core.reliability import committee_name
from vibench.pipeline.potentials import CommitteeRecipe
from vibench.pipeline.stages.names import member_role
from vibench.pipeline.stages.recipes import (
    EnsembleSpectraStage,
    EnsembleStage,
    EvaluateStage,
    SeedRankingStage,
)
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import Task, make_task, task_name
from vibench.pipeline.test_set_tasks import judged_by
from vibench.pipeline.training import Source, training_tasks


def committee_of(model: ModelRecipe, members: Sequence[Source]) -> Source:
    """Return the committee of the trainings of a model.

    Parameters
    ----------
    model
        The model.
    members
        Its trainings, or those of one round of active learning.
    """
    name = committee_name(model.name)
    recipe = CommitteeRecipe(name=name, members=tuple(one.recipe for one in members))
    inputs = {
        member_role(index, role): trained
        for index, one in enumerate(members)
        for role, trained in one.inputs.items()
    }
    return Source(name, recipe, inputs)


def ensemble_tasks(study: Study, tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks about models with several seeds.

    Parameters
    ----------
    study
        The study.
    tasks
        Its other tasks, those of every training among them.

    Returns
    -------
    For each model its scores (means over seeds), its mean spectra and the evaluation of the
    committee of its trainings; for two or more models their comparison by errors.
    """
    models = [model for model in study.models if model.seeds > 1]
    found = []
    for model in models:
        names = tuple(member.name for member in model.members)
        recipe = EnsembleStage(model=model.name, members=names)
        ensemble = task_name("ensemble", model.name)
        found.append(make_task("ensemble", ensemble, recipe, _judging(names, tasks)))
        found.append(_judged_committee(study, model))
        found += _spectra(study, model)
    if len(models) > 1:
        members = {model.name: tuple(one.name for one in model.members) for model in models}
        recipe_ = SeedRankingStage(models=members, ranking=study.ranking)
        names = tuple(name for part in members.values() for name in part)
        stages = ("evaluate", "frequencies", "fundamentals")
        inputs = _judging(names, [task for task in tasks if task.stage in stages])
        found.append(make_task("seed-ranking", task_name("seed-ranking"), recipe_, inputs))
    return found


def _judging(members: Sequence[str], tasks: Sequence[Task]) -> dict[str, str]:
    """Return the tasks that write scores of the *members*, each by its own name as its role."""
    evaluations = {task_name("evaluate", member) for member in members}
    return {
        task.name: task.name
        for task in tasks
        if task.name in evaluations or task.recipe.get("candidate") in members
    }


def _judged_committee(study: Study, model: ModelRecipe) -> Task:
    """Return the evaluation of the committee on the structures that each training is judged by."""
    committee = committee_of(model, [training_tasks(member)[0] for member in model.members])
    recipe = EvaluateStage(potential=committee.recipe)
    name = task_name("evaluate", committee.name)
    return make_task("evaluate", name, recipe, committee.inputs | judged_by(study))


def _spectra(study: Study, model: ModelRecipe) -> list[Task]:
    if study.dynamics is None:
        return []
    return [
        make_task(
            "ensemble-spectra",
            task_name("ensemble-spectra", model.name, molecule.name),
            EnsembleSpectraStage(temperatures_k=study.temperatures_k(molecule.name)),
            {one.name: task_name("spectra", one.name, molecule.name) for one in model.members},
        )
        for molecule in (*study.data.molecules, *study.data.unseen)
    ]
