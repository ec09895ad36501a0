"""Scores of a spectrum against a reference."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.compare.metrics import (
    clipped_fraction,
    pearson_correlation,
    wasserstein_of_bands,
    wasserstein_of_values,
)
from vibench.compare.preparation import Pair, prepare
from vibench.compare.recipe import CompareRecipe, MetricName
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.statistics.jackknife import jackknife

CLOSEST_TO_ONE: Final = 1 - 1e-12
"""Correlations are kept this far from ±1, where Fisher's z is infinite."""


def compare_spectra(candidate: Spectrum, reference: Spectrum, recipe: CompareRecipe) -> list[Score]:
    """Score how alike two spectra are.

    The interval of 95 % comes from a jackknife over the replicas of both spectra, with Student's
    t; for the Pearson correlation it is made on Fisher's z = artanh r, for distances it ends at 0.
    A single curve, such as a measured one, adds no variance; if neither has two
    replicas there is no interval. The same function applied to two independent reference runs of
    the candidate's length gives the noise floor: what a perfect model would score.

    Parameters
    ----------
    candidate
        The spectrum that is judged.
    reference
        What it is compared with.
    recipe
        Settings.

    Returns
    -------
    scores
        One per metric of the recipe, in its order, without the names of model and molecule. The
        sample size is the number of replicas of the candidate.

    Raises
    ------
    InputError
        If the spectra hardly overlap, or if one is constant or nowhere positive.
    """
    pair = prepare(candidate, reference, recipe)
    measures = _measures(pair.wavenumber_cm1, recipe)
    return [_score(pair, measures[name]) for name in recipe.metrics]


@dataclass(frozen=True, slots=True)
class _Measure:
    name: str
    unit: str
    of_means: Callable[[Array, Array], float]
    is_correlation: bool = False
    uses_sign: bool = False


def _measures(grid: Array, recipe: CompareRecipe) -> dict[MetricName, _Measure]:
    span = recipe.high_cm1 - recipe.low_cm1

    def bands(a: Array, b: Array) -> float:
        return wasserstein_of_bands(grid, a, b)

    return {
        "pearson": _Measure("Pearson correlation", "", pearson_correlation, True, True),
        "wasserstein": _Measure("Wasserstein distance", "cm^-1", bands),
        "wasserstein-paper": _Measure(
            "Wasserstein distance (paper)", "", lambda a, b: bands(a, b) / span
        ),
        "wasserstein-mlatom": _Measure(
            "Wasserstein distance (mlatom)", "", wasserstein_of_values, False, True
        ),
    }


def _score(pair: Pair, measure: _Measure) -> Score:
    forward: Callable[[float], float] = _fisher_z if measure.is_correlation else _identity
    backward: Callable[[float], float] = math.tanh if measure.is_correlation else _at_least_zero

    def statistic(first: Array, second: Array) -> float:
        return forward(measure.of_means(first.mean(axis=0), second.mean(axis=0)))

    candidate, reference = pair.candidate.mean(axis=0), pair.reference.mean(axis=0)
    interval = jackknife(statistic, pair.candidate, pair.reference).interval()
    value = measure.of_means(candidate, reference)
    return Score(
        name=measure.name,
        value=value,
        unit=measure.unit,
        higher_is_better=measure.is_correlation,
        n=len(pair.candidate),
        low=None if interval is None else backward(interval.low),
        # Where Fisher's z was held back from infinity the value itself is the end.
        high=None if interval is None else max(value, backward(interval.high)),
        estimand=_estimand(pair, measure, has_interval=interval is not None),
    )


def _estimand(pair: Pair, measure: _Measure, *, has_interval: bool) -> str:
    parts = [f"{measure.name} of the mean spectra, {pair.description}"]
    if not measure.uses_sign:
        fractions = [
            clipped_fraction(pair.wavenumber_cm1, rows.mean(axis=0))
            for rows in (pair.candidate, pair.reference)
        ]
        parts.append(
            f"negative area clipped: candidate {fractions[0]:.2%}, reference {fractions[1]:.2%}"
        )
    replicas = f"replicas: candidate {len(pair.candidate)}, reference {len(pair.reference)}"
    parts.append(replicas + " (a single one adds no variance)")
    if has_interval:
        scale = " on Fisher's z" if measure.is_correlation else ""
        parts.append(f"95 % interval by jackknife over replicas{scale}; not corrected for noise")
    else:
        parts.append("no interval without replicas")
    return "; ".join(parts)


def _fisher_z(correlation: float) -> float:
    return math.atanh(float(np.clip(correlation, -CLOSEST_TO_ONE, CLOSEST_TO_ONE)))


def _identity(value: float) -> float:
    return value


def _at_least_zero(value: float) -> float:
    return max(value, 0.0)
