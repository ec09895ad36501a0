"""Stages that make and judge models: training and evaluation."""

import csv
import io

from vibench.core.dataset import Dataset, subset
from vibench.core.files import write_text
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.evaluate.calibration import calibrate
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import error_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.pipeline.potentials import CommitteeRecipe, potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    DATASET,
    HISTORY,
    RELIABILITY,
    SCORES,
    SPLIT,
    WEIGHTS,
    is_model_role,
)
from vibench.pipeline.stages.recipes import EvaluateStage, TrainStage
from vibench.store.chunks import FileCheckpoint
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_scores


def make_model(recipe: TrainStage, job: Job) -> Outcome:
    """Train on the input ``dataset``; write weights and the learning curve."""
    from vibench.store.weights import write_weights
    from vibench.train.trainer import Trainer

    dataset = read_hdf5(job.path("dataset", DATASET), Dataset)
    split = read_split(job.path("dataset", SPLIT))
    trainer = Trainer(
        dataset,
        split.train,
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
        "training_structures": len(split.train),
    }


def make_scores(recipe: EvaluateStage, job: Job) -> Outcome:
    """Compare predictions with labels.

    Of the input ``dataset`` the test structures are used; of any other data set all structures.
    The first word of its role names it in the scores. The spread of a committee is compared with
    its errors.
    """
    parts: dict[str, Dataset] = {}
    for role in job.roles:
        if role == "dataset":
            whole = read_hdf5(job.path(role, DATASET), Dataset)
            parts["test"] = subset(whole, read_split(job.path(role, SPLIT)).test)
        elif not is_model_role(role):
            parts[role] = read_hdf5(job.path(role, DATASET), Dataset)
    name = recipe.name or potential_name(recipe.potential)
    scores: list[Score] = []
    curves: list[Reliability] = []
    with job.potential(recipe.potential) as potential:
        for part, data in parts.items():
            predicted = predict_in_batches(potential, data.molecules, job.progress)
            dataset_name = part.partition(" ")[0]
            scores += error_scores(data, predicted, model=name, dataset_name=dataset_name)
            if isinstance(recipe.potential, CommitteeRecipe) and predicted.uncertainty is not None:
                members = len(recipe.potential.members)
                found = calibrate(
                    data, predicted, members=members, model=name, dataset_name=dataset_name
                )
                scores += found.scores
                curves += found.curves
        first = next(iter(parts.values()))
        scores += [inference_time(potential, first.molecules, batch=batch) for batch in (1, 32)]
    write_scores(job.workspace.path(SCORES), scores)
    if curves:
        write_hdf5(job.workspace.path(RELIABILITY), curves)
    return {"text": "", "structures": {part: len(data) for part, data in parts.items()}}
