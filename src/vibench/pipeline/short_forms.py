"""Short forms: how potentials and molecules are named on the command line."""

from pathlib import Path
from typing import Any

from vibench.core.errors import InputError, suggestion, unknown_name
from vibench.core.reading import parse_toml, read_text
from vibench.data.molecules import check_molecule, is_known, known_names
from vibench.data.paths import placed_path
from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.parsing import parse, parse_potential
from vibench.pipeline.potentials import (
    AnyPotentialRecipe,
    in_precision,
    potential_files,
)
from vibench.potentials.adapters.plugin import installed_plugins

POTENTIAL_FORMS = (
    "gfn2, gfn1, pyscf:FUNCTIONAL/BASIS, ase:NAME, MODEL.safetensors, schnetpack:FILE, mace:FILE, "
    "the NAME of an installed plugin, SETTINGS.toml, or ENERGY+DIPOLE of these"
)


def read_potential(text: str, *, dtype: str) -> tuple[AnyPotentialRecipe, dict[str, str]]:
    """Read a potential from its short form, and the files it needs, by role.

    Parameters
    ----------
    text : one of `POTENTIAL_FORMS`
    dtype : precision of trained models, as `in_precision` takes it

    Raises
    ------
    InputError
        If the text is none of the known forms, or a file is not there.
    """
    settings = _simple(text) or _joined(text)
    if settings is None:
        known = sorted(installed_plugins())
        raise InputError(
            f"unknown potential {text!r}.{suggestion(text, ['gfn1', 'gfn2', *known])} "
            f"Give {POTENTIAL_FORMS}"
        )
    source = text if text.endswith(".toml") else f"potential {text!r}"
    recipe = in_precision(parse_potential(settings, source), dtype)
    return recipe, potential_files(recipe)


def is_network(text: str) -> bool:
    """Tell whether the energy of a potential comes from a trained model, by its short form."""
    settings = _joined(text) or _simple(text) or {}
    first = next(iter(settings.get("members", [])), settings)
    energy = first.get("energy") or first
    return energy.get("kind") in {"learned", "schnetpack", "mace"}


def _joined(text: str) -> dict[str, Any] | None:
    """Return the settings of ENERGY+DIPOLE, where both sides are short forms."""
    for place in (place for place, letter in enumerate(text) if letter == "+"):
        energy, dipole = _simple(text[:place]), _simple(text[place + 1 :])
        if energy is not None and dipole is not None:
            return {"kind": "composite", "energy": energy, "dipole": dipole}
    return None


def _simple(text: str) -> dict[str, Any] | None:
    """Return the settings that a short form stands for, or None if it is none by itself.

    A plus sign may be part of a basis set or of a file's name: then the text as a whole counts.
    """
    kind, _, rest = text.partition(":")
    plus = "+" in text and _joined(text) is not None
    if plus and not (Path(text).is_file() or Path(rest).is_file()):
        return None
    settings: dict[str, Any] | None = None
    match kind, rest:
        case "gfn2" | "gfn1", "":
            settings = {"kind": "gfn2", "method": f"GFN{kind[-1]}-xTB"}
        case "pyscf", rest if "/" in rest:
            functional, _, basis = rest.partition("/")
            settings = {"kind": "pyscf", "functional": functional, "basis": basis}
        case "ase", rest if rest:
            settings = {"kind": "ase", "calculator": rest}
        case (("schnetpack" | "mace"), rest) if rest:
            settings = {"kind": kind, "path": rest}
        case "plugin", rest if rest:
            settings = {"kind": "plugin", "name": rest}
        case _ if text.endswith(".safetensors"):
            settings = {"kind": "learned", "path": text}
        case _ if text.endswith(".toml"):
            settings = _placed(read_toml(Path(text)), Path(text).parent)
        case _ if text in installed_plugins():
            settings = {"kind": "plugin", "name": text}
    return settings


def _placed(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return settings of a potential with the paths in them relative to *folder*."""
    changed: dict[str, Any] = {}
    for key, value in settings.items():
        if key == "path" and isinstance(value, str):
            changed[key] = placed_path(value, folder)
        elif key in {"energy", "dipole"} and isinstance(value, dict):
            changed[key] = _placed(value, folder)
        elif key == "members" and isinstance(value, list):
            changed[key] = [_placed(one, folder) if isinstance(one, dict) else one for one in value]
    return settings | changed


def read_molecule(text: str) -> MoleculeRecipe:
    """Read a molecule: a file that exists, ``NAME=SMILES``, or a name.

    A file that ends with ``.toml`` holds settings of a molecule: charge, isotopes, an electric
    field; any other holds a geometry.

    Raises
    ------
    InputError
        If the molecule cannot be built: no such file, an unknown name, an unreadable SMILES.
    """
    path = Path(text)
    if path.is_file() and path.suffix == ".toml":
        molecule = parse(MoleculeRecipe, read_toml(path), text)
        if molecule.file is not None:
            file = placed_path(molecule.file, path.parent)
            molecule = molecule.model_copy(update={"file": file})
    elif path.is_file():
        molecule = MoleculeRecipe(name=path.stem, file=text)
    elif "=" in text:
        name, _, smiles = text.partition("=")
        molecule = MoleculeRecipe(name=name, smiles=smiles)
    elif is_known(text):
        molecule = MoleculeRecipe(name=text)
    else:
        raise _no_molecule(text)
    check_molecule(molecule)
    return molecule


def _no_molecule(text: str) -> InputError:
    path = Path(text)
    if path.suffix or path.exists() or len(path.parts) > 1:
        found = f"{text} is a folder" if path.is_dir() else f"there is no file {text}"
        return InputError(
            f"{found}; a molecule is given as a file with its geometry, as NAME=SMILES or by name"
        )
    error = unknown_name("molecule", text, known_names())
    return InputError(f"{error}; or give NAME=SMILES, or a file with its geometry")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file of settings.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML.
    """
    return parse_toml(read_text(path), str(path))
