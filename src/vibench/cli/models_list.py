"""Verb that lists potentials, or what the files of models say: models list."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.models_app import models_app
from vibench.cli.options import Json
from vibench.pipeline.catalogue import ModelEntry, PotentialEntry, known_potentials, model_entry


@models_app.command("list")
def list_models(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Trained models (.safetensors) to look at.", metavar="[MODEL...]"),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """List every potential: what it predicts, whether it is installed, what its use needs.

    With files of trained models: their architecture, size, elements, outputs and level of theory.
    """
    if files:
        models = [model_entry(path) for path in files]
        content, rows = {"models": [asdict(model) for model in models]}, _model_rows(models)
    else:
        potentials = known_potentials()
        content = {"potentials": [asdict(potential) for potential in potentials]}
        rows = _potential_rows(potentials)
    if as_json:
        typer.echo(json.dumps(content))
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _potential_rows(potentials: list[PotentialEntry]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("potential", "is a", "predicts", "ions", "field", "package, note")
    ]
    for entry in potentials:
        package = f"not installed: {entry.install}"
        if not entry.install:
            package = f"{entry.package} {entry.version}"
        rows.append(
            (
                entry.name,
                entry.group,
                ", ".join(entry.predicts) or "depends",
                entry.ions,
                entry.field,
                f"{package}; {entry.note}" if entry.note else package,
            )
        )
    return rows


def _model_rows(models: list[ModelEntry]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("model", "architecture", "parameters", "MiB", "elements", "predicts", "ions", "trained on")
    ]
    rows += [
        (
            entry.path,
            entry.architecture,
            str(entry.parameters),
            f"{entry.size_mib:g}",
            " ".join(entry.elements),
            ", ".join(entry.predicts),
            "yes" if entry.ions else "no",
            entry.level_of_theory,
        )
        for entry in models
    ]
    return rows
