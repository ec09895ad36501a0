"""Task: one piece of work of a study, as plain data that can be sent anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vibench.core.errors import InputError
from vibench.core.files import sha256
from vibench.core.recipe import Recipe
from vibench.core.record import Identity
from vibench.data.paths import data_source
from vibench.store.artefacts import Artefact

REPEAT = "repeat of"
"""Before the name of the reference where it runs a second time."""


def task_name(stage: str, *about: str) -> str:
    """Return the name of a task, e.g. ``"dynamics · PaiNN · methanol"``."""
    return " · ".join((stage, *about))


def make_task(
    stage: str,
    name: str,
    recipe: Recipe,
    inputs: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> "Task":
    """Return a run of a stage with settings that are not in JSON form yet."""
    return Task(name, stage, recipe.model_dump(mode="json"), inputs or {}, files or {})


def dipole_part(model: str) -> str:
    """Return the name of the second part of a model, which gives its dipole."""
    return f"{model}, dipole"


def seed_part(model: str, seed: int) -> str:
    """Return the name of one training of a model."""
    return f"{model}, seed {seed}"


def without_seed(name: str) -> str:
    """Return the name of a model, given that of one of its trainings."""
    return name.partition(", seed ")[0]


def curve_point(model: str, structures: int) -> str:
    """Return the name of a model, or of a part of one, trained on that many structures."""
    return f"{model}, {structures} structures"


def round_part(name: str, round_: int) -> str:
    """Return the name of a model, or of a task about one, in one round of active learning."""
    return f"{name}, round {round_}"


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a stage."""

    name: str
    """What it is about, unique in its graph, e.g. ``"dynamics · PaiNN · methanol"``."""
    stage: str
    """Name of the stage, a key of `vibench.pipeline.stages.table.STAGES`."""
    recipe: Mapping[str, Any]
    """Settings in JSON form."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Role → name of the task whose result is used."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Role → path of a file from outside."""

    def identity(self, results: Mapping[str, Artefact]) -> Identity:
        """Return what the result of this task is, given the *results* of the tasks before it."""
        digests = {role: results[name].digest for role, name in self.inputs.items()}
        digests |= {role: _file_digest(Path(path)) for role, path in self.files.items()}
        molecule = self.recipe.get("molecule")
        if isinstance(molecule, Mapping) and molecule.get("file") is not None:
            digests["geometry"] = sha256(data_source(molecule["file"]))
        return Identity(stage=self.stage, recipe=self.recipe, inputs=digests)


@dataclass(frozen=True, slots=True)
class Resources:
    """What one task may use. It does not change what the task computes."""

    threads: int = 1
    """Threads of numerical libraries."""
    workers: int = 1
    """Processes among which a reference method may spread its molecules."""
    device: str = "auto"
    """Device of networks: ``"auto"``, ``"cpu"`` or ``"cuda"``."""
    allow_import: bool = False
    """Whether calculators named ``module:Class`` may be imported."""
    trust: bool = False
    """Whether model files of other codes, which can execute code, may be opened."""
    tensorboard: str | None = None
    """Folder for TensorBoard's event files of trainings; None for none."""


def _file_digest(path: Path) -> str:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    return sha256(path)
