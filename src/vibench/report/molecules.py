"""The spectral scores of one molecule: measures by row, models by column."""

from collections.abc import Sequence

from vibench.core.score import Score
from vibench.report.formatting import unit_text
from vibench.report.means import spectrum_scores
from vibench.report.results import (
    SpectrumEntry,
    StudyResults,
    model_names,
    reference_spectra,
    source_roles,
)
from vibench.report.scores import HARMONIC, SPECTRUM_SCORES, WASSERSTEIN, is_floor
from vibench.report.survival import failure_text
from vibench.report.table import Cell, Column, Table, text_column, without_empty_columns

_CAPTION = (
    "The reference against the measured spectrum is the baseline; the noise floor is what two "
    "independent runs of the reference reach, and the harmonic spectrum what is to be had without "
    "dynamics. Failed: of so many trajectories, too many for a spectrum. Small figures are 95 % "
    "intervals."
)

_UNITS = {WASSERSTEIN: "cm^-1"}


def molecule_tables(results: StudyResults) -> tuple[Table, ...]:
    """Return one table per molecule with the scores of all models at every temperature."""
    places = dict.fromkeys((s.molecule, s.temperature_k) for s in spectrum_scores(results))
    places |= dict.fromkeys((e.molecule, e.temperature_k) for e in reference_spectra(results))
    tables = []
    for molecule in dict.fromkeys(molecule for molecule, _ in places):
        rows = tuple(
            (temperature_k, *row)
            for name, temperature_k in places
            if name == molecule
            for row in _rows(results, molecule, temperature_k)
        )
        tables.append(
            Table(
                name=f"scores-{molecule}",
                title=f"Scores of {molecule}",
                caption=_CAPTION,
                section="molecules",
                columns=(Column("temperature", "K"), *_columns(results)),
                rows=rows,
            )
        )
    return tuple(tables)


def comparison_table(
    results: StudyResults, molecule: str | None, temperature_k: float | None
) -> Table:
    """Return the scores of the spectra of one molecule at one temperature."""
    table = Table(
        name="comparison",
        title="Scores of these spectra",
        caption="",
        section="molecules",
        columns=_columns(results),
        rows=tuple(_rows(results, molecule, temperature_k)),
    )
    return without_empty_columns(table)


def _columns(results: StudyResults) -> tuple[Column, ...]:
    return (
        text_column("compared with"),
        text_column("score"),
        *(Column(name) for name in model_names(results)),
        *(Column(f"{name} (baseline)") for name in _references(results)),
        Column("noise floor"),
        *(Column(f"{name}, harmonic") for name in _references(results)),
    )


def _references(results: StudyResults) -> list[str]:
    return [name for name, role in source_roles(results).items() if role == "reference"]


def _rows(
    results: StudyResults, molecule: str | None, temperature_k: float | None
) -> list[tuple[Cell, ...]]:
    """Return one row per reference and measure."""
    own = [
        score
        for score in results.scores
        if (score.molecule, score.temperature_k) == (molecule, temperature_k)
    ]
    plain = [score for score in own if score.dataset is None]
    harmonic = [score for score in own if score.dataset == HARMONIC]
    floors = [score for score in own if is_floor(score)]
    models = model_names(results)
    rows: list[tuple[Cell, ...]] = []
    scored = dict.fromkeys(score.reference for score in plain)
    lost = {model: failure_text(results, model, molecule, temperature_k) for model in models}
    # Where all models failed there is no score, but a reference that they were to be compared with.
    run = (e.source for e in reference_spectra(results) if _is_of(e, molecule, temperature_k))
    for reference in scored | dict.fromkeys(run if any(lost.values()) else ()):
        for name in SPECTRUM_SCORES:
            found = _of(plain, name, reference)
            if not found and reference in scored:
                continue
            unit = f" ({unit_text(_UNITS[name])})" if name in _UNITS else ""
            floor = _of(floors, name, reference).get(str(reference))
            standard = _of(harmonic, name, reference)
            rows.append(
                (
                    *(reference, f"{name}{unit}"),
                    *(found.get(model) or lost[model] for model in models),
                    *(found.get(source) for source in _references(results)),
                    floor,
                    *(standard.get(source) for source in _references(results)),
                )
            )
    return rows


def _is_of(entry: SpectrumEntry, molecule: str | None, temperature_k: float | None) -> bool:
    return (entry.molecule, entry.temperature_k) == (molecule, temperature_k)


def _of(scores: Sequence[Score], name: str, reference: str | None) -> dict[str, Score]:
    """Return one measure against one reference, by source."""
    return {
        str(score.model): score
        for score in scores
        if (score.name, score.reference) == (name, reference)
    }
