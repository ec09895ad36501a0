"""Stages that make and judge models: training and evaluation."""

import csv
import io
from dataclasses import replace

import numpy as np

from vibench.core.dataset import Dataset, join, subset
from vibench.core.files import write_text
from vibench.core.molecules import Array
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.core.structure_errors import StructureErrors, structure_errors_csv
from vibench.data.splits import subset_index
from vibench.evaluate.calibration import calibrate
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import BLOCK_LENGTH, error_scores
from vibench.evaluate.learning_curve import CURVE_ERRORS, learning_curve_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.evaluate.structures import errors_alike, structure_errors
from vibench.pipeline.event_files import training_log
from vibench.pipeline.potentials import CommitteeRecipe, potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    ALL_STRUCTURES,
    FRAMES,
    HISTORY,
    RELIABILITY,
    SCORES,
    SPLIT,
    START_WEIGHTS,
    STRUCTURE_ERRORS,
    TEST,
    WEIGHTS,
    curve_role,
    dataset_name,
    is_model_role,
)
from vibench.pipeline.stages.recipes import EvaluateStage, LearningCurveStage, TrainStage
from vibench.pipeline.stages.test_sets import read_frame_times
from vibench.store.chunks import FileCheckpoint
from vibench.store.hdf5 import write_hdf5
from vibench.store.scores import read_scores, write_scores


def make_model(recipe: TrainStage, job: Job) -> Outcome:
    """Train on the input ``dataset``; write weights and the learning curve.

    Training begins with the weights in the file ``start``, if there is one.
    """
    from vibench.store.weights import read_weights, write_weights
    from vibench.train.trainer import Trainer

    dataset = job.dataset("dataset")
    split = read_split(job.path("split" if "split" in job.roles else "dataset", SPLIT))
    chosen = split.train if recipe.subset is None else subset_index(split.train, recipe.subset)
    start = job.optional_path(START_WEIGHTS, WEIGHTS)
    trainer = Trainer(
        dataset,
        chosen,
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
        "training_structures": len(np.unique(chosen)),
    }
    if not trained.outcome.finished:
        kept = f"kept are the parameters of epoch {trained.best_epoch}"
        observed["text"] = f"training diverged: {trained.outcome.reason}; {kept}"
        observed["diverged_at_step"] = trained.outcome.step
    return observed


def make_scores(recipe: EvaluateStage, job: Job) -> Outcome:
    """Compare predictions with labels.

    Of the input ``dataset`` the test structures are used; of any other data set all structures.
    On test sets, whose structures are frames of one trajectory per molecule, errors are also
    written structure by structure. The spread of a committee is compared with its errors. Of points
    of a learning curve the scores of errors are all that is written.
    """
    is_point = recipe.training_structures is not None
    name = recipe.name or potential_name(recipe.potential)
    scores: list[Score] = []
    structures: list[StructureErrors] = []
    curves: list[Reliability] = []
    parts = _judged(job)
    with job.potential(recipe.potential) as potential:
        for part, (data, time_fs) in parts.items():
            predicted = predict_in_batches(potential, data.molecules, job.progress)
            length = BLOCK_LENGTH
            if time_fs is not None:
                structures.append(
                    structure_errors(data, predicted, time_fs, model=name, dataset_name=part)
                )
                length = errors_alike(structures[-1])
            scores += error_scores(
                data, predicted, model=name, dataset_name=part, block_length=length
            )
            if isinstance(recipe.potential, CommitteeRecipe) and predicted.uncertainty is not None:
                members = len(recipe.potential.members)
                found = calibrate(
                    data,
                    predicted,
                    members=members,
                    model=name,
                    dataset_name=part,
                    block_length=length,
                )
                scores += found.scores
                curves += found.curves
        first, _ = next(iter(parts.values()))
        if not is_point:
            scores += [inference_time(potential, first.molecules, batch=size) for size in (1, 32)]
    count = _training_structures(recipe, job)
    labelled = [replace(one, training_structures=count) for one in scores]
    write_scores(job.workspace.path(SCORES), labelled)
    if structures and not is_point:
        write_text(job.workspace.path(STRUCTURE_ERRORS), structure_errors_csv(structures))
    if curves and not is_point:
        write_hdf5(job.workspace.path(RELIABILITY), curves)
    return {"text": "", "structures": {part: len(data) for part, (data, _) in parts.items()}}


def _training_structures(recipe: EvaluateStage, job: Job) -> int | None:
    if recipe.training_structures == "all":
        return len(read_split(job.path("dataset", SPLIT)).train)
    return recipe.training_structures


def _judged(job: Job) -> dict[str, tuple[Dataset, Array | None]]:
    """Return the data sets to judge by: name → structures, and their times in fs if they have any.

    Inputs of one name, which are of one molecule each, are joined.
    """
    whole: list[tuple[str, Dataset]] = []
    times: dict[str, list[Array]] = {}
    for role in job.roles:
        if is_model_role(role):
            continue
        name, data = dataset_name(role), job.dataset(role)
        if role == "dataset":
            name, data = TEST, subset(data, read_split(job.path(role, SPLIT)).test)
        elif role in job.inputs and FRAMES in job.inputs[role].checksums:
            times.setdefault(name, []).append(read_frame_times(job.path(role, FRAMES)))
        whole.append((name, data))
    return {
        name: (
            join([data for other, data in whole if other == name]),
            np.concatenate(times[name]) if name in times else None,
        )
        for name in dict.fromkeys(name for name, _ in whole)
    }


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
                if score.name in CURVE_ERRORS and score.molecule is None and score.dataset == TEST
            ]
            if role == curve_role(model, ALL_STRUCTURES):
                division = f"split {model}" if f"split {model}" in job.roles else "dataset"
                count = len(read_split(job.path(division, SPLIT)).train)
                found = [replace(score, model=model, training_structures=count) for score in found]
                last += found
            points += found
    conclusions = learning_curve_scores(points, recipe.targets)
    write_scores(job.workspace.path(SCORES), [*last, *conclusions])
    return {"text": "", "points": len(points)}
