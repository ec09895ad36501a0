"""Verb that makes a spectrum: of dipole files, of trajectories, or of a molecule."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.app import app
from vibench.cli.lengths import DEFAULT_LENGTH
from vibench.cli.options import (
    DEFAULT_RUNS,
    AllowImport,
    Conformers,
    Device,
    Json,
    Output,
    Runs,
    Settings,
    Trust,
    Workers,
    one_task,
)
from vibench.cli.spectrum_sources import (
    FileOptions,
    Made,
    dynamics_recipe,
    from_files,
    from_molecule,
    only_molecule,
)
from vibench.core.files import make_folder, write_text
from vibench.core.spectrum_csv import spectrum_csv
from vibench.pipeline.short_forms import POTENTIAL_FORMS
from vibench.pipeline.verbs import read_settings
from vibench.spectra.recipe import SpectrumRecipe
from vibench.store.hdf5 import write_hdf5

_Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="Files of dipoles, several as replicas; trajectories.h5; or, with --potential, a "
        "molecule (a name, NAME=SMILES, or a file with a geometry).",
    ),
]
_Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Format of dipole files: csv, extxyz, ase, ipi, ipi-extras, cp2k, lammps, lammps-log, "
        "fhi-aims, schnetpack; default: told by content.",
    ),
]
_TimeStep = Annotated[
    float | None,
    typer.Option(help="Time between two dipoles in fs, where the files do not state it."),
]
_Temperature = Annotated[
    float | None,
    typer.Option(
        help="Temperature in K, where the files do not state it; of trajectories.h5, which of "
        "them; of a molecule, that of the dynamics. For ring polymers the physical one."
    ),
]
_Unit = Annotated[
    str | None,
    typer.Option(
        help="Unit of dipoles where the format does not define it: e*angstrom, debye, e*bohr or "
        "e*nm. Without it csv, extxyz and ase are taken as e*angstrom; LAMMPS tables, i-PI extras "
        "and SchNetPack need it."
    ),
]
_Columns = Annotated[
    str | None,
    typer.Option(
        help="Names of the three columns of the dipole, or their numbers from 1 (csv, lammps): "
        "A,B,C. Or the name of the property (extxyz, ase, schnetpack)."
    ),
]
_Molecule = Annotated[
    int | None,
    typer.Option("--molecule-index", help="Which molecule of a SchNetPack file, from 0."),
]
_Beads = Annotated[
    bool,
    typer.Option(
        "--beads",
        help="The files, or the replicas in a SchNetPack file, are beads of one ring polymer: "
        "their dipoles are averaged first.",
    ),
]
_Unwrap = Annotated[
    bool, typer.Option("--unwrap", help="Put dipoles of a periodic cell on one branch.")
]
_Cell = Annotated[
    str | None,
    typer.Option(
        help="Cell to unwrap with, in Å: A, or A,B,C, or the nine components of three vectors. "
        "Default: that of the file."
    ),
]
_Quantum = Annotated[
    float, typer.Option(help="Charge in e whose multiples of lattice vectors are branches: 1 or 2.")
]
_Potential = Annotated[
    str | None,
    typer.Option(
        "--potential",
        "-p",
        help=f"Run molecular dynamics of a molecule with this potential: {POTENTIAL_FORMS}.",
    ),
]
_Plan = Annotated[
    str | None,
    typer.Option(
        "--plan",
        metavar="TARGET",
        help="Take these trajectories as a pilot run and say, in place of the spectrum, how long "
        "they must be: for a relative standard error of every band area (5%), or for a noise floor "
        "of the Pearson correlation (r=0.99).",
    ),
]
_Jcamp = Annotated[
    bool,
    typer.Option(
        "--jcamp",
        help="Also write spectrum.jdx (JCAMP-DX, decadic molar absorptivity in L/(mol cm)) into "
        "the output folder; without one, print it in place of CSV.",
    ),
]
_Dynamics = Annotated[
    Path | None,
    typer.Option(
        help=f"With --potential: TOML file with settings of [dynamics]. Default: {DEFAULT_LENGTH}."
    ),
]


@app.command()
def spectrum(
    sources: _Sources,
    *,
    file_format: _Format = None,
    time_step_fs: _TimeStep = None,
    temperature_k: _Temperature = None,
    dipole_unit: _Unit = None,
    columns: _Columns = None,
    molecule_index: _Molecule = None,
    beads: _Beads = False,
    unwrap: _Unwrap = False,
    cell_angstrom: _Cell = None,
    quantum_e: _Quantum = 1.0,
    potential: _Potential = None,
    dynamics_settings: _Dynamics = None,
    plan: _Plan = None,
    jcamp: _Jcamp = False,
    conformers: Conformers = 4,
    runs: Runs = DEFAULT_RUNS,
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    settings: Settings = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Make an infrared spectrum from dipoles, or from a molecule and a potential.

    The spectrum, in km/mol per cm^-1 with its standard error, is printed as CSV, or written to
    spectrum.csv (and, with its replicas, spectrum.h5) in the output folder. What files state about
    unit, time step, temperature and cell is used; the rest must be declared. Settings are those of
    [spectra] in a study.
    """
    recipe = read_settings(SpectrumRecipe, settings)
    files = FileOptions(
        file_format=file_format,
        time_step_fs=time_step_fs,
        dipole_unit=dipole_unit,
        columns=columns,
        molecule_index=molecule_index,
        beads=beads,
        unwrap=unwrap,
        cell_angstrom=cell_angstrom,
        quantum_e=quantum_e,
    )
    if potential is None:
        made = from_files(sources, files, temperature_k, dynamics_settings, recipe)
    else:
        molecule = only_molecule(sources, files)
        motion = dynamics_recipe(dynamics_settings, temperature_k)
        resources = one_task(
            workers, device=device, allow_import=allow_import, trust=trust, potential=potential
        )
        made = from_molecule(
            molecule,
            potential,
            motion=motion,
            recipe=recipe,
            conformers=conformers,
            runs=runs,
            resources=resources,
        )
    for notice in made.notices:
        typer.echo(f"Note: {notice}", err=True)
    if plan is None:
        title = f"infrared spectrum of {', '.join(Path(source).name for source in sources)}"
        _show(made, output, title if jcamp else None, as_json=as_json)
    else:
        _show_plan(made, plan, recipe, as_json=as_json)


