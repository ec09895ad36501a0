"""Stages that make labelled structures: sampling and labelling, import, splits."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vibench.core.dataset import Dataset, join
from vibench.core.files import write_text
from vibench.core.modes import Modes
from vibench.core.molecules import Array, Molecules, concatenate, copies_at
from vibench.core.properties import Properties
from vibench.core.protocols import Potential
from vibench.core.reading import parse_json, read_text, understood
from vibench.core.streams import generator
from vibench.data.importing import import_dataset
from vibench.data.labelling import LABEL_NAMES, filter_failed, label
from vibench.data.molecules import build_molecule
from vibench.data.recipes import LabelRecipe
from vibench.data.sampling import frames_from_trajectories
from vibench.data.splits import Split, redivide, split_dataset
from vibench.pipeline.potentials import AnyPotentialRecipe, potential_name
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.motion import move
from vibench.pipeline.stages.names import DATASET, MODES, SPLIT
from vibench.pipeline.stages.recipes import DatasetStage, LabelStage, SplitStage, sampling_motion
from vibench.store.chunks import ChunkSink
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.vibrations.sampling import sample_normal_modes

_CHUNK_SIZE = 64


def make_labels(recipe: LabelStage, job: Job) -> Outcome:
    """Sample by dynamics and normal modes, label, and write a `Dataset`."""
    like = build_molecule(recipe.molecule)
    with job.potential(recipe.sampler or recipe.potential) as sampler:
        molecules, origin = _sample(recipe, job, sampler, like)
    dataset = labelled(
        job,
        recipe.potential,
        molecules,
        origin,
        {
            f"sampling of {like.names[0]}": recipe.label.model_dump_json(),
            f"sampler of {like.names[0]}": potential_name(recipe.sampler or recipe.potential),
        },
    )
    dataset, failed = filter_failed(dataset)
    write_hdf5(job.workspace.path(DATASET), dataset)
    text = f"{failed} structures without labels were left out" if failed else ""
    return {"text": text, "structures": len(dataset)}


def labelled(
    job: Job,
    recipe: AnyPotentialRecipe,
    molecules: Molecules[Array],
    trajectory_index: Array,
    provenance: Mapping[str, str],
) -> Dataset:
    """Label structures by a method, chunk by chunk, going on where an interrupted job stopped."""
    with job.potential(recipe) as potential:
        sink = ChunkSink(job.workspace.scratch / "labels")
        return label(
            molecules,
            potential,
            trajectory_index,
            level_of_theory=potential.name,
            chunk_size=_CHUNK_SIZE,
            done=[_labels(chunk) for chunk in sink.chunks()],
            keep=lambda part: sink.write({name: getattr(part, name) for name in LABEL_NAMES}, {}),
            progress=job.progress,
            provenance=provenance,
        )


def _labels(chunk: dict[str, Array]) -> Properties[Array]:
    return Properties(energy=chunk["energy"], forces=chunk["forces"], dipole=chunk["dipole"])


def _sample(
    recipe: LabelStage, job: Job, potential: Potential, like: Molecules[Array]
) -> tuple[Molecules[Array], Array]:
    """Return structures and the trajectory each comes from; displaced ones are independent."""
    parts, origins = [], []
    if recipe.label.from_dynamics:
        frames, origin = _sample_dynamics(recipe.label, job, potential, like)
        parts.append(frames)
        origins.append(origin)
    if recipe.label.from_normal_modes:
        minima = read_hdf5(job.path("start", MODES), list)
        displaced = _sample_modes(recipe.label, minima, like)
        parts.append(displaced)
        origins.append(1_000_000 + np.arange(len(displaced)))
    _, numbered = np.unique(np.concatenate(origins), return_inverse=True)
    return concatenate(parts), numbered


def _sample_dynamics(
    label_recipe: LabelRecipe,
    job: Job,
    potential: Potential,
    like: Molecules[Array],
) -> tuple[Molecules[Array], Array]:
    motion = sampling_motion(label_recipe)
    trajectories = move(job, potential, like, motion)
    per_trajectory = math.ceil(label_recipe.from_dynamics / motion.replicas)
    return frames_from_trajectories(trajectories, per_trajectory, {like.names[0]: like})


def _sample_modes(
    label_recipe: LabelRecipe, minima: list[Modes], like: Molecules[Array]
) -> Molecules[Array]:
    parts = []
    count = label_recipe.from_normal_modes
    for temperature_k in label_recipe.temperatures_k:
        rng = generator(label_recipe.seed, like.names[0], temperature_k, "normal modes")
        shares = np.array_split(np.arange(count), len(minima))
        for modes, share in zip(minima, shares, strict=True):
            positions = sample_normal_modes(
                modes, temperature_k=temperature_k, n=len(share), rng=rng
            )
            parts.append(copies_at(like, positions))
    return concatenate(parts)


def make_dataset(recipe: DatasetStage, job: Job) -> Outcome:
    """Write the `Dataset` and its division."""
    if recipe.file is not None:
        paths = {role: str(job.path(role, "")) for role in recipe.file.sources()}
        dataset = import_dataset(recipe.file.placed(paths))
    else:
        parts = sorted(role for role in job.roles if role.startswith("part "))
        dataset = join([job.dataset(role) for role in parts])
    split = split_dataset(dataset, recipe.split)
    write_hdf5(job.workspace.path(DATASET), dataset)
    write_split(split, job)
    return {"text": "", "structures": len(dataset), "level_of_theory": dataset.level_of_theory}


def make_split(recipe: SplitStage, job: Job) -> Outcome:
    """Write a division of the input ``dataset`` of its own for one model."""
    dataset = job.dataset("dataset")
    split = redivide(dataset, recipe.split, recipe.own)
    write_split(split, job)
    counts = {"train": len(split.train), "validation": len(split.validation)}
    return {"text": "", **counts, "test": len(split.test)}


def write_split(split: Split, job: Job) -> None:
    """Write a division of a data set into the result of a job."""
    content = {
        "train": split.train.tolist(),
        "validation": split.validation.tolist(),
        "test": split.test.tolist(),
    }
    write_text(job.workspace.path(SPLIT), json.dumps(content) + "\n")


def read_split(path: Path) -> Split:
    """Read a division of a data set.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    content = parse_json(read_text(path), str(path))
    with understood(str(path), "the division of a data set"):
        parts = {name: np.array(content[name], dtype=np.int64).reshape(-1) for name in content}
        return Split(**parts)
