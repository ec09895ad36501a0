"""Stages that make and judge models: training and evaluation."""

import csv
import io

from vibench.core.dataset import Dataset, subset
from vibench.core.files import write_text
from vibench.core.score import Score
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import error_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.pipeline.event_files import training_log
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    DATASET,
    HISTORY,
    MODEL_ROLES,
    SCORES,
    SPLIT,
    START_WEIGHTS,
    WEIGHTS,
)
from vibench.pipeline.stages.recipes import EvaluateStage, TrainStage
from vibench.store.chunks import FileCheckpoint
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import write_scores


def make_model(recipe: TrainStage, job: Job) -> Outcome:
    """Train on the input ``dataset``; write weights and the learning curve.

    Training begins with the weights in the file ``start``, if there is one.
    """
    from vibench.store.weights import read_weights, write_weights
    from vibench.train.trainer import Trainer

    dataset = read_hdf5(job.path("dataset", DATASET), Dataset)
    split = read_split(job.path("dataset", SPLIT))
    start = job.optional_path(START_WEIGHTS, WEIGHTS)
    trainer = Trainer(
        dataset,
        split.train,
        split.validation,
        architecture=recipe.architecture,
        recipe=recipe.training,
        start=None if start is None else read_weights(start),
        test_index=split.test,
        device=job.resources.device,
    )
    checkpoint = FileCheckpoint(job.workspace.scratch / "state.pt")
    with training_log(job.resources.tensorboard, job.task.name) as log:
        trained = trainer.run(checkpoint, job.progress, log)
    write_weights(job.workspace.path(WEIGHTS), trained.weights)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(trained.history)
    writer.writerows(zip(*trained.history.values(), strict=True))
    write_text(job.workspace.path(HISTORY), text.getvalue())
    observed: Outcome = {
        "text": "",
        "parameters": sum(array.size for array in trained.weights.arrays.values()),
        "epochs": len(trained.history["epoch"]),
        "best_epoch": trained.best_epoch,
        "training_structures": len(split.train),
    }
    if not trained.outcome.finished:
        kept = f"kept are the parameters of epoch {trained.best_epoch}"
        observed["text"] = f"training diverged: {trained.outcome.reason}; {kept}"
        observed["diverged_at_step"] = trained.outcome.step
    return observed


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
        scores += [inference_time(potential, first.molecules, batch=batch) for batch in (1, 32)]
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "", "structures": {part: len(data) for part, data in parts.items()}}
