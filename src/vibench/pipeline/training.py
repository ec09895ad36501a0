"""Trainings of a study: which tasks make a model, with all structures or with some of them."""

from dataclasses import dataclass, field

from vibench.data.recipes import SubsetRecipe
from vibench.evaluate.recipe import LearningCurveRecipe
from vibench.pipeline.potentials import (
    AnyPotentialRecipe,
    CompositeRecipe,
    LearnedRecipe,
    in_precision,
    potential_files,
    start_files,
)
from vibench.pipeline.stages.names import (
    ALL_STRUCTURES,
    DIPOLE_MODEL,
    ENERGY_MODEL,
    MODEL,
    curve_role,
)
from vibench.pipeline.stages.recipes import (
    EvaluateStage,
    LearningCurveStage,
    SplitStage,
    TrainStage,
)
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe, Study
from vibench.pipeline.tasks import Task, curve_point, dipole_part, make_task, task_name


@dataclass(frozen=True, slots=True)
class Source:
    """A potential of the study, with all that its tasks need to open it."""

    name: str
    """Name of its tasks."""
    recipe: AnyPotentialRecipe
    inputs: dict[str, str] = field(default_factory=dict)
    """Role → task that trains a model."""
    files: dict[str, str] = field(default_factory=dict)
    """Role → file of a trained model."""

    def in_precision(self, dtype: str) -> AnyPotentialRecipe:
        """Return its settings with trained models evaluated in *dtype*."""
        return in_precision(self.recipe, dtype)


def given(recipe: AnyPotentialRecipe, name: str) -> Source:
    """Return a potential that is not trained."""
    return Source(name, recipe, files=potential_files(recipe))


def split_tasks(study: Study) -> list[Task]:
    """Return the tasks that divide the data for models that do so in a way of their own."""
    return [
        make_task(
            "split",
            task_name("split", member.name),
            SplitStage(split=study.data.split, own=member.split),
            {"dataset": task_name("dataset")},
        )
        for model in study.models
        for member in model.members
        if member.split is not None
    ]


def training_tasks(
    model: ModelRecipe, subset: SubsetRecipe | None = None
) -> tuple[Source, list[Task]]:
    """Return a model and the tasks that train it, or both parts of it.

    A given potential is not trained.

    Parameters
    ----------
    model
        The model.
    subset
        Which training structures to use; None for all.
    """
    if model.potential is not None:
        return given(model.potential, model.name), []
    whole = _training(model.name, model, model, subset)
    learned = LearnedRecipe(name=model.name)
    if model.dipole is None:
        return Source(model.name, learned, {MODEL: whole.name}), [whole]
    second = dipole_part(model.name)
    part = _training(second, model.dipole, model, subset)
    recipe = CompositeRecipe(name=model.name, energy=learned, dipole=LearnedRecipe(name=second))
    inputs = {ENERGY_MODEL: whole.name, DIPOLE_MODEL: part.name}
    return Source(model.name, recipe, inputs), [whole, part]


def _training(
    name: str,
    part: ModelRecipe | DipoleModelRecipe,
    model: ModelRecipe,
    subset: SubsetRecipe | None,
) -> Task:
    about = name if subset is None else curve_point(name, subset.structures)
    inputs = {"dataset": task_name("dataset")}
    if model.split is not None:
        inputs["split"] = task_name("split", model.name)
    recipe = TrainStage(architecture=part.architecture, training=part.training, subset=subset)
    files = start_files(part.training.start)
    return make_task("train", task_name("train", about), recipe, inputs, files)


def learning_curve_tasks(study: Study) -> list[Task]:
    """Return the tasks of the learning curves: trainings, evaluations, and what they say.

    Of a model with several seeds the first one is trained with fewer structures, too.
    """
    curve = study.learning_curve
    if curve is None:
        return []
    tasks: list[Task] = []
    inputs = {"dataset": task_name("dataset")}
    models = curve_models(study, curve)
    for model in models:
        first = model.members[0]
        if model.split is not None:
            inputs[f"split {model.name}"] = task_name("split", first.name)
        inputs[curve_role(model.name, ALL_STRUCTURES)] = task_name("evaluate", first.name)
        for structures in curve.structures:
            subset = SubsetRecipe(structures=structures, seed=curve.seed, budget=curve.budget)
            source, trainings = training_tasks(first, subset)
            recipe = EvaluateStage(
                potential=source.recipe, name=model.name, training_structures=structures
            )
            name = task_name("evaluate", curve_point(model.name, structures))
            needed = source.inputs | {"dataset": task_name("dataset")}
            tasks += [*trainings, make_task("evaluate", name, recipe, needed)]
            inputs[curve_role(model.name, str(structures))] = name
    names = tuple(model.name for model in models)
    stage = LearningCurveStage(models=names, targets=curve.targets)
    return [*tasks, make_task("learning-curve", task_name("learning-curve"), stage, inputs)]


def curve_models(study: Study, curve: LearningCurveRecipe) -> list[ModelRecipe]:
    """Return the models that have a learning curve: those that are trained, or those named."""
    trained = [model for model in study.models if model.potential is None]
    return [model for model in trained if not curve.models or model.name in curve.models]
