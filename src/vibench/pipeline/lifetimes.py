"""How long the trajectories of a study lasted, gathered from the records of its dynamics."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from vibench.data.molecules import build_molecule
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.robustness_tasks import HOT, NVE
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import task_name
from vibench.report.results import Lifetimes, Purpose, Role, StudyMolecule
from vibench.store.artefacts import Artefact


class _Source(NamedTuple):
    """A potential and the part it plays."""

    name: str
    role: Role
    member_of: str | None = None


def study_molecules(study: Study) -> Iterator[StudyMolecule]:
    """Yield the molecules of a study with their sizes, those of the training data first."""
    for unseen, molecules in ((False, study.data.molecules), (True, study.data.unseen)):
        for recipe in molecules:
            yield StudyMolecule(recipe.name, build_molecule(recipe).n_atoms, unseen)


def gathered_lifetimes(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[Lifetimes]:
    """Yield how long the trajectories of every potential lasted, molecule by molecule.

    Those of the reference's repetition are not among them, nor those for test sets.
    """
    sources = [
        _Source(one.name, "model") if one is model else _Source(one.name, "member", model.name)
        for model in study.models
        for one in model.members
    ]
    if study.reference is not None:
        sources.append(_Source(potential_name(study.reference), "reference"))
    for source in sources:
        for molecule in (*study.data.molecules, *study.data.unseen):
            about = (source.name, molecule.name)
            for kind in ((), (NVE,), (HOT,)):
                artefact = artefacts.get(task_name("dynamics", *about, *kind))
                if artefact is not None:
                    purpose: Purpose = "stability" if kind else "spectra"
                    yield from _of_task(artefact, source, molecule.name, purpose)


def _of_task(
    artefact: Artefact, source: _Source, molecule: str, purpose: Purpose
) -> Iterator[Lifetimes]:
    """Yield the lifetimes at each temperature of one task."""
    dynamics = DynamicsRecipe.model_validate(artefact.record.identity.recipe["dynamics"])
    failures = artefact.record.observed["outcome"].get("failures", [])
    for temperature_k in dynamics.temperatures_k:
        here = [one for one in failures if one["temperature_k"] == temperature_k]
        steps = np.full(dynamics.replicas, dynamics.total_steps + 1)
        steps[: len(here)] = [one["step"] for one in here]
        yield Lifetimes(
            purpose=purpose,
            source=source.name,
            role=source.role,
            molecule=molecule,
            temperature_k=temperature_k,
            duration_fs=steps * dynamics.time_step_fs,
            failed=np.arange(dynamics.replicas) < len(here),
            reasons=tuple(dict.fromkeys(one["reason"] for one in here)),
            member_of=source.member_of,
        )
