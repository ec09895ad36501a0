"""Means of spectral scores: over molecules, and over temperatures of one molecule."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vibench.core.score import Score
from vibench.report.formatting import decimals_for, temperature_text
from vibench.report.rankings import letters_at
from vibench.report.results import StudyResults, model_names
from vibench.report.scores import PEARSON, SPECTRUM_SCORES, SPECTRUM_UNITS, floor_of, named, shared
from vibench.report.survival import failure_text
from vibench.report.table import Cell, Column, Table, text_column
from vibench.statistics.estimates import Interval, mean_estimate

TRAINED, UNSEEN = "of training", "unseen"
"""Kinds of molecules."""
FEWEST_FOR_INTERVAL: Final = 3
"""Molecules from which a mean over them has an interval: with two, Student's t has one degree of
freedom, and half a width of nine times their distance from the mean says nothing."""
_MOST_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of one score over several spectra of one model."""

    score: Score
    """The mean with its interval; `n` counts spectra."""
    deviation: float | None
    """Standard deviation between the spectra; None for a single one."""


def mean_over_molecules(scores: Sequence[Score]) -> Mean | None:
    """Return the mean over molecules; its interval is for molecules like these (Student's t).

    With fewer than `FEWEST_FOR_INTERVAL` molecules there is none.
    """
    words = "interval of the mean over molecules like these, by Student's t over molecules"
    mean = _mean(scores, words, _over_molecules)
    if mean is None or mean.deviation is not None:
        return mean
    # The interval of a single molecule is that of its sampling: another thing.
    return Mean(replace(mean.score, n=1, low=None, high=None, estimand="one molecule"), None)


def mean_over_temperatures(scores: Sequence[Score]) -> Mean | None:
    """Return the mean over temperatures; its interval is that of sampling, joined from theirs.

    Temperatures are chosen, not drawn: their spread is no error.
    """
    words = "interval of the mean over these temperatures, from the sampling of each"
    return _mean(scores, words, _joined)


def mean_over_spectra(scores: Sequence[Score]) -> Score | None:
    """Return the mean over these very spectra, with the interval of sampling joined from theirs.

    A single score is returned as it is.
    """
    mean = _mean(scores, f"mean over {len(scores)} spectra, from the sampling of each", _joined)
    return None if mean is None else mean.score


