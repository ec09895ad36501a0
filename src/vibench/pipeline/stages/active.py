"""Stages of active learning: exploration by a committee, labels, a larger data set, retraining."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from vibench.core.dataset import Dataset, join
from vibench.core.errors import InputError
from vibench.core.files import write_text
from vibench.core.molecules import Array, Molecules, copies_at, select
from vibench.core.protocols import Potential
from vibench.core.streams import generator
from vibench.core.trajectory import Trajectory
from vibench.data.active import Acquisition, acquire, force_uncertainty
from vibench.data.completeness import lost_frames, without
from vibench.data.descriptors import sorted_distances
from vibench.data.molecules import build_molecule
from vibench.data.splits import Split
from vibench.evaluate.prediction import predict_in_batches
from vibench.pipeline.stages.data import labelled, read_split, write_split
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.learning import make_model
from vibench.pipeline.stages.motion import described, move
from vibench.pipeline.stages.names import (
    ACQUIRED,
    CHOICE,
    DATASET,
    EARLIER_DATASET,
    EXPLORATION,
    HISTORY,
    SPLIT,
    START_WEIGHTS,
    TRAJECTORIES,
    VISITED,
    WEIGHTS,
)
from vibench.pipeline.stages.recipes import AcquireStage, ExploreStage, ExtendStage, TrainStage
from vibench.pipeline.stages.visits import Visit, read_visits, write_visits
from vibench.store.hdf5 import read_hdf5, write_hdf5

_ROUND: Final = "round "
"""Before the number of a round in the provenance of a data set."""


def _is_over(job: Job) -> bool:
    """Tell whether the round before added nothing to the data."""
    earlier = job.inputs.get(EARLIER_DATASET)
    return earlier is not None and earlier.digest == job.inputs["dataset"].digest


def make_next_model(recipe: TrainStage, job: Job) -> Outcome:
    """Train on from the weights of the round before; without new data these are the result."""
    if not _is_over(job):
        return make_model(recipe, job)
    for name in (WEIGHTS, HISTORY):
        shutil.copyfile(job.path(START_WEIGHTS, name), job.workspace.path(name))
    return {"text": "", "epochs": 0}


def make_exploration(recipe: ExploreStage, job: Job) -> Outcome:
    """Move a molecule on the committee; write `Trajectory` and the uncertainty of every frame.

    Frames of a trajectory that failed count up to its failure. After a round without new data
    nothing is written.
    """
    if _is_over(job):
        return {"text": ""}
    like = build_molecule(recipe.molecule)
    with job.potential(recipe.potential) as potential:
        trajectories = move(job, potential, like, recipe.dynamics)
        values = _uncertainties(job, potential, copies_at(like, _positions(trajectories)))
    write_hdf5(job.workspace.path(TRAJECTORIES), trajectories)
    write_visits(job.workspace.path(VISITED), _visits(trajectories, values))
    return described(trajectories, recipe.dynamics)


def _uncertainties(job: Job, potential: Potential, visited: Molecules[Array]) -> Array:
    """Return (structures,) force uncertainties in meV/Å."""
    if not len(visited):
        return np.zeros(0)
    spread = predict_in_batches(potential, visited, job.progress).uncertainty
    if spread is None or spread.forces is None:
        raise InputError(f"{potential.name} has no uncertainty of forces: it needs two members")
    return 1000.0 * force_uncertainty(visited, spread.forces)


def _positions(trajectories: Sequence[Trajectory]) -> Array:
    """Return (frames, atoms, 3) positions of all trajectories, end to end."""
    return np.concatenate([run.positions for run in trajectories])


def _visits(trajectories: Sequence[Trajectory], values: Array) -> list[Visit]:
    about = [
        (number, run.temperature_k, run.replica, frame * run.frame_stride * run.time_step_fs)
        for number, run in enumerate(trajectories)
        for frame in range(len(run.positions))
    ]
    return [Visit(*one, float(value)) for one, value in zip(about, values, strict=True)]


def make_acquisition(recipe: AcquireStage, job: Job) -> Outcome:
    """Choose among the structures visited and label them; write a `Dataset`, if any are chosen."""
    if TRAJECTORIES not in job.inputs[EXPLORATION].checksums:
        return {"text": "", "structures": 0}
    like = build_molecule(recipe.molecule)
    positions = _positions(read_hdf5(job.path(EXPLORATION, TRAJECTORIES), list))
    visits = read_visits(job.path(EXPLORATION, VISITED))
    found = _acquire(recipe, job, like, positions, visits)
    chosen = found.chosen
    if len(chosen):
        origin = np.array([visits[index].trajectory for index in chosen])
        settings = {f"acquisition of {like.names[0]}": recipe.acquisition.model_dump_json()}
        structures = copies_at(like, positions[chosen])
        dataset = labelled(job, recipe.potential, structures, origin, settings)
        lost = lost_frames(dataset)
        chosen = np.delete(chosen, lost)
        if len(chosen):
            write_hdf5(job.workspace.path(DATASET), without(dataset, lost))
    write_visits(job.workspace.path(ACQUIRED), [visits[index] for index in chosen])
    choice = {
        "structures": len(chosen),
        "converged": found.converged,
        "uncertain_share": found.uncertain_share,
    }
    write_text(job.workspace.path(CHOICE), json.dumps(choice) + "\n")
    return {"text": _remark(recipe, found, len(chosen)), **choice}


def _acquire(
    recipe: AcquireStage,
    job: Job,
    like: Molecules[Array],
    positions: Array,
    visits: Sequence[Visit],
) -> Acquisition:
    """Choose structures that differ from those of the data set so far."""
    data = job.dataset("dataset")
    inside = np.array([name == like.names[0] for name in data.molecules.names])
    known = select(data.molecules, np.flatnonzero(inside)).positions.reshape(
        -1, len(like.numbers), 3
    )
    return acquire(
        sorted_distances(like.numbers, positions),
        np.array([visit.force_uncertainty_mev_per_angstrom for visit in visits]),
        recipe.acquisition,
        known=sorted_distances(like.numbers, known),
        rng=generator("active learning", recipe.seed, like.names[0]),
    )


def _remark(recipe: AcquireStage, found: Acquisition, kept: int) -> str:
    """Return what a reader should know of a choice: what was lost, and why there was none."""
    failed = len(found.chosen) - kept
    if failed:
        return f"{failed} structures without labels were left out"
    if kept or found.converged:
        return ""
    limit = recipe.acquisition.unphysical_mev_per_angstrom
    return (
        f"no structure to label: no frame was visited, or all uncertain ones are above {limit:g} "
        "meV/Å; begin with more structures"
    )


def make_extension(recipe: ExtendStage, job: Job) -> Outcome:
    """Add the labelled structures of a round; write the `Dataset` and its division.

    New structures follow those that were there, and are for training and validation only; the
    provenance says which round each is from. Without new structures both files are copies.
    """
    parts = sorted(
        role
        for role in job.inputs
        if role.startswith("part ") and DATASET in job.inputs[role].checksums
    )
    before = job.dataset("dataset")
    round_ = 1 + sum(key.startswith(_ROUND) for key in before.provenance)
    if not parts:
        for name in (DATASET, SPLIT):
            shutil.copyfile(job.path("dataset", name), job.workspace.path(name))
        text = f"converged in round {round_}" if _converged(job) else ""
        return {"text": text, "structures": len(before), "added": 0}
    dataset = join([before, *map(job.dataset, parts)])
    added = np.arange(len(before), len(dataset))
    dataset = _with_round(dataset, round_, added)
    order = generator("active learning", recipe.seed, "division").permutation(added)
    validation, train = np.split(order, [round(recipe.validation_share * len(added))])
    split = read_split(job.path("dataset", SPLIT))
    write_hdf5(job.workspace.path(DATASET), dataset)
    write_split(
        Split(
            train=np.sort(np.concatenate([split.train, train])),
            validation=np.sort(np.concatenate([split.validation, validation])),
            test=split.test,
        ),
        job,
    )
    return {"text": "", "structures": len(dataset), "added": len(added)}


def _converged(job: Job) -> bool:
    """Tell whether no molecule had uncertain structures in this round, the first without any."""
    parts = [role for role in job.inputs if role.startswith("part ")]
    return all(
        CHOICE in job.inputs[role].checksums
        and json.loads(job.path(role, CHOICE).read_text(encoding="utf-8"))["converged"]
        for role in parts
    )


def _with_round(dataset: Dataset, round_: int, added: Array) -> Dataset:
    """Return *dataset* with a fact that tells which structures a round has added."""
    fact = {f"{_ROUND}{round_}": f"structures {added[0]} to {added[-1]}, counted from 0"}
    return replace(dataset, provenance={**dataset.provenance, **fact})
