"""Protocols of a study: what must be equal elsewhere for its scores to be comparable.

Seeds, names of models and what models learned from do not count: they are what is compared, or
chance. Files count by their content, not by where they lie.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from vibench.core.dataset import Dataset, subset
from vibench.core.files import sha256
from vibench.core.record import NUMERICS
from vibench.data.paths import data_source
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.potentials import potential_files, potential_name
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.names import DATASET, SPLIT, TEST, dataset_name
from vibench.pipeline.stages.recipes import FrequenciesStage
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import task_name
from vibench.pipeline.test_set_tasks import judged_by
from vibench.report.protocols import Protocol
from vibench.store.artefacts import Artefact
from vibench.store.hdf5 import read_hdf5

_CHECKS: Final = {"hessian_check", "precision_check"}
"""Settings of vibrations that add to what is measured and change nothing of it."""


def study_protocols(study: Study, artefacts: Mapping[str, Artefact]) -> tuple[Protocol, ...]:
    """Return the protocols of all scores of a study that others may be compared with.

    Parameters
    ----------
    study
        The study.
    artefacts
        Task name → result; where one is missing, there is no protocol.
    """
    found = [*_errors(study, artefacts)]
    for molecule in (*study.data.molecules, *study.data.unseen):
        found += _of_molecule(study, molecule, artefacts)
    return tuple(found)


def _errors(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[Protocol]:
    """Yield one protocol per data set that models are judged by."""
    sets: dict[str, dict[str, Artefact | None]] = {}
    for role, task in judged_by(study).items():
        name = TEST if role == "dataset" else dataset_name(role)
        sets.setdefault(name, {})[role.partition(" · ")[2]] = artefacts.get(task)
    for name, members in sets.items():
        judged = {
            molecule: _judged(artefact, test_only=name == TEST)
            for molecule, artefact in members.items()
            if artefact is not None
        }
        if len(judged) == len(members):
            settings = {
                "numerics": NUMERICS,
                "level of theory": sorted({one.level_of_theory for one in judged.values()}),
                "structures": sum(len(one) for one in judged.values()),
                "test data": {
                    molecule or "all molecules": one.checksum[:16]
                    for molecule, one in judged.items()
                },
            }
            yield Protocol("errors", settings, dataset=name)


def _judged(artefact: Artefact, *, test_only: bool) -> Dataset:
    """Return the structures that models are judged by."""
    data = read_hdf5(artefact.file(DATASET), Dataset)
    return subset(data, read_split(artefact.file(SPLIT)).test) if test_only else data


def _of_molecule(
    study: Study, molecule: MoleculeRecipe, artefacts: Mapping[str, Artefact]
) -> Iterator[Protocol]:
    shared = {
        "numerics": NUMERICS,
        "molecule": _molecule(molecule),
        "conformers": study.data.conformers,
        "vibrations": study.vibrations.model_dump(mode="json", exclude=_CHECKS),
    }
    motion = {"dynamics": _motion(study.dynamics), "spectra": study.spectra.model_dump(mode="json")}
    compare = {"compare": study.compare.model_dump(mode="json")}
    if study.reference is not None:
        reference = _reference(study)
        matching = {
            "degenerate_within_cm1": FrequenciesStage.model_fields["degenerate_within_cm1"].default
        }
        settings = shared | {"reference": reference} | matching
        name = potential_name(study.reference)
        yield Protocol("harmonic", settings, molecule.name, name)
        if study.dynamics is not None and study.reference_dynamics.run:
            own = _motion(study.reference_dynamics.of(study.dynamics))
            settings = shared | {"reference": reference, "reference dynamics": own}
            yield Protocol("spectra", settings | motion | compare, molecule.name, name)
    measured = artefacts.get(task_name("measured", molecule.name))
    if measured is not None and study.dynamics is not None:
        identity = measured.record.identity
        recipe = {k: v for k, v in identity.recipe["measured"].items() if k != "path"}
        settings = shared | {"measured": recipe | {"checksum": identity.inputs["measured"][:16]}}
        yield Protocol("spectra", settings | motion | compare, molecule.name, "measured")
    if molecule.name in study.observed:
        observed = list(study.observed[molecule.name].fundamentals_cm1)
        settings = shared | {"fundamentals_cm1": observed} | motion
        settings |= {"bands": study.bands.model_dump(mode="json")}
        yield Protocol("fundamentals", settings, molecule.name, "observed")


def _reference(study: Study) -> dict[str, Any]:
    """Return the settings of the reference; trained models in it count by their weights."""
    if study.reference is None:
        return {}
    files = potential_files(study.reference)
    weights = {role: sha256(data_source(path))[:16] for role, path in files.items()}
    settings: dict[str, Any] = _without_paths(study.reference.model_dump(mode="json"))
    return settings | ({"weights": weights} if weights else {})


def _without_paths(settings: Any) -> Any:
    if isinstance(settings, Mapping):
        return {key: _without_paths(value) for key, value in settings.items() if key != "path"}
    return [_without_paths(one) for one in settings] if isinstance(settings, list) else settings


def _molecule(molecule: MoleculeRecipe) -> dict[str, Any]:
    settings = molecule.model_dump(mode="json")
    if molecule.file is not None:
        settings["file"] = sha256(data_source(molecule.file))[:16]
    return settings


def _motion(dynamics: DynamicsRecipe | None) -> dict[str, Any] | None:
    """Return settings of dynamics; temperatures are those of the scores, and seeds are chance."""
    if dynamics is None:
        return None
    return dynamics.model_dump(mode="json", exclude={"seed", "temperatures_k"})
