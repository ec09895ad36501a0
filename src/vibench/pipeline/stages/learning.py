"""Stages that make and judge models: training and evaluation."""

import csv
import io

from vibench.core.dataset import Dataset, subset
from vibench.core.protocols import Potential
from vibench.core.score import Score
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import error_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import DATASET, HISTORY, SCORES, SPLIT, WEIGHTS
from vibench.pipeline.stages.recipes import EvaluateStage, TrainStage
from vibench.store.chunks import FileCheckpoint
from vibench.store.files import write_text
from vibench.store.hdf5 import read_hdf5
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
    """Compare predictions with the labels of the test structures, and of unseen molecules.

    Inputs are ``model`` (for a learned potential), ``dataset`` and any number of further data sets
    whose role starts with ``unseen``, of which all structures are used.
    """
    dataset = read_hdf5(job.path("dataset", DATASET), Dataset)
    parts = {"test": subset(dataset, read_split(job.path("dataset", SPLIT)).test)}
    for role in job.inputs:
        if role.startswith("unseen"):
            parts[role] = read_hdf5(job.path(role, DATASET), Dataset)
    name = potential_name(recipe.potential)
    scores: list[Score] = []
    with job.potential(recipe.potential) as potential:
        for part, data in parts.items():
            predicted = predict_in_batches(potential, data.molecules, job.progress)
            dataset_name = part.partition(" ")[0]
            scores += error_scores(data, predicted, model=name, dataset_name=dataset_name)
        scores += _times(potential, parts["test"])
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "", "structures": {part: len(data) for part, data in parts.items()}}


def _times(potential: Potential, dataset: Dataset) -> list[Score]:
    return [inference_time(potential, dataset.molecules, batch=batch) for batch in (1, 32)]
