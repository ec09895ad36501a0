"""Catalogue: every potential there is, what it predicts, and what its use needs.

Nothing is imported to find out: packages are looked up by their metadata, models by the header of
their files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ase.data import chemical_symbols

from vibench.core.errors import InputError
from vibench.pipeline.machine import installed_version
from vibench.potentials.adapters.plugin import installed_plugins
from vibench.potentials.recipes import (
    AnyArchitecture,
    FieldSchNetRecipe,
    parse_architecture,
    predicted,
)

type Answer = Literal["yes", "no", "depends"]

_ORDER = ("energy", "forces", "dipole", "polarizability", "charges")
_ARCHITECTURES: tuple[AnyArchitecture, ...] = tuple(
    recipe() for recipe in get_args(AnyArchitecture.__value__)
)


@dataclass(frozen=True, slots=True)
class PotentialEntry:
    """One potential of the catalogue."""

    name: str
    """How it is called: as ``--potential``, or as ``architecture`` of a model to train."""
    group: Literal["method", "architecture", "other code", "plugin"]
    """Computed, trained by vibench, trained by another code, or of another package."""
    predicts: tuple[str, ...]
    """Names of the properties; empty if that is known only when it is opened."""
    ions: Answer
    """Whether molecules may carry a charge or unpaired electrons."""
    field: Answer
    """Whether molecules may lie in an electric field."""
    package: str
    """The package that does the work."""
    version: str | None
    """Version of that package, or None if it is not installed."""
    install: str
    """Command that installs it; empty if it is there."""
    note: str = ""
    """What else there is to know."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What the file of a trained model says."""

    path: str
    """The file."""
    architecture: str
    """Name of the architecture."""
    parameters: int
    """Number of trained parameters."""
    size_mib: float
    """Size of the file in MiB."""
    elements: tuple[str, ...]
    """Symbols of the elements it was trained on."""
    predicts: tuple[str, ...]
    """Names of the properties it predicts."""
    ions: bool
    """Whether ions or radicals were among its training data."""
    level_of_theory: str
    """Method of the labels it was trained on."""


def known_potentials() -> list[PotentialEntry]:
    """Return every kind of potential and every architecture, installed or not, and all plugins."""
    return [*_methods(), *_architectures(), *_other_codes(), *_plugins()]


def model_entry(path: Path) -> ModelEntry:
    """Return what the file of a trained model says about it; nothing in it is executed.

    Raises
    ------
    InputError
        If it is not a model of vibench.
    """
    from vibench.store.weights import read_weights

    if path.suffix != ".safetensors":
        raise InputError(
            f"{path}: only models of vibench (.safetensors) say what they are without being "
            "opened; make one of a model of another code with: vibench models import"
        )
    weights = read_weights(path)
    recipe = parse_architecture(weights.architecture)
    return ModelEntry(
        path=str(path),
        architecture=recipe.architecture,
        parameters=sum(int(array.size) for array in weights.arrays.values()),
        size_mib=round(path.stat().st_size / 2**20, 2),
        elements=tuple(chemical_symbols[number] for number in sorted(weights.reference_energies)),
        predicts=_all_outputs(recipe),
        ions=weights.charged,
        level_of_theory=weights.level_of_theory,
    )


def _methods() -> list[PotentialEntry]:
    both = ("energy", "forces", "dipole")
    return [
        _entry("gfn2", "method", (*both, "charges"), "tblite", "pip install tblite", ions="yes"),
        _entry("gfn1", "method", (*both, "charges"), "tblite", "pip install tblite", ions="yes"),
        _entry("pyscf:FUNCTIONAL/BASIS", "method", both, "pyscf", _extra("pyscf"), ions="yes"),
        _entry(
            "ase:NAME",
            "method",
            (),
            "ase",
            "",
            ions="depends",
            note="emt, lj, morse, psi4, tblite; any module:Class with --allow-import",
        ),
    ]


def _architectures() -> list[PotentialEntry]:
    return [
        _entry(
            recipe.architecture,
            "architecture",
            _all_outputs(recipe),
            "vibench",
            "",
            ions="depends",
            field="yes" if isinstance(recipe, FieldSchNetRecipe) else "no",
            note="ions if it was trained on some",
        )
        for recipe in _ARCHITECTURES
    ]


def _other_codes() -> list[PotentialEntry]:
    note = "needs --trust, as its files can execute code; or: vibench models import"
    codes: list[tuple[str, str, Answer]] = [
        ("schnetpack", "schnetpack", "depends"),
        ("mace", "mace-torch", "no"),
    ]
    return [
        _entry(
            f"{name}:FILE",
            "other code",
            (),
            package,
            _extra(name),
            ions=answer,
            field=answer,
            note=note,
        )
        for name, package, answer in codes
    ]


def _plugins() -> list[PotentialEntry]:
    found = []
    for name, entry in sorted(installed_plugins().items()):
        package = "(unknown)" if entry.dist is None else entry.dist.name
        version = None if entry.dist is None else entry.dist.version
        found.append(PotentialEntry(name, "plugin", (), "depends", "depends", package, version, ""))
    return found


def _entry(
    name: str,
    group: Literal["method", "architecture", "other code"],
    predicts: tuple[str, ...],
    package: str,
    install: str,
    *,
    ions: Answer,
    field: Answer = "no",
    note: str = "",
) -> PotentialEntry:
    version = installed_version(package)
    missing = install if version is None else ""
    return PotentialEntry(name, group, predicts, ions, field, package, version, missing, note)


def _extra(name: str) -> str:
    return f"pip install 'vibench[{name}]'"


def _all_outputs(recipe: AnyArchitecture) -> tuple[str, ...]:
    """Return what models of an architecture predict, what follows from a field included."""
    found = predicted(recipe)
    if isinstance(recipe, FieldSchNetRecipe):
        found |= {"polarizability"}
    return tuple(name for name in _ORDER if name in found)
