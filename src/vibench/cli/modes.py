"""Verbs for the motion in trajectories: power, bands."""

import json
import math
from pathlib import Path
from typing import Annotated, cast

import typer

from vibench.cli.app import app
from vibench.cli.options import Json, Output, Settings
from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.files import make_folder, write_text
from vibench.core.modes import Modes
from vibench.core.spectrum_csv import spectrum_csv
from vibench.core.trajectory import Trajectory
from vibench.pipeline.verbs import read_settings
from vibench.spectra.recipe import BandsRecipe, SpectrumRecipe

Trajectories = Annotated[
    Path, typer.Argument(help="trajectories.h5 of a dynamics result.", metavar="TRAJECTORIES")
]
Temperature = Annotated[
    float | None, typer.Option(help="Temperature in K: which trajectories, if there are several.")
]


@app.command()
def power(
    trajectories: Trajectories,
    *,
    by: Annotated[
        str, typer.Option(help="One spectrum per molecule, element or atom.")
    ] = "molecule",
    temperature_k: Temperature = None,
    settings: Settings = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Make the mass-weighted power spectrum of velocities (vibrational density of states).

    Its area is the number of motions, 3 per atom. Printed as CSV, or written to power-NAME.csv in
    the output folder. Settings are those of [spectra] in a study.
    """
    from vibench.report.formatting import file_stem, unique_stems
    from vibench.spectra.power import Parts, power_spectrum

    if by not in ("molecule", "element", "atom"):
        raise InputError(f"--by is molecule, element or atom, found {by!r}")
    recipe = read_settings(SpectrumRecipe, settings)
    found = power_spectrum(_runs(trajectories, temperature_k), recipe, by=cast("Parts", by))
    if output is not None:
        stems = unique_stems(file_stem("power", name) for name in found)
        for stem, spectrum in zip(stems, found.values(), strict=True):
            path = make_folder(output) / f"{stem}.csv"
            write_text(path, spectrum_csv(spectrum))
            if not as_json:
                typer.echo(str(path))
    if as_json:
        content = {
            name: {
                "wavenumber_cm1": spectrum.wavenumber_cm1.tolist(),
                "intensity": spectrum.intensity.tolist(),
                "unit": spectrum.unit,
                "width_cm1": spectrum.width_cm1,
                "method": spectrum.method,
            }
            for name, spectrum in found.items()
        }
        typer.echo(json.dumps(content))
    elif output is None:
        for spectrum in found.values():
            typer.echo(spectrum_csv(spectrum), nl=False)


@app.command()
def bands(
    trajectories: Trajectories,
    modes: Annotated[
        Path, typer.Argument(help="modes.h5 of a vibrations result.", metavar="MODES")
    ],
    *,
    temperature_k: Temperature = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Find the band of every normal mode by projecting trajectories on it.

    Settings are those of [bands] in a study. Modes and trajectories must be of one potential.
    """
    from vibench.pipeline.stages.modes import find_bands
    from vibench.store.hdf5 import read_foreign_hdf5

    minima: list[Modes] = read_foreign_hdf5(modes, list)
    recipe = read_settings(BandsRecipe, settings)
    found = find_bands(_runs(trajectories, temperature_k), minima, SpectrumRecipe(), recipe)
    harmonic = minima[0].frequencies_cm1.tolist()
    typer.echo(_json(found, harmonic) if as_json else _text(found, harmonic))


def _json(found: ModeBands, harmonic_cm1: list[float]) -> str:
    # JSON has no word for NaN: a mode without a band, a single replica without a standard error
    columns = {
        name: [None if math.isnan(value) else value for value in getattr(found, name).tolist()]
        for name in ("position_cm1", "standard_error_cm1", "centroid_cm1", "width_cm1", "energy")
    }
    facts = {"temperature_k": found.temperature_k, "replicas": found.n, "method": found.method}
    return json.dumps({"harmonic_cm1": harmonic_cm1, **columns, **facts})


def _text(found: ModeBands, harmonic_cm1: list[float]) -> str:
    lines = [
        f"{found.temperature_k:g} K, {found.n} replicas: {found.method}",
        "mode  harmonic      band     ±  centroid  width  energy/kT    (cm^-1)",
    ]
    lines += [
        f"{mode:4d} {harmonic_cm1[mode - 1]:9.1f} {position:9.1f} {error:5.1f} {centroid:9.1f} "
        f"{width:6.1f} {energy:10.2f}"
        for mode, (position, error, centroid, width, energy) in enumerate(
            zip(
                found.position_cm1,
                found.standard_error_cm1,
                found.centroid_cm1,
                found.width_cm1,
                found.energy,
                strict=True,
            ),
            start=1,
        )
    ]
    return "\n".join(lines)


def _runs(source: Path, temperature_k: float | None) -> list[Trajectory]:
    """Read the trajectories of one temperature."""
    from vibench.store.hdf5 import read_foreign_hdf5

    trajectories: list[Trajectory] = read_foreign_hdf5(source, list)
    temperatures = sorted({run.temperature_k for run in trajectories})
    wanted = temperatures[0] if temperature_k is None else temperature_k
    if wanted not in temperatures or (temperature_k is None and len(temperatures) > 1):
        listing = ", ".join(f"{value:g}" for value in temperatures)
        raise InputError(f"{source} has trajectories at {listing} K: choose with --temperature-k")
    return [run for run in trajectories if run.temperature_k == wanted]
