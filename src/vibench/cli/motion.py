"""Verbs that move atoms: vibrations, dynamics."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from vibench.cli.app import app
from vibench.cli.console import open_console
from vibench.cli.lengths import DEFAULT_LENGTH, tell_length
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
from vibench.core.modes import Modes
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.short_forms import read_molecule
from vibench.pipeline.stages.names import MODES
from vibench.pipeline.verbs import (
    dynamics_tasks,
    read_settings,
    vibrations_task,
)
from vibench.spectra.recipe import SpectrumRecipe
from vibench.store.hdf5 import read_hdf5
from vibench.vibrations.recipe import VibrationsRecipe


@app.command()
def vibrations(
    molecule: MoleculeArgument,
    *,
    potential: PotentialOption = "gfn2",
    settings: Settings = None,
    conformers: Conformers = 1,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Relax a molecule and make its normal modes.

    Prints harmonic wavenumbers and infrared intensities. Settings are those of [vibrations] in a
    study.
    """
    task = vibrations_task(
        read_molecule(molecule), potential, read_settings(VibrationsRecipe, settings), conformers
    )
    resources = one_task(
        workers, device=device, allow_import=allow_import, trust=trust, potential=potential
    )
    artefact = run_tasks([task], runs=runs, resources=resources)
    found: list[Modes] = read_hdf5(artefact.file(MODES), list)
    if as_json or output is not None:
        minima = [
            {
                "energy_ev": modes.energy,
                "frequencies_cm1": modes.frequencies_cm1.tolist(),
                "intensities_km_per_mol": modes.intensities.tolist(),
                "status": modes.outcome.status,
                "reason": modes.outcome.reason,
            }
            for modes in found
        ]
        hand_over(artefact, output, as_json=as_json, extra={"minima": minima})
        return
    for index, modes in enumerate(found):
        reason = f" ({modes.outcome.reason})" if modes.outcome.reason else ""
        typer.echo(f"minimum {index + 1}: {modes.energy:.6f} eV, {modes.method}{reason}")
        table = Table("mode", "cm^-1", "km/mol", box=None)
        for row, frequency in enumerate(modes.frequencies_cm1):
            table.add_row(str(row + 1), f"{frequency:.1f}", f"{modes.intensities[row]:.2f}")
        open_console().print(table)


@app.command()
def dynamics(
    molecule: MoleculeArgument,
    *,
    potential: PotentialOption = "gfn2",
    settings: Annotated[
        Path | None,
        typer.Option(help=f"TOML file with settings of [dynamics]. Default: {DEFAULT_LENGTH}."),
    ] = None,
    conformers: Conformers = 4,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    without_dipole: Annotated[
        bool,
        typer.Option(
            "--without-dipole",
            help="A potential without a dipole will do: for vibench power and vibench bands.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run molecular dynamics of a molecule.

    Keeps trajectories with their dipoles. Settings are those of [dynamics] in a study.
    """
    resources = one_task(
        workers, device=device, allow_import=allow_import, trust=trust, potential=potential
    )
    motion = read_settings(DynamicsRecipe, settings)
    tasks = dynamics_tasks(
        read_molecule(molecule),
        potential,
        motion,
        SpectrumRecipe(),
        conformers,
        resources=None if without_dipole else resources,
    )[:-1]
    tell_length(motion, option="--settings")
    hand_over(run_tasks(tasks, runs=runs, resources=resources), output, as_json=as_json)
