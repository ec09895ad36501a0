"""Verb that compares spectra."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from vibench.cli.app import app
from vibench.cli.options import Json, Settings
from vibench.compare.recipe import CompareRecipe
from vibench.core.reading import read_text
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.spectrum_csv import parse_spectrum_csv
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.verbs import read_settings


@app.command()
def compare(
    candidate: Annotated[
        Path,
        typer.Argument(
            help="Spectrum that is judged: .csv, or .h5 with replicas, of vibench.",
            metavar="CANDIDATE",
        ),
    ],
    reference: Annotated[
        Path,
        typer.Argument(
            help="Spectrum it is compared with: .csv or .h5 of vibench, or JCAMP-DX.",
            metavar="REFERENCE",
        ),
    ],
    *,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Score how alike two spectra are.

    Gives Pearson correlation and Wasserstein distance, plain and for infinite sampling, by line
    width, region and band; --json says of each what it estimates. Settings are those of [compare]
    in a study.
    """
    from vibench.compare.scores import compare_spectra

    scores = compare_spectra(
        _read_spectrum(candidate), _read_spectrum(reference), read_settings(CompareRecipe, settings)
    )
    if as_json:
        typer.echo(json.dumps({"scores": [asdict(score) for score in scores]}))
        return
    typer.echo(scores[0].estimand)
    rows = [("score", "value", "95 % interval", "unit"), *map(_row, scores)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        typer.echo("  ".join([*cells, row[3]]).rstrip())


def _row(score: Score) -> tuple[str, str, str, str]:
    """Return name with its part, value, interval and unit."""
    part = f"{score.width_cm1:g} cm^-1" if " by width" in score.name else score.part
    name = score.name if part is None else f"{score.name}, {part}"
    interval = "" if score.low is None else f"{score.low:.4g} to {score.high:.4g}"
    return name, f"{score.value:.4g}", interval, score.unit


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
        from vibench.store.hdf5 import read_foreign_hdf5

        return read_foreign_hdf5(path, Spectrum)
    return parse_spectrum_csv(read_text(path), str(path))
