"""The time that the work of a study takes on this machine, measured on a few steps of each kind."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, select, with_positions
from vibench.core.properties import Properties
from vibench.core.streams import generator
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.potentials import AnyPotentialRecipe, open_potential, potential_files
from vibench.pipeline.pricing import Work
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe, Study
from vibench.pipeline.tasks import Resources

_REPEATS = 3
_SLOW_S = 1.0
_DISPLACEMENT_ANGSTROM = 0.02
_TIMED_BATCH = 64


def measured_hours(study: Study, work: Sequence[Work], resources: Resources) -> list[float | None]:
    """Return the core-hours of each piece of *work* on one core of this machine, or None.

    One step of training and one evaluation of a batch are timed, with untrained networks of the
    right size and the molecules of the study in equal numbers; of a reference method one evaluation
    of every molecule. A method that cannot be used here has no time.

    Raises
    ------
    InputError
        If a molecule of the study cannot be built.
    """
    import torch

    torch.set_num_threads(1)
    molecules = (*study.data.molecules, *study.data.unseen)
    rates: dict[tuple[str, str], float] = {}
    for model in study.models:
        if model.potential is None:
            rates |= _model_rates(study, model, resources)
        else:
            seconds = _method_rate(model.potential, molecules, resources)
            rates["dynamics", model.name] = seconds
    if study.reference is not None:
        seconds = _method_rate(study.reference, molecules, resources)
        rates["reference", ""] = seconds
    if study.data.sampler is not None:
        rates["sampler", ""] = _method_rate(study.data.sampler, molecules, resources)
    return [_hours(one, rates, {model.name for model in study.models}) for one in work]


def _hours(work: Work, rates: Mapping[tuple[str, str], float], models: set[str]) -> float | None:
    if work.part == "sampler":
        key = ("sampler", "")
    elif work.potential not in models or work.kind in {"labels", "sampling"}:
        key = ("reference", "")
    elif work.kind in {"dynamics", "exploration", "robustness"}:
        key = ("dynamics", work.potential)
    else:
        key = (f"training {work.part}", work.potential)
    if work.amount is None or math.isnan(rates[key]):
        return None
    return work.amount * rates[key] / 3600


def _model_rates(
    study: Study, model: ModelRecipe, resources: Resources
) -> dict[tuple[str, str], float]:
    """Return seconds per structure pass of each part, and per molecule-step of both together."""
    geometries = [build_molecule(molecule) for molecule in study.data.molecules]
    rates: dict[tuple[str, str], float] = {}
    step = 0.0
    for part, name in ((model, "whole"), (model.dipole, "dipole")):
        if part is not None:
            training, evaluation = _network_rates(geometries, part, resources)
            rates[f"training {name}", model.name] = training
            step += evaluation
    return rates | {("dynamics", model.name): step}


def _network_rates(
    geometries: Sequence[Molecules[Array]],
    part: ModelRecipe | DipoleModelRecipe,
    resources: Resources,
) -> tuple[float, float]:
    from vibench.potentials.learned import LearnedPotential
    from vibench.train.trainer import Trainer

    size = part.training.batch_size
    again = len(geometries) * math.ceil(size / len(geometries))  # the first molecule once more
    structures = _displaced(geometries, again + 1)
    batch_index = np.arange(size)
    trainer = Trainer(
        _with_labels(structures),
        batch_index,
        np.array([again]),
        architecture=part.architecture,
        recipe=part.training,
        device=resources.device,
    )
    training = _seconds(lambda: trainer.step(batch_index)) / size
    weights = replace(trainer.weights, arrays=trainer.best)
    potential = LearnedPotential(weights, name="", dtype="float32", device=resources.device)
    batch = _displaced(geometries, _TIMED_BATCH)
    return training, _seconds(lambda: potential(batch)) / len(batch)


def _method_rate(
    recipe: AnyPotentialRecipe, molecules: Sequence[MoleculeRecipe], resources: Resources
) -> float:
    """Return seconds per evaluation of a method, as a mean over molecules; NaN without it."""
    geometries = [build_molecule(molecule) for molecule in molecules]
    seconds = 0.0
    try:
        files = {role: Path(path) for role, path in potential_files(recipe).items()}
        with open_potential(recipe, files, resources) as potential:
            for geometry in geometries:
                seconds += _first_seconds(partial(potential, geometry))
    except InputError:  # not installed, or a permission is missing: the rest still has a price
        return math.nan
    return seconds / len(molecules)


def _displaced(geometries: Sequence[Molecules[Array]], count: int) -> Molecules[Array]:
    molecules = select(concatenate(geometries), np.arange(count) % len(geometries))
    rng = generator("timing")
    shift = rng.normal(0, _DISPLACEMENT_ANGSTROM, molecules.positions.shape)
    return with_positions(molecules, molecules.positions + shift)


def _with_labels(molecules: Molecules[Array]) -> Dataset:
    """Return structures with random labels: what is learned does not matter to the time."""
    count, rng = len(molecules), generator("labels for timing")
    energy, dipole = rng.normal(size=count), rng.normal(size=(count, 3))
    forces = rng.normal(size=(molecules.n_atoms, 3))
    labels = Properties(energy=energy, forces=forces, dipole=dipole)
    return Dataset(molecules, labels, "none", np.arange(count))


def _first_seconds(action: Callable[[], object]) -> float:
    """Return the time of one call; of a quick one without what only the first has to do."""
    began = time.perf_counter()
    action()
    first = time.perf_counter() - began
    return first if first > _SLOW_S else _seconds(action)


def _seconds(action: Callable[[], object]) -> float:
    action()  # the first call compiles, allocates and records
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return median(times)
