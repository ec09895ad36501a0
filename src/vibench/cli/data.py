"""Verbs for labelled structures: data label, data import, data inspect."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.app import app
from vibench.cli.options import (
    DEFAULT_RUNS,
    AllowImport,
    Conformers,
    Device,
    Json,
    MoleculeArgument,
    Output,
    PotentialOption,
    Runs,
    Settings,
    Trust,
    Workers,
    one_task,
)
from vibench.cli.single import hand_over, run_tasks
from vibench.data.recipes import ImportRecipe, LabelRecipe
from vibench.pipeline.short_forms import read_molecule
from vibench.pipeline.verbs import import_task, label_tasks, read_settings

data = typer.Typer(help="Make, import and inspect labelled structures.", no_args_is_help=True)
app.add_typer(data, name="data")


@data.command()
def label(
    molecule: MoleculeArgument,
    *,
    potential: PotentialOption = "gfn2",
    settings: Settings = None,
    sampler: Annotated[
        str | None,
        typer.Option(
            help="Cheaper method whose dynamics give the structures; default: the potential."
        ),
    ] = None,
    conformers: Conformers = 4,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Sample structures and label them.

    Structures come from dynamics and normal modes of the potential, which labels them with
    energy, forces and dipole. Settings are those of [data.label] in a study.
    """
    tasks = label_tasks(
        read_molecule(molecule),
        potential,
        read_settings(LabelRecipe, settings),
        conformers,
        sampler=sampler,
    )
    resources = one_task(
        workers, device=device, allow_import=allow_import, trust=trust, potential=potential
    )
    hand_over(run_tasks(tasks, runs=runs, resources=resources), output, as_json=as_json)


@data.command("import")
def import_(
    settings: Annotated[
        Path,
        typer.Argument(
            help="TOML file: path, format, keys and units, as [data.file].", metavar="SETTINGS"
        ),
    ],
    *,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Import labelled structures from a file.

    Reads extended XYZ and NumPy archives whose keys and units are declared.
    """
    task = import_task(read_settings(ImportRecipe, settings))
    resources = one_task(1, device="cpu", allow_import=False)
    hand_over(run_tasks([task], runs=runs, resources=resources), output, as_json=as_json)


@data.command()
def inspect(
    source: Annotated[
        Path, typer.Argument(help="Data set (.h5) or import settings (.toml).", metavar="SOURCE")
    ],
    *,
    reference: Annotated[
        bool, typer.Option(help="Compare a sample with GFN2-xTB to find wrong units and signs.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Check a data set and name its faults.

    The exit code is 2 if there are errors.
    """
    from vibench.core.dataset import Dataset
    from vibench.data.importing import import_dataset
    from vibench.data.inspection.inspect import InspectRecipe, inspect_dataset
    from vibench.potentials.adapters.gfn2 import GFN2
    from vibench.store.hdf5 import read_foreign_hdf5

    if source.suffix == ".toml":
        dataset = import_dataset(read_settings(ImportRecipe, source))
    else:
        dataset = read_foreign_hdf5(source, Dataset)
    findings = inspect_dataset(dataset, InspectRecipe(), GFN2() if reference else None)
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(f"{finding.level:8s} {finding.name:24s} {finding.message}")
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(2)
