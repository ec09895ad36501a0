"""Stages of test sets: frames of reference dynamics with labels, and correlations of errors."""

import csv
import io
from pathlib import Path

import numpy as np

from vibench.core.errors import InputError
from vibench.core.files import write_text
from vibench.core.molecules import Array, copies_at
from vibench.core.reading import parse_number, read_text, understood
from vibench.core.structure_errors import StructureErrors, parse_structure_errors_csv
from vibench.core.trajectory import Trajectory
from vibench.data.completeness import lost_frames
from vibench.data.labelling import filter_failed
from vibench.data.molecules import build_molecule
from vibench.data.selection import select_frames
from vibench.evaluate.correlations import error_correlations
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.data import labelled
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    CORRELATIONS,
    DATASET,
    FRAMES,
    STRUCTURE_ERRORS,
    TRAJECTORIES,
)
from vibench.pipeline.stages.recipes import CorrelationStage, TestSetStage
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_correlations


def make_test_set(recipe: TestSetStage, job: Job) -> Outcome:
    """Take frames from the reference's dynamics and label them; write a `Dataset` and its times.

    Structures keep their order in time and belong to one trajectory, whatever their kind, as even
    distant frames may be alike.
    """
    like = build_molecule(recipe.molecule)
    trajectory: Trajectory = read_hdf5(job.path("dynamics", TRAJECTORIES), list)[0]
    frames = select_frames(trajectory, recipe.selection)
    dataset = labelled(
        job,
        recipe.potential,
        copies_at(like, trajectory.positions[frames]),
        np.zeros(len(frames), np.int64),
        {
            f"selection of {like.names[0]}": recipe.selection.model_dump_json(),
            f"dynamics of {like.names[0]}": f"{potential_name(recipe.potential)}, "
            f"{trajectory.thermostat}, {trajectory.temperature_k:g} K",
        },
    )
    frames = np.delete(frames, lost_frames(dataset))
    dataset, failed = filter_failed(dataset)
    write_hdf5(job.workspace.path(DATASET), dataset)
    spacing_fs = trajectory.frame_stride * trajectory.time_step_fs
    _write_frames(job.workspace.path(FRAMES), frames, spacing_fs * frames)
    text = f"{failed} structures without labels were left out" if failed else ""
    return {"text": text, "structures": len(dataset)}


def _write_frames(path: Path, frames: Array, time_fs: Array) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("frame", "time_fs"))
    writer.writerows(zip(frames.tolist(), time_fs.tolist(), strict=True))
    write_text(path, text.getvalue())


def read_frame_times(path: Path) -> Array:
    """Return (structures,) times in fs of the structures of a test set.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
    with understood(str(path), "a table with a column time_fs"):
        times = np.array([parse_number(row["time_fs"]) for row in rows])
    if not np.isfinite(times).all():
        raise InputError(f"{path}: a time is not a finite number")
    return times


def make_correlations(recipe: CorrelationStage, job: Job) -> Outcome:
    """Correlate the errors of all models on one test set; write `ErrorCorrelation`."""
    errors = [_errors(recipe.dataset, job.path(model, STRUCTURE_ERRORS)) for model in recipe.models]
    write_correlations(job.workspace.path(CORRELATIONS), error_correlations(errors))
    return {"text": "", "structures": len(errors[0].molecules)}


def _errors(dataset: str, path: Path) -> StructureErrors:
    found = parse_structure_errors_csv(read_text(path), str(path))
    return next(one for one in found if one.dataset == dataset)
