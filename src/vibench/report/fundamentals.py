"""Observed fundamentals beside harmonic wavenumbers and bands of dynamics."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import t as student_t

from vibench.core.bands import ModeBands
from vibench.core.score import Score
from vibench.report.results import FundamentalsEntry, StudyResults
from vibench.report.scores import FUNDAMENTAL_SCORES, named
from vibench.report.table import Cell, Column, Table, text_column
from vibench.statistics.estimates import mean_estimate


def fundamental_error_table(scores: Sequence[Score]) -> Table:
    """Return the mean absolute errors from observed fundamentals per potential and molecule."""
    harmonic, band = (named(scores, name) for name in FUNDAMENTAL_SCORES)
    rows = []
    for score in harmonic:
        same = [s for s in band if (s.model, s.molecule) == (score.model, score.molecule)]
        cells: list[tuple[Cell, Cell]] = [(s, s.temperature_k) for s in same] or [(None, None)]
        rows += [
            (score.model, score.molecule, score, found, temperature, score.n)
            for found, temperature in cells
        ]
    return Table(
        name="fundamental-errors",
        title="Errors from observed fundamentals",
        caption="Mean absolute error over all modes, modes and fundamentals in ascending order. "
        "Observed fundamentals contain quantum anharmonicity, harmonic wavenumbers none, bands of "
        "dynamics that of classical motion at the temperature. n counts modes, or seeds of a model "
        "trained with several.",
        section="harmonic",
        columns=(
            text_column("potential"),
            text_column("molecule"),
            Column("harmonic", "cm^-1"),
            Column("MD band", "cm^-1"),
            Column("temperature", "K"),
            Column("n"),
        ),
        rows=tuple(rows),
    )


def fundamental_table(results: StudyResults) -> Table:
    """Return, mode by mode, the signed errors of harmonic wavenumbers and bands of dynamics."""
    methods = dict.fromkeys(e.bands.method for e in results.fundamentals if e.bands is not None)
    caption = (
        "Signed errors from observed fundamentals, modes and fundamentals in ascending order: near "
        "ones may be exchanged. ± is half of the 95 % interval over replicas, or over seeds of a "
        "model trained with several, whose means are listed."
    )
    if methods:
        caption += f" MD band: {'; '.join(methods)}."
    return Table(
        name="fundamentals",
        title="Observed fundamentals",
        caption=caption,
        section="harmonic",
        columns=(
            text_column("potential"),
            text_column("molecule"),
            Column("mode", decimals=0),
            Column("observed", "cm^-1", decimals=0),
            Column("harmonic", "cm^-1", decimals=1),
            Column("harmonic: error", "cm^-1", decimals=1, short_title="error"),
            Column("temperature", "K"),
            Column("MD band", "cm^-1", decimals=1),
            Column("MD band: error", "cm^-1", decimals=1, short_title="error"),
            Column("MD band: ±", "cm^-1", decimals=1, short_title="±"),
            Column("MD band: width", "cm^-1", decimals=1, short_title="width"),
        ),
        rows=tuple(row for entry in results.fundamentals for row in _rows(entry)),
    )


def mean_fundamentals(
    model: str, entries: Sequence[FundamentalsEntry]
) -> Iterator[FundamentalsEntry]:
    """Yield the means over trainings of a model, one entry per temperature.

    Harmonic wavenumbers are averaged in ascending order, as they are compared. The standard error
    of a band is that of the mean over trainings; bands that some training lacks are NaN.
    """
    groups: dict[float | None, list[FundamentalsEntry]] = {}
    for entry in entries:
        temperature = None if entry.bands is None else entry.bands.temperature_k
        groups.setdefault(temperature, []).append(entry)
    if len(groups) > 1:
        groups.pop(None, None)
    for own in groups.values():
        harmonic = np.mean([entry.harmonic_cm1 for entry in own], axis=0)
        bands = [entry.bands for entry in own if entry.bands is not None]
        yield replace(
            own[0], source=model, harmonic_cm1=harmonic, bands=_mean_bands(bands) if bands else None
        )


def _mean_bands(bands: Sequence[ModeBands]) -> ModeBands:
    found = {
        name: np.array([getattr(one, name) for one in bands])
        for name in ("position_cm1", "centroid_cm1", "width_cm1", "energy")
    }
    errors = [mean_estimate(values).standard_error for values in found["position_cm1"].T]
    return ModeBands(
        **{name: values.mean(axis=0) for name, values in found.items()},
        standard_error_cm1=np.array(errors),
        temperature_k=bands[0].temperature_k,
        n=len(bands),
        method=bands[0].method,
    )


def _rows(entry: FundamentalsEntry) -> list[tuple[Cell, ...]]:
    bands = entry.bands
    rows: list[tuple[Cell, ...]] = []
    for mode, (observed, harmonic) in enumerate(
        zip(entry.observed_cm1.tolist(), entry.harmonic_cm1.tolist(), strict=True)
    ):
        found: tuple[Cell, ...] = (None,) * 5
        if bands is not None:
            position = float(bands.position_cm1[mode])
            half = None
            if bands.n > 1:
                quantile = float(student_t.ppf(0.975, bands.n - 1))
                half = quantile * float(bands.standard_error_cm1[mode])
            width = float(bands.width_cm1[mode])
            found = (bands.temperature_k, position, position - observed, half, width)
        place = (entry.source, entry.molecule, mode + 1)
        rows.append((*place, observed, harmonic, harmonic - observed, *found))
    return rows