def _values(scores: Sequence[Score]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([score.value for score in scores], dtype=np.float64)


def _over_molecules(scores: Sequence[Score]) -> Interval | None:
    if len({score.molecule for score in scores}) < FEWEST_FOR_INTERVAL:
        return None
    return mean_estimate(_values(scores)).interval()


def _joined(scores: Sequence[Score]) -> Interval | None:
    """Return the interval of a mean of independent values, given those of each.

    Each side is joined by itself, √(Σ(value - low)²)/n, so that skew intervals stay skew.

    References
    ----------
    G. Y. Zou, A. Donner, Stat. Med. 27, 1693 (2008).
    """
    ends = [(s.low, s.high) for s in scores if s.low is not None and s.high is not None]
    if len(ends) < len(scores):
        return None
    values = _values(scores)
    below, above = np.abs(np.array(ends).T - values)
    centre, n = float(np.mean(values)), len(values)
    return Interval(
        centre - float(np.linalg.norm(below)) / n, centre + float(np.linalg.norm(above)) / n
    )


def _mean(
    scores: Sequence[Score], words: str, interval_of: Callable[[Sequence[Score]], Interval | None]
) -> Mean | None:
    finite = [score for score in scores if np.isfinite(score.value)]
    if len(finite) < 2:
        return Mean(finite[0], None) if finite else None
    interval = interval_of(finite)
    lowest, highest = (-1.0, 1.0) if finite[0].name == PEARSON else (0.0, np.inf)
    mean = replace(
        finite[0],
        value=float(np.mean(_values(finite))),
        n=len(finite),
        low=None if interval is None else float(max(interval.low, lowest)),
        high=None if interval is None else float(min(interval.high, highest)),
        molecule=None,
        temperature_k=None,
        estimand=words,
    )
    return Mean(mean, float(np.std(_values(finite), ddof=1)))


def spectrum_scores(results: StudyResults) -> list[Score]:
    """Return the scores of spectra of single molecules by the three measures, without floors."""
    found = [score for name in SPECTRUM_SCORES for score in named(results.scores, name)]
    return [score for score in found if score.molecule is not None]


def kind_of(molecule: str | None, results: StudyResults) -> str:
    """Return whether models were trained on a molecule."""
    return UNSEEN if any(m.unseen and m.name == molecule for m in results.molecules) else TRAINED


def molecule_mean_table(results: StudyResults) -> Table:
    """Return the mean over molecules by reference, temperature, kind of molecule and model."""
    rows: list[tuple[Cell, ...]] = []
    missing: list[str] = []
    for (reference, temperature_k, kind), own in _grouped(
        spectrum_scores(results),
        lambda s: (s.reference, s.temperature_k, kind_of(s.molecule, results)),
    ):
        if len({score.molecule for score in own}) < 2:
            continue
        common = shared(own)
        missing += _left_out(own, common, results)
        for model in _sources(own, results):
            chosen = [score for score in common if score.model == model]
            cells = _measures(chosen, results, mean_over_molecules)
            n = len({score.molecule for score in chosen})
            place = chosen[0].temperature_k if chosen else None
            for group in cells:
                mean = group[0]
                letters = None
                if isinstance(mean, Score):
                    letters = letters_at(mean, place, results.scores)
                group.append(letters)
            rows.append(
                (model, reference, temperature_k, kind, n, *(c for group in cells for c in group))
            )
    return Table(
        name="means-over-molecules",
        title="Means over molecules",
        caption="Mean and standard deviation over molecules; a molecule counts if every model "
        "gave a spectrum of it. The reference against measured spectra is the baseline. "
        f"{_interval_words(rows)} Whether two models differ is told by the letters, "
        "which compare them molecule by molecule; a is the best group. The noise floor is that of "
        f"the same molecules.{_told(missing)}",
        section="spectra",
        columns=(
            text_column("spectrum of"),
            text_column("compared with"),
            Column("temperature", "K"),
            text_column("molecules"),
            Column("n", decimals=0),
            *_columns(rows, letters=True),
        ),
        rows=tuple(rows),
    )


def _interval_words(rows: Sequence[tuple[Cell, ...]]) -> str:
    """Say what the intervals of means over molecules are, and why two molecules have none."""
    counts = [row[4] for row in rows if isinstance(row[4], int)]
    words = []
    if any(count >= FEWEST_FOR_INTERVAL for count in counts):
        words.append(
            "Small figures are 95 % intervals of the mean for molecules like these (Student's t "
            "over molecules): they say how another choice of molecules would change it."
        )
    if any(count < FEWEST_FOR_INTERVAL for count in counts):
        words.append(
            "Two molecules do not tell how another choice would change the mean, so there is no "
            "interval for molecules like these; that of the sampling of these very molecules is "
            "in the tables under the result."
        )
    return " ".join(words)


def temperature_mean_table(results: StudyResults) -> Table:
    """Return the mean over temperatures by molecule, reference and model."""
    rows: list[tuple[Cell, ...]] = []
    missing: list[str] = []
    for (molecule, reference), own in _grouped(
        spectrum_scores(results), lambda s: (s.molecule, s.reference)
    ):
        temperatures = sorted({s.temperature_k for s in own if s.temperature_k is not None})
        if len(temperatures) < 2:
            continue
        common = shared(own)
        missing += _left_out(own, common, results)
        for model in _sources(own, results):
            chosen = [score for score in common if score.model == model]
            cells = _measures(chosen, results, mean_over_temperatures)
            kept = sorted({s.temperature_k for s in chosen if s.temperature_k is not None})
            span = ", ".join(f"{temperature:g}" for temperature in kept)
            rows.append((molecule, model, reference, span, *(c for group in cells for c in group)))
    return Table(
        name="means-over-temperatures",
        title="Means over temperatures",
        caption="Mean and standard deviation over temperatures; a temperature counts if every "
        "model gave a spectrum of the molecule there. Small figures are 95 % intervals of the mean "
        "over these temperatures, from the sampling of each; the standard deviation holds true "
        f"differences between temperatures, too.{_told(missing)}",
        section="spectra",
        columns=(
            text_column("molecule"),
            text_column("spectrum of"),
            text_column("compared with"),
            text_column("temperatures (K)"),
            *_columns(rows, letters=False),
        ),
        rows=tuple(rows),
    )


def _grouped(
    scores: Iterable[Score], key: Callable[[Score], tuple[str | float | None, ...]]
) -> list[tuple[tuple[str | float | None, ...], list[Score]]]:
    groups: dict[tuple[str | float | None, ...], list[Score]] = {}
    for score in scores:
        groups.setdefault(key(score), []).append(score)
    return list(groups.items())


def _sources(scores: Sequence[Score], results: StudyResults) -> list[str]:
    """Return who is compared: models, then the reference as the baseline."""
    found = dict.fromkeys(str(score.model) for score in scores)
    models = model_names(results)
    return sorted(found, key=lambda name: name not in models)


def _measures(
    scores: Sequence[Score],
    results: StudyResults,
    mean: Callable[[Sequence[Score]], Mean | None],
) -> list[list[Cell]]:
    """Return for each measure its mean, standard deviation and mean noise floor."""
    cells: list[list[Cell]] = []
    for name in SPECTRUM_SCORES:
        own = [score for score in scores if score.name == name]
        floors = [found for score in own if (found := floor_of(score, results.scores)) is not None]
        of_model, floor = mean(own), mean(floors) if len(floors) == len(own) else None
        cells.append(
            [
                None if of_model is None else of_model.score,
                None if of_model is None else of_model.deviation,
                None if floor is None else floor.score,
            ]
        )
    return cells


def _columns(rows: Sequence[tuple[Cell, ...]], *, letters: bool) -> list[Column]:
    """Return the columns of each measure; standard deviations have as many decimals in all rows."""
    columns: list[Column] = []
    size = 4 if letters else 3
    first = len(rows[0]) - size * len(SPECTRUM_SCORES) if rows else 0
    for place, name in enumerate(SPECTRUM_SCORES):
        unit = SPECTRUM_UNITS[name]
        deviations = [
            cell for row in rows if isinstance(cell := row[first + size * place + 1], float)
        ]
        decimals = decimals_for(max(deviations), 3) if deviations else None
        title = f"{name}: standard deviation"
        columns += [
            Column(name, unit),
            Column(title, unit, decimals=decimals, short_title="standard deviation"),
            Column(f"{name}: noise floor", unit, short_title="noise floor"),
        ]
        if letters:
            columns.append(Column(f"{name}: group", numeric=False, short_title="group"))
    return columns


def _left_out(scores: Sequence[Score], common: Sequence[Score], results: StudyResults) -> list[str]:
    """Return what is left out of a mean, each with who lacks it and why."""
    kept = {(score.molecule, score.temperature_k) for score in common}
    sources = {str(score.model) for score in scores}
    wanted = {(score.molecule, score.temperature_k): None for score in scores}
    lines = []
    for molecule, temperature_k in wanted:
        if (molecule, temperature_k) in kept:
            continue
        holders = {
            str(score.model)
            for score in scores
            if (score.molecule, score.temperature_k) == (molecule, temperature_k)
            and np.isfinite(score.value)
        }
        why = [
            f"{one} {failure_text(results, one, molecule, temperature_k) or 'has no spectrum'}"
            for one in sorted(sources - holders)
        ]
        place = ", ".join(part for part in (molecule, temperature_text(temperature_k)) if part)
        lines.append(f"{place} against {scores[0].reference} ({'; '.join(why)})")
    return lines


def _told(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    shown = "; ".join(missing[:_MOST_LISTED])
    more = len(missing) - _MOST_LISTED
    return f" Left out: {len(missing)}, {shown}{f'; and {more} more' if more > 0 else ''}."
