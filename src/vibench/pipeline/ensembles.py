"""Tasks about models that are trained with several seeds, made from the tasks of the trainings."""

from collections.abc import Mapping, Sequence

from vibench.core.recipe import Recipe
from vibench.pipeline.potentials import CommitteeRecipe
from vibench.pipeline.stages.names import is_model_role, member_role
from vibench.pipeline.stages.recipes import (
    EnsembleSpectraStage,
    EnsembleStage,
    EvaluateStage,
    SeedRankingStage,
)
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import Task, task_name


def committee_name(model: str) -> str:
    """Return the name of the committee of all trainings of a model."""
    return f"{model}, committee"


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
    known = {task.name: task for task in tasks}
    models = [model for model in study.models if model.seeds > 1]
    found = []
    for model in models:
        names = tuple(member.name for member in model.members)
        recipe = EnsembleStage(model=model.name, members=names)
        found.append(_task("ensemble", (model.name,), recipe, _judging(names, tasks)))
        found.append(_committee(model, known))
        found += _spectra(study, model)
    if len(models) > 1:
        members = {model.name: tuple(one.name for one in model.members) for model in models}
        recipe_ = SeedRankingStage(models=members, ranking=study.ranking)
        names = tuple(name for part in members.values() for name in part)
        stages = ("evaluate", "frequencies", "fundamentals")
        inputs = _judging(names, [task for task in tasks if task.stage in stages])
        found.append(_task("seed-ranking", (), recipe_, inputs))
    return found


def _task(stage: str, about: tuple[str, ...], recipe: Recipe, inputs: Mapping[str, str]) -> Task:
    return Task(task_name(stage, *about), stage, recipe.model_dump(mode="json"), inputs)


def _judging(members: Sequence[str], tasks: Sequence[Task]) -> dict[str, str]:
    """Return the tasks that write scores of the *members*, each by its own name as its role."""
    evaluations = {task_name("evaluate", member) for member in members}
    return {
        task.name: task.name
        for task in tasks
        if task.name in evaluations or task.recipe.get("candidate") in members
    }


def _committee(model: ModelRecipe, known: Mapping[str, Task]) -> Task:
    """Return the evaluation of the mean over all trainings, on the structures each is judged by."""
    judged = [known[task_name("evaluate", member.name)] for member in model.members]
    name = committee_name(model.name)
    potential = CommitteeRecipe(
        name=name, members=tuple(task.recipe["potential"] for task in judged)
    )
    inputs = {
        member_role(index, role): trained
        for index, task in enumerate(judged)
        for role, trained in task.inputs.items()
        if is_model_role(role)
    }
    inputs |= {role: made for role, made in judged[0].inputs.items() if not is_model_role(role)}
    return _task("evaluate", (name,), EvaluateStage(potential=potential), inputs)


def _spectra(study: Study, model: ModelRecipe) -> list[Task]:
    if study.dynamics is None:
        return []
    recipe = EnsembleSpectraStage(temperatures_k=study.dynamics.temperatures_k)
    return [
        _task(
            "ensemble-spectra",
            (model.name, molecule.name),
            recipe,
            {one.name: task_name("spectra", one.name, molecule.name) for one in model.members},
        )
        for molecule in (*study.data.molecules, *study.data.unseen)
    ]
