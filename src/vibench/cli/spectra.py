"""Verbs for spectra: spectrum, compare."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.app import app
from vibench.cli.options import Json, Output, Settings
from vibench.compare.recipe import CompareRecipe
from vibench.core.errors import InputError
from vibench.core.files import make_folder, write_text
from vibench.core.spectrum import Spectrum
from vibench.core.spectrum_csv import parse_spectrum_csv, spectrum_csv
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.verbs import read_settings
from vibench.spectra.recipe import SpectrumRecipe


@app.command()
def spectrum(
    source: Annotated[
        Path,
        typer.Argument(
            help="Dipoles (.csv: mu_x, mu_y, mu_z per step) or trajectories.h5.", metavar="SOURCE"
        ),
    ],
    *,
    time_step_fs: Annotated[
        float | None, typer.Option(help="Time between two rows of dipoles, in fs.")
    ] = None,
    temperature_k: Annotated[
        float | None, typer.Option(help="Temperature in K; for trajectories: which of them.")
    ] = None,
    dipole_unit: Annotated[
        str, typer.Option(help="Unit of the dipoles: e*angstrom, debye or e*bohr.")
    ] = "e*angstrom",
    settings: Settings = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Make an infrared spectrum from dipoles.

    The spectrum, in km/mol per cm^-1, is printed as CSV, or written to spectrum.csv in the output
    folder. Settings are those of [spectra] in a study.
    """
    recipe = read_settings(SpectrumRecipe, settings)
    if source.suffix == ".h5":
        made = _from_trajectories(source, temperature_k, recipe)
    else:
        made = _from_dipoles(source, time_step_fs, temperature_k, dipole_unit, recipe)
    if output is not None:
        path = make_folder(output) / "spectrum.csv"
        write_text(path, spectrum_csv(made))
    if as_json:
        content = {
            "wavenumber_cm1": made.wavenumber_cm1.tolist(),
            "intensity": made.intensity.tolist(),
            "unit": made.unit,
            "width_cm1": made.width_cm1,
            "method": made.method,
        }
        typer.echo(json.dumps(content))
    elif output is None:
        typer.echo(spectrum_csv(made), nl=False)
    else:
        typer.echo(str(path))


def _from_dipoles(
    source: Path,
    time_step_fs: float | None,
    temperature_k: float | None,
    dipole_unit: str,
    recipe: SpectrumRecipe,
) -> Spectrum:
    from vibench.spectra.dipole_files import read_dipoles
    from vibench.spectra.md import spectrum_from_dipoles

    if time_step_fs is None or temperature_k is None:
        raise InputError(f"{source} holds dipoles only: give --time-step-fs and --temperature-k")
    dipoles = read_dipoles(source, unit=dipole_unit)
    return spectrum_from_dipoles(
        [dipoles], time_step_fs=time_step_fs, temperature_k=temperature_k, recipe=recipe
    )


def _from_trajectories(
    source: Path, temperature_k: float | None, recipe: SpectrumRecipe
) -> Spectrum:
    from vibench.spectra.md import md_spectrum
    from vibench.store.hdf5 import read_hdf5

    trajectories = read_hdf5(source, list)
    temperatures = sorted({run.temperature_k for run in trajectories})
    wanted = temperatures[0] if temperature_k is None else temperature_k
    if wanted not in temperatures or (temperature_k is None and len(temperatures) > 1):
        listing = ", ".join(f"{value:g}" for value in temperatures)
        raise InputError(f"{source} has trajectories at {listing} K: choose with --temperature-k")
    return md_spectrum([run for run in trajectories if run.temperature_k == wanted], recipe)


@app.command()
def compare(
    candidate: Annotated[
        Path, typer.Argument(help="Spectrum that is judged (.csv of vibench).", metavar="CANDIDATE")
    ],
    reference: Annotated[
        Path,
        typer.Argument(
            help="Spectrum it is compared with: .csv of vibench, or JCAMP-DX.",
            metavar="REFERENCE",
        ),
    ],
    *,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Score how alike two spectra are.

    Gives Pearson correlation and Wasserstein distance. Settings are those of [compare] in a study.
    """
    from vibench.compare.scores import compare_spectra

    scores = compare_spectra(
        _read_spectrum(candidate), _read_spectrum(reference), read_settings(CompareRecipe, settings)
    )
    if as_json:
        typer.echo(json.dumps({"scores": [asdict(score) for score in scores]}))
        return
    for score in scores:
        interval = "" if score.low is None else f" ({score.low:.4g} to {score.high:.4g})"
        typer.echo(f"{score.name}: {score.value:.4f}{interval} {score.unit}".rstrip())
        typer.echo(f"  {score.estimand}")


def _read_spectrum(path: Path) -> Spectrum:
    from vibench.experiment.measurement import read_measurement

    if path.suffix not in {".csv", ".h5"}:
        measurement = read_measurement(MeasuredRecipe(path=path))
        for notice in measurement.notices:
            typer.echo(f"{path.name}: {notice}", err=True)
        return measurement.spectrum
    return read_computed(path)


def read_computed(path: Path) -> Spectrum:
    """Read a spectrum that vibench wrote, as CSV or, with its replicas, in the store."""
    if path.suffix == ".h5":
        from vibench.store.hdf5 import read_hdf5

        return read_hdf5(path, Spectrum)
    try:
        return parse_spectrum_csv(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the spectrum {path}: {error}") from error
