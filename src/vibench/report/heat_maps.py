"""Heat maps: one score of every model for every molecule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from vibench.core.score import Score
from vibench.report.failed_modes import FAILED, model_failures
from vibench.report.formatting import (
    MISSING,
    is_finite,
    prose_text,
    temperature_text,
    unit_text,
    value_text,
)
from vibench.report.results import StudyResults, model_names
from vibench.report.scores import (
    HARMONIC,
    HARMONIC_SCORE,
    NOISE_FLOOR,
    PEARSON,
    SPECTRUM_SCORES,
    WASSERSTEIN,
)
from vibench.report.table import cell_hint, cell_interval

SHOWN: Final = (
    PEARSON,
    WASSERSTEIN,
    HARMONIC_SCORE,
    "force MAE",
    "energy MAE",
    "dipole MAE",
    "harmonic intensity MAE",
)
"""Scores that have a map, in the order of the chooser."""

_WIDE: Final = 10.0
"""Ratio of the largest to the smallest error from which colours follow the logarithm."""

type _Topic = tuple[str, float | None, str | None, str | None]
"""Score, temperature, reference and test set of one map."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One model and one molecule."""

    text: str
    """The value; `FAILED`, or a dash where nothing was asked for."""
    interval: str
    """The 95 % interval, or empty."""
    hint: str
    """What the value estimates, or why there is none."""
    shade: float | None
    """How far from the best value of the map, from 0 to 1; None for no value."""

    @property
    def state(self) -> Literal["value", "failed", "missing"]:
        """What the cell is."""
        if self.shade is not None:
            return "value"
        return "failed" if self.text == FAILED else "missing"


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One score, molecules in rows and models in columns."""

    label: str
    """Name of the score and what it belongs to, for the chooser."""
    unit: str
    """Unit of the values."""
    models: tuple[str, ...]
    """Models, one per column."""
    molecules: tuple[str, ...]
    """Molecules, one per row."""
    rows: tuple[tuple[HeatCell, ...], ...]
    """Cells."""
    logarithmic: bool
    """Whether colours follow the logarithm of the value."""


def build_heat_maps(results: StudyResults) -> tuple[HeatMap, ...]:
    """Return the maps of a study with two or more molecules; else none."""
    test_sets = {one.name for one in results.test_sets}
    topics: dict[_Topic, list[Score]] = {}
    for score in results.scores:
        if not _has_place(score):
            continue
        own_set = score.dataset if score.dataset in test_sets else None
        topic = (score.name, score.temperature_k, score.reference, own_set)
        topics.setdefault(topic, []).append(score)
    maps = []
    for topic, scores in topics.items():
        if len({score.molecule for score in scores}) > 1:
            maps.append((topic, _map(topic, scores, results, all_topics=list(topics))))
    # Of each score the map with most molecules comes first, such as that of the main temperature.
    maps.sort(key=lambda each: (SHOWN.index(each[0][0]), -len(each[1].molecules)))
    return tuple(one for _, one in maps)


def _has_place(score: Score) -> bool:
    return (
        score.name in SHOWN
        and score.molecule is not None
        and score.model is not None
        and score.dataset not in {NOISE_FLOOR, HARMONIC}
        and score.part is None
        and score.width_cm1 is None
        and score.training_structures is None
    )


def _map(
    topic: _Topic, scores: Sequence[Score], results: StudyResults, *, all_topics: Sequence[_Topic]
) -> HeatMap:
    name, temperature_k, reference, dataset = topic
    found = {(score.molecule, score.model): score for score in scores}
    failures = _failures(results, name, temperature_k)
    models = _in_order(
        model_names(results), [*(s.model for s in scores), *(m for m, _ in failures)]
    )
    order = (one.name for one in results.molecules)
    molecules = _in_order(order, [*(s.molecule for s in scores), *(m for _, m in failures)])
    values = np.array([s.value for s in found.values() if is_finite(s.value)])
    shades = _Shades(values, higher_is_better=scores[0].higher_is_better)
    rows = tuple(
        tuple(_cell(found.get((one, model)), (model, one), shades, failures) for model in models)
        for one in molecules
    )
    several = len({topic[2] for topic in all_topics if topic[0] == name}) > 1
    about = [name, f"against {reference}" if reference and several else ""]
    about += [temperature_text(temperature_k), dataset or ""]
    label = ", ".join(part for part in about if part)
    return HeatMap(
        label=label,
        unit=unit_text(scores[0].unit),
        models=models,
        molecules=molecules,
        rows=rows,
        logarithmic=shades.logarithmic,
    )


def _in_order(known: Iterable[str], found: Iterable[str | None]) -> tuple[str, ...]:
    """Return what is *found* in the order of the *known* ones, others behind."""
    present = dict.fromkeys(str(one) for one in found)
    return tuple(dict.fromkeys((*(one for one in known if one in present), *present)))


class _Shades:
    """Distance of a value from the best one, as a share of the whole range."""

    def __init__(self, values: np.ndarray, *, higher_is_better: bool) -> None:
        low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
        self.logarithmic = bool(not higher_is_better and low > 0 and high > _WIDE * low)
        self._best, self._worst = (high, low) if higher_is_better else (low, high)

    def of(self, value: float) -> float:
        """Return 0 for the best value, 1 for the worst."""
        ends = np.array([value, self._best, self._worst])
        value, best, worst = np.log(ends) if self.logarithmic else ends
        return float(abs(value - best) / abs(worst - best)) if worst != best else 0.0


def _cell(
    score: Score | None,
    place: tuple[str, str],
    shades: _Shades,
    failures: dict[tuple[str, str], str],
) -> HeatCell:
    if score is not None and is_finite(score.value):
        shade = round(shades.of(score.value), 3)
        return HeatCell(value_text(score), cell_interval(score), cell_hint(score), shade)
    if place in failures:
        return HeatCell(FAILED, "", failures[place], None)
    return HeatCell(MISSING, "", "no value", None)


def _failures(
    results: StudyResults, name: str, temperature_k: float | None
) -> dict[tuple[str, str], str]:
    """Return (model, molecule) → why what the score *name* needs has failed."""
    if name in SPECTRUM_SCORES:
        return {
            (one.member_of or one.source, one.molecule): prose_text("; ".join(one.reasons))
            or FAILED
            for one in results.lifetimes
            if one.purpose == "spectra"
            and one.role in ("model", "member")
            and one.temperature_k == temperature_k
            and np.any(one.failed)
        }
    return model_failures(results.modes) if name.startswith("harmonic") else {}
