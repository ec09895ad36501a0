"""Verb ``models import``: trained models of other codes become safe files."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from ase.data import atomic_numbers

from vibench.cli.models_app import models_app
from vibench.cli.options import Json, Trust
from vibench.core.errors import InputError, unknown_name
from vibench.core.files import make_folder
from vibench.pipeline.parsing import parse
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.recipes import LARGEST_NUMBER


class Code(StrEnum):
    """Codes whose models can be imported."""

    SCHNETPACK = "schnetpack"
    MACE = "mace"


_Elements = Annotated[
    str | None,
    typer.Option(
        "--elements",
        help="Elements of a SchNetPack model (H,C,O), where it has no energies of atoms.",
    ),
]
_EnergyUnit = Annotated[str, typer.Option("--energy-unit", help="Unit of its energies.")]
_LengthUnit = Annotated[str, typer.Option("--length-unit", help="Unit of its positions.")]
_DipoleUnit = Annotated[
    str | None,
    typer.Option(
        "--dipole-unit", help="Unit of its dipoles; default e*angstrom, of mace-torch debye."
    ),
]
_Charged = Annotated[
    bool, typer.Option("--charged", help="A SchNetPack model was trained on ions too.")
]
_Keys = Annotated[
    str,
    typer.Option(
        "--keys", help="What a SchNetPack model calls its energy, forces and dipole moment."
    ),
]
_Level = Annotated[
    str, typer.Option("--level-of-theory", help="Method of the labels it was trained on.")
]


@models_app.command("import")
def import_(
    code: Annotated[Code, typer.Argument(help="Code that wrote the file.", metavar="CODE")],
    path: Annotated[Path, typer.Argument(help="SchNetPack's best_model or mace-torch's .model.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: MODEL.safetensors.")
    ] = Path("model.safetensors"),
    trust: Trust = False,
    elements: _Elements = None,
    energy_unit: _EnergyUnit = "eV",
    length_unit: _LengthUnit = "angstrom",
    dipole_unit: _DipoleUnit = None,
    charged: _Charged = False,
    keys: _Keys = "energy,forces,dipole_moment",
    level_of_theory: _Level = "unknown",
    as_json: Json = False,
) -> None:
    """Turn a trained model of SchNetPack or mace-torch into a weights file of vibench.

    The file is opened by a process of its own. The converted model is compared with the original
    in double precision, and written only if they agree.
    """
    from vibench.pipeline.importing import import_model
    from vibench.store.weights import write_weights

    settings: dict[str, object] = {
        "path": str(path),
        "energy_unit": energy_unit,
        "length_unit": length_unit,
    }
    if dipole_unit is not None:
        settings["dipole_unit"] = dipole_unit
    kind: type[SchNetPackRecipe | MACECalculatorRecipe] = MACECalculatorRecipe
    if code is Code.SCHNETPACK:
        kind = SchNetPackRecipe
        settings |= {"charged": charged, **_keys(keys)}
        if elements is not None:
            settings["elements"] = _elements(elements)
    recipe = parse(kind, settings, "vibench models import")
    if output.suffix != ".safetensors":
        raise InputError(f"a model is written to a file MODEL.safetensors, found --output {output}")
    imported = import_model(recipe, trust=trust, level_of_theory=level_of_theory)
    make_folder(output.parent)
    write_weights(output, imported.weights)
    if as_json:
        content = {"file": str(output), "deviations": dict(imported.deviations)}
        typer.echo(json.dumps(content | {"architecture": dict(imported.weights.architecture)}))
        return
    typer.echo(str(output))
    for name, value in imported.deviations.items():
        typer.echo(
            f"largest deviation of {name} from the original: {value:.1e} of its value", err=True
        )


def _keys(text: str) -> dict[str, str]:
    names = [name.strip() for name in text.split(",")]
    if len(names) != 3 or not all(names):  # energy, forces, dipole
        raise InputError(f"--keys takes three names, ENERGY,FORCES,DIPOLE; found {text!r}")
    return dict(zip(("energy_key", "forces_key", "dipole_key"), names, strict=True))


def _elements(text: str) -> tuple[int, ...]:
    symbols = [symbol.strip() for symbol in text.split(",")]
    known = {name: z for name, z in atomic_numbers.items() if 0 < z <= LARGEST_NUMBER}
    for symbol in symbols:
        if symbol not in known:
            raise unknown_name("element", symbol, known)
    return tuple(sorted({known[symbol] for symbol in symbols}))
