"""Verb ``models import``: trained models of other codes become safe files."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from ase.data import atomic_numbers

from vibench.cli.models_app import models_app
from vibench.cli.options import Json
from vibench.core.errors import InputError, unknown_name
from vibench.pipeline.study import parse
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe


class Code(StrEnum):
    """Codes whose models can be imported."""

    SCHNETPACK = "schnetpack"
    MACE = "mace"


@models_app.command("import")
def import_(
    code: Annotated[Code, typer.Argument(help="Code that wrote the file.", metavar="CODE")],
    path: Annotated[Path, typer.Argument(help="SchNetPack's best_model or mace-torch's .model.")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: MODEL.safetensors.")
    ] = Path("model.safetensors"),
    trust: Annotated[
        bool, typer.Option("--trust", help="Permit to open the file, which can execute any code.")
    ] = False,
    elements: Annotated[
        str | None,
        typer.Option(
            "--elements", help="Elements of a SchNetPack model, which does not say: H,C,O."
        ),
    ] = None,
    energy_unit: Annotated[str, typer.Option("--energy-unit", help="Unit of its energies.")] = "eV",
    length_unit: Annotated[
        str, typer.Option("--length-unit", help="Unit of its positions.")
    ] = "angstrom",
    dipole_unit: Annotated[
        str | None,
        typer.Option(
            "--dipole-unit", help="Unit of its dipoles; default e*angstrom, of mace-torch debye."
        ),
    ] = None,
    charged: Annotated[
        bool, typer.Option("--charged", help="A SchNetPack model was trained on ions too.")
    ] = False,
    level_of_theory: Annotated[
        str, typer.Option("--level-of-theory", help="Method of the labels it was trained on.")
    ] = "unknown",
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
        settings |= {"elements": _elements(elements, path), "charged": charged}
    recipe = parse(kind, settings, "vibench models import")
    imported = import_model(recipe, trust=trust, level_of_theory=level_of_theory)
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


def _elements(text: str | None, path: Path) -> tuple[int, ...]:
    if text is None:
        raise InputError(
            f"{path}: a SchNetPack model does not say which elements it was trained on; say it "
            "with --elements, e.g. --elements H,C,O"
        )
    symbols = [symbol.strip() for symbol in text.split(",")]
    for symbol in symbols:
        if atomic_numbers.get(symbol, 0) == 0:
            raise unknown_name("element", symbol, [name for name in atomic_numbers if name != "X"])
    return tuple(sorted(atomic_numbers[symbol] for symbol in symbols))
