"""Verb that compares spectra."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.app import app
from vibench.cli.options import Json, Settings
from vibench.compare.recipe import CompareRecipe
from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.core.spectrum_csv import parse_spectrum_csv
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.verbs import read_settings


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