def _show_plan(made: Made, target: str, recipe: SpectrumRecipe, *, as_json: bool) -> None:
    """Print how long trajectories must be, this being a pilot run."""
    from vibench.spectra.pilot import Pilot
    from vibench.spectra.planning import plan_lines

    rows = 1 if made.spectrum.replicas is None else len(made.spectrum.replicas)
    pilot = Pilot(made.spectrum, made.length_fs / rows, recipe.depth_fs)
    lines = plan_lines(pilot, target)
    if as_json:
        typer.echo(json.dumps({"target": target, "plan": lines}))
        return
    for line in lines:
        typer.echo(line)


def _show(made: Made, output: Path | None, jcamp_title: str | None, *, as_json: bool) -> None:
    """Print or write a spectrum, as JCAMP-DX, too, if there is a title for it."""
    spectrum = made.spectrum
    path, jcamp = None, None
    if jcamp_title is not None:
        from vibench.experiment.jcamp_text import jcamp_text

        jcamp = jcamp_text(spectrum, title=jcamp_title)
    if output is not None:
        path = make_folder(output) / "spectrum.csv"
        write_text(path, spectrum_csv(spectrum))
        write_hdf5(path.with_suffix(".h5"), spectrum)
        if jcamp is not None:
            write_text(path.with_suffix(".jdx"), jcamp)
    if as_json:
        error = spectrum.standard_error
        content = {
            "wavenumber_cm1": spectrum.wavenumber_cm1.tolist(),
            "intensity": spectrum.intensity.tolist(),
            "standard_error": None if error is None else error.tolist(),
            "unit": spectrum.unit,
            "width_cm1": None if math.isnan(spectrum.width_cm1) else spectrum.width_cm1,
            "method": spectrum.method,
            "notices": list(made.notices),
        }
        typer.echo(json.dumps(content))
    elif path is None:
        typer.echo(jcamp or spectrum_csv(spectrum), nl=False)
    else:
        typer.echo(str(path))
