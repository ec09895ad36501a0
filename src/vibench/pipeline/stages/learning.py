"""Stages that make and judge models: training and evaluation."""

import csv
import io
from dataclasses import replace

import numpy as np

from vibench.core.dataset import Dataset, subset
from vibench.core.files import write_text
from vibench.core.score import Score
from vibench.data.splits import subset_index
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import error_scores
from vibench.evaluate.learning_curve import CURVE_ERRORS, learning_curve_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    ALL_STRUCTURES,
    DATASET,
    HISTORY,
    MODEL_ROLES,
    SCORES,
    SPLIT,
    WEIGHTS,
    curve_role,
)
from vibench.pipeline.stages.recipes import EvaluateStage, LearningCurveStage, TrainStage
from vibench.store.chunks import FileCheckpoint
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import read_scores, write_scores


def make_model(recipe: TrainStage, job: Job) -> Outcome:
    """Train on the input ``dataset``; write weights and the learning curve."""
    from vibench.store.weights import write_weights
    from vibench.train.trainer import Trainer

    dataset = read_hdf5(job.path("dataset", DATASET), Dataset)
    split = read_split(job.path("split" if "split" in job.roles else "dataset", SPLIT))
    chosen = split.train if recipe.subset is None else subset_index(split.train, recipe.subset)
    trainer = Trainer(
        dataset,
        chosen,
        split.validation,
        architecture=recipe.architecture,
        recipe=recipe.training,
        device=job.resources.device,
    )
    trained = trainer.run(FileCheckpoint(job.workspace.scratch / "state.pt"), job.progress)
    write_weights(job.workspace.path(WEIGHTS), trained.weights)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(trained.history)
    writer.writerows(zip(*trained.history.values(), strict=True))
    write_text(job.workspace.path(HISTORY), text.getvalue())
    parameters = sum(array.size for array in trained.weights.arrays.values())
    return {
        "text": "",
        "parameters": parameters,
        "epochs": len(trained.history["epoch"]),
        "training_structures": len(np.unique(chosen)),
    }


def make_scores(recipe: EvaluateStage, job: Job) -> Outcome:
    """Compare predictions with labels.

    Of the input ``dataset`` the test structures are used; of any other data set all structures.
    The first word of its role names it in the scores.
    """
    parts: dict[str, Dataset] = {}
    for role in job.roles:
        if role == "dataset":
            whole = read_hdf5(job.path(role, DATASET), Dataset)
            parts["test"] = subset(whole, read_split(job.path(role, SPLIT)).test)
        elif role not in MODEL_ROLES:
            parts[role] = read_hdf5(job.path(role, DATASET), Dataset)
    name = recipe.name or potential_name(recipe.potential)
    scores: list[Score] = []
    with job.potential(recipe.potential) as potential:
        for part, data in parts.items():
            predicted = predict_in_batches(potential, data.molecules, job.progress)
            dataset_name = part.partition(" ")[0]
            scores += error_scores(data, predicted, model=name, dataset_name=dataset_name)
        first = next(iter(parts.values()))
        if recipe.training_structures is None:
            scores += [inference_time(potential, first.molecules, batch=size) for size in (1, 32)]
    labelled = [replace(one, training_structures=recipe.training_structures) for one in scores]
    write_scores(job.workspace.path(SCORES), labelled)
    return {"text": "", "structures": {part: len(data) for part, data in parts.items()}}


def make_learning_curve(recipe: LearningCurveStage, job: Job) -> Outcome:
    """Gather the errors of models by their training structures; write what the curves say.

    Writes the errors with all structures as points of the curves, too; those of the other points
    are among the results of their evaluations.
    """
    points, last = [], []
    for model in recipe.models:
        start = curve_role(model, "")
        for role in (role for role in job.roles if role.startswith(start)):
            found = [
                score
                for score in read_scores(job.path(role, SCORES))
                if score.name in CURVE_ERRORS and score.molecule is None and score.dataset == "test"
            ]
            if role == curve_role(model, ALL_STRUCTURES):
                division = f"split {model}" if f"split {model}" in job.roles else "dataset"
                count = len(read_split(job.path(division, SPLIT)).train)
                found = [replace(score, training_structures=count) for score in found]
                last += found
            points += found
    conclusions = learning_curve_scores(points, recipe.targets)
    write_scores(job.workspace.path(SCORES), [*last, *conclusions])
    return {"text": "", "points": len(points)}
