"""Verbs for measured spectra: experiment inspect, experiment strengths, experiment fetch."""

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vibench.cli.app import app
from vibench.cli.options import Json, Output, Settings
from vibench.cli.spectra import read_computed
from vibench.core.errors import InputError
from vibench.core.files import make_folder
from vibench.pipeline.verbs import read_measured_settings

if TYPE_CHECKING:
    from vibench.experiment.conditions import Conditions
    from vibench.experiment.inspection import BaselineSummary, Inspection
    from vibench.experiment.strengths import BandStrength

experiment = typer.Typer(
    help="Inspect, integrate and fetch measured spectra.", no_args_is_help=True
)
app.add_typer(experiment, name="experiment")

File = Annotated[
    Path,
    typer.Argument(help="Measured spectrum: JCAMP-DX, or a table of two columns.", metavar="FILE"),
]


@experiment.command()
def inspect(file: File, *, settings: Settings = None, as_json: Json = False) -> None:
    """Say what a measured file holds, and what each baseline would take from it.

    Settings are those of [measured.MOLECULE] in a study, without the path.
    """
    from vibench.experiment.inspection import inspect_measurement

    inspection = inspect_measurement(read_measured_settings(file, settings))
    if as_json:
        typer.echo(json.dumps({"file": str(file), **asdict(inspection)}))
        return
    for name, text in _facts(inspection):
        typer.echo(f"{name:12s} {text}")


def _facts(found: "Inspection") -> list[tuple[str, str]]:
    width = "not stated" if found.resolution_cm1 is None else f"{found.resolution_cm1:g} cm^-1"
    gaps = [f"{low:.5g}-{high:.5g}" for low, high in found.gaps_cm1]
    rows = [
        ("unit", found.unit),
        ("range", f"{found.low_cm1:g} to {found.high_cm1:g} cm^-1"),
        ("points", f"{found.points}, {found.spacing_cm1:.3g} cm^-1 apart"),
        ("resolution", width),
        ("values", f"{found.lowest:.3g} to {found.highest:.3g}"),
        ("conditions", _conditions(found.conditions)),
        ("saturated", f"nothing known within {', '.join(gaps)} cm^-1" if gaps else "nowhere"),
    ]
    rows += [("baseline", _baseline(line)) for line in found.baselines]
    rows += [("baseline", f"{name}: not possible") for name in found.impossible_baselines]
    return rows + [("notice", text) for text in found.notices]


def _baseline(line: "BaselineSummary") -> str:
    removed = f"removes {line.removed_share:.1%} of the area"
    return f"{line.method}: {line.lowest:.3g} to {line.highest:.3g}, {removed}"


def _conditions(conditions: "Conditions") -> str:
    quantities = (
        ("", conditions.temperature_k, "K"),
        ("", conditions.pressure_kpa, "kPa"),
        ("partial pressure ", conditions.partial_pressure_kpa, "kPa"),
        ("path ", conditions.path_length_cm, "cm"),
    )
    parts = [f"{name}{value:.5g} {unit}" for name, value, unit in quantities if value is not None]
    return ", ".join([conditions.state or "state not stated", *parts])


@experiment.command()
def strengths(
    file: File,
    *,
    window: Annotated[
        list[str],
        typer.Option(metavar="LOW-HIGH", help="A band, from where to where; may be repeated."),
    ],
    against: Annotated[
        Path | None,
        typer.Option(help="Computed spectrum to compare with: .csv, or .h5 of the store."),
    ] = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Integrate bands of a quantitative spectrum, in km/mol.

    The file holds an absorptivity in (micromol/mol)^-1 m^-1 with the pressure and temperature of
    its gas, as the quantitative spectra of NIST. Ratios are computed over measured. In brackets:
    what the measured strength would be with each of the baselines, from least to most.
    """
    from vibench.experiment.measurement import baseline_variants, read_measurement
    from vibench.experiment.strengths import absolute_spectrum, band_strengths

    windows = [_window(text) for text in window]
    recipe = read_measured_settings(file, settings)
    measurement = read_measurement(recipe)
    measured = band_strengths(absolute_spectrum(measurement), windows)
    computed = None if against is None else band_strengths(read_computed(against), windows)
    variants = {
        method: band_strengths(absolute_spectrum(variant), windows)
        for method, variant in baseline_variants(recipe).items()
    }
    rows = [
        _row(
            band,
            None if computed is None else computed[index],
            {method: bands[index].strength_km_per_mol for method, bands in variants.items()},
        )
        for index, band in enumerate(measured)
    ]
    if as_json:
        conditions = asdict(measurement.conditions)
        typer.echo(json.dumps({"file": str(file), "conditions": conditions, "bands": rows}))
        return
    for row in rows:
        typer.echo(_line(row))


def _window(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not all(map(math.isfinite, ends)):
        raise InputError(f"--window takes LOW-HIGH in cm^-1, e.g. 1650-1850, found {text!r}")
    return ends


def _row(
    measured: "BandStrength", computed: "BandStrength | None", over_baselines: dict[str, float]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "low_cm1": measured.low_cm1,
        "high_cm1": measured.high_cm1,
        "measured_km_per_mol": measured.strength_km_per_mol,
        "over_baselines_km_per_mol": over_baselines,
    }
    if computed is not None:
        below = measured.strength_km_per_mol
        row["computed_km_per_mol"] = computed.strength_km_per_mol
        row["computed_standard_error_km_per_mol"] = computed.standard_error_km_per_mol
        row["ratio"] = computed.strength_km_per_mol / below if below else None
    return row


def _line(row: dict[str, Any]) -> str:
    spread = row["over_baselines_km_per_mol"].values()
    text = (
        f"{row['low_cm1']:g}-{row['high_cm1']:g} cm^-1: {row['measured_km_per_mol']:.2f} km/mol "
        f"measured ({min(spread):.2f} to {max(spread):.2f} over baselines)"
    )
    if "computed_km_per_mol" not in row:
        return text
    error = row["computed_standard_error_km_per_mol"]
    text += f", {row['computed_km_per_mol']:.2f}" + ("" if error is None else f" ± {error:.2f}")
    ratio = "" if row["ratio"] is None else f", ratio {row['ratio']:.3f}"
    return f"{text} computed{ratio}"


@experiment.command()
def fetch(
    substance: Annotated[
        str, typer.Argument(help="Name or CAS registry number.", metavar="NAME_OR_CAS")
    ],
    *,
    index: Annotated[
        str | None, typer.Option(help="Which spectrum, if the WebBook has several.")
    ] = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Fetch a gas-phase spectrum from the NIST Chemistry WebBook, for your own use.

    Files are kept in VIBENCH_CACHE, or else in your cache folder, and fetched once. Needs the
    extra "nist".
    """
    from vibench.experiment.webbook import TERMS, cache_folder, choose, fetch_spectra

    entry = choose(fetch_spectra(substance, cache_folder()), index, substance)
    path = entry.path
    if output is not None:
        path = make_folder(output) / f"{entry.path.parent.name}-{entry.index}.jdx"
        shutil.copyfile(entry.path, path)
    typer.echo(TERMS, err=True)
    if as_json:
        content = {"path": str(path), "description": entry.description, "terms": TERMS}
        typer.echo(json.dumps(content | {"index": entry.index}))
    else:
        typer.echo(str(path))
