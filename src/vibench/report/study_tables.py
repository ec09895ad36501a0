"""Tables of several studies side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from vibench.core.score import Score
from vibench.report.formatting import unique_stems
from vibench.report.protocols import Family
from vibench.report.scores import (
    ERROR_SCORES,
    FUNDAMENTAL_SCORES,
    HARMONIC_SCORE,
    MODE_SCORES,
    PEARSON,
    SPECTRUM_SCORES,
    WASSERSTEIN,
    mean_score,
)
from vibench.report.studies import Entry, StudyComparison
from vibench.report.table import Cell, Column, Table, text_column, without_empty_columns

_ALL: Final = "all"
_DIGITS: Final = 8
_INTERVALS: Final = (
    "Small figures are 95 % intervals; of a model that was trained with several seeds they are "
    "between its trainings."
)
_OVERVIEW: Final[tuple[tuple[str, Family, str], ...]] = (
    ("energy MAE", "errors", "energy MAE"),
    ("force MAE", "errors", "force MAE"),
    ("dipole MAE", "errors", "dipole MAE"),
    (HARMONIC_SCORE, "harmonic", "harmonic MAE"),
    (PEARSON, "spectra", "Pearson correlation"),
    (WASSERSTEIN, "spectra", "Wasserstein distance"),
)
_DETAILS: Final[tuple[tuple[Family, str, tuple[str, ...]], ...]] = (
    ("errors", "Errors", ERROR_SCORES),
    ("harmonic", "Harmonic vibrations", MODE_SCORES),
    ("spectra", "Spectra", SPECTRUM_SCORES),
    ("fundamentals", "Observed fundamentals", FUNDAMENTAL_SCORES),
)


def study_tables(comparison: StudyComparison) -> tuple[Table, ...]:
    """Return the tables that have rows: overview, one per kind of score, and what was left out."""
    tables = [
        _overview(comparison),
        *(_details(comparison.entries, *kind) for kind in _DETAILS),
        _refused(comparison),
    ]
    shown = [without_empty_columns(table) for table in tables if table.rows]
    stems = unique_stems(table.name for table in shown)
    return tuple(replace(table, name=stem) for stem, table in zip(stems, shown, strict=True))


def _overview(comparison: StudyComparison) -> Table:
    entries = comparison.entries
    measures = [_measure(entries, name, family) for name, family, _ in _OVERVIEW]
    sources = dict.fromkeys(entry.source for entry in entries)
    rows = [(*source, *(measure.get(source) for measure in measures)) for source in sources]
    return Table(
        name="overview",
        title="Models side by side",
        caption="Errors over all structures of one data set; harmonic errors and scores of spectra "
        "are means over the molecules and temperatures that all models of a column have, spectra "
        f"against computed references if there are any. {_INTERVALS}",
        section="overview",
        columns=(
            text_column("study"),
            text_column("model"),
            *(Column(title, _unit(entries, name)) for name, _, title in _OVERVIEW),
        ),
        rows=tuple(row for row in rows if any(cell is not None for cell in row[2:])),
    )


def _measure(entries: Iterable[Entry], name: str, family: Family) -> dict[tuple[str, str], Score]:
    """Return study and model → one score, of models that were measured in the same way."""
    chosen = [e for e in entries if e.score.name == name and e.protocol.family == family]
    computed = [entry for entry in chosen if entry.protocol.reference != "measured"]
    chosen = computed or chosen
    if family == "errors":
        whole = [entry for entry in chosen if entry.score.molecule is None]
        chosen = sorted(whole or chosen, key=lambda entry: entry.score.dataset != "test")
    groups: dict[tuple[object, ...], dict[tuple[str, str], Score]] = {}
    for entry in chosen:
        place = (*entry.measured_as, entry.score.molecule)
        groups.setdefault(place, {})[entry.source] = entry.score
    if not groups:
        return {}
    # The first of those that most models share.
    main = max(groups.values(), key=len)
    cases = (
        [main] if family == "errors" else [g for g in groups.values() if main.keys() <= g.keys()]
    )
    means = {source: mean_score([case[source] for case in cases]) for source in main}
    return {source: mean for source, mean in means.items() if mean is not None}


def _details(entries: Sequence[Entry], family: Family, title: str, names: tuple[str, ...]) -> Table:
    groups: dict[tuple[Cell, ...], dict[str, Score]] = {}
    for entry in entries:
        if entry.protocol.family == family and entry.score.name in names:
            groups.setdefault(_case(entry), {})[entry.score.name] = entry.score
    # Models that are comparable stand together.
    cases = sorted(groups, key=lambda case: [str(cell) for cell in case[:-2]])
    return Table(
        name=family,
        title=title,
        caption=f"Rows that agree in all but study and model are comparable. {_INTERVALS}",
        section="other",
        columns=(
            text_column("data set"),
            text_column("molecule"),
            Column("temperature", "K"),
            text_column("compared with"),
            text_column("protocol"),
            text_column("study"),
            text_column("model"),
            *(Column(name, _unit(entries, name)) for name in names),
        ),
        rows=tuple((*case, *(groups[case].get(name) for name in names)) for case in cases),
    )


def _case(entry: Entry) -> tuple[Cell, ...]:
    score, protocol = entry.score, entry.protocol
    temperature = None if score.temperature_k is None else float(score.temperature_k)
    key = protocol.key[:_DIGITS]
    place = (protocol.dataset, score.molecule or _ALL, temperature, protocol.reference, key)
    return (*place, *entry.source)


def _unit(entries: Iterable[Entry], name: str) -> str:
    return next((entry.score.unit for entry in entries if entry.score.name == name), "")


def _refused(comparison: StudyComparison) -> Table:
    return Table(
        name="not-compared",
        title="Not compared",
        caption="What no other study measured in the same way.",
        section="other",
        columns=tuple(map(text_column, ("study", "scores", "reason"))),
        rows=tuple((one.study, one.what, one.reason) for one in comparison.refusals),
    )
