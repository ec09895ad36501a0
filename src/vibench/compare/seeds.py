"""Models trained with several seeds: means over trainings, and which models differ."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from scipy import stats

from vibench.compare.ranking import Ranking, group_letters
from vibench.core.difference import Difference
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.statistics.estimates import Interval, mean_estimate
from vibench.statistics.multiple import holm_adjusted

OVER_SEEDS: Final = ", mean over seeds"
"""Behind the name of a score by which models are compared over their seeds."""
RANKED_SCORES: Final = (
    "energy MAE",
    "force MAE",
    "dipole MAE",
    "harmonic frequency MAE",
    "harmonic MAE from fundamentals",
    "MD band MAE from fundamentals",
)
"""Errors by which models are compared; all of them positive."""
_NEVER_NEGATIVE = frozenset(("MAE", "RMSE", "distance", "largest", "time", "modes", "rank"))
_FRACTIONS = frozenset(("overlap", "found"))

type _About = tuple[object, ...]


def ensemble_scores(members: Sequence[Sequence[Score]], *, model: str) -> list[Score]:
    """Return the scores of a model that was trained several times: means over its trainings.

    Parameters
    ----------
    members
        Scores of each training; those of the same name that belong to the same molecule, data set
        and so on are brought together.
    model
        Name of the model.

    Returns
    -------
    The mean of each score with its 95 % interval by Student's t over trainings; `Score.n` counts
    the trainings that gave a finite value. From a single one there is no interval. Intervals end
    where the score does: at 0 for errors and distances, at ±1 for correlations.
    """
    return [_ensemble_score(row, model) for row in _aligned(members)]


def rank_over_seeds(models: Mapping[str, Sequence[Sequence[Score]]], *, level: float) -> Ranking:
    """Compare models by the errors of `RANKED_SCORES`, with the spread over seeds as noise.

    Of an error that was measured over all molecules that value counts, else the mean over the
    molecules that every training of every model has. The logarithms of the values are compared, as
    their spread grows with them: all pairs are tested by Welch's t test, p-values are adjusted
    (Holm), and models that do not differ at *level* share a letter.

    Parameters
    ----------
    models
        Name → scores of each training, of two or more models with two or more trainings each.
    level
        Probability of one or more false differences among the pairs of one error.

    Returns
    -------
    Ranking
        Means of each model, best first, and for each pair the ratio of geometric means.

    References
    ----------
    B. L. Welch, Biometrika 34, 28 (1947); S. Holm, Scand. J. Stat. 6, 65 (1979).
    """
    scores: list[Score] = []
    differences: list[Difference] = []
    for case in _cases(models):
        order = sorted(case.values, key=lambda name: float(case.values[name].mean()))
        pairs = _ratios(case, order)
        differences += pairs
        letters = group_letters(order, pairs, level)
        for name, group in zip(order, letters, strict=True):
            mean = _mean(case.values[name], case.like)
            named = case.like.name + OVER_SEEDS
            scores.append(replace(mean, name=named, model=name, molecule=None, group=group))
    return Ranking(tuple(scores), tuple(differences), ())


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One error of all models."""

    like: Score
    """Any score of the case."""
    molecules: int
    """Number of molecules whose mean the values are; 1 if they are over all of them."""
    values: dict[str, Array]
    """Model → (seeds,) values."""


def _cases(models: Mapping[str, Sequence[Sequence[Score]]]) -> list[_Case]:
    """Return the errors that every training of every model has."""
    rows = [(name, member) for name, members in models.items() for member in members]
    wanted = [[s for s in member if s.name in RANKED_SCORES] for _, member in rows]
    complete = [
        group
        for group in _aligned(wanted)
        if all(score is not None and math.isfinite(score.value) for score in group)
    ]
    by_case: dict[_About, list[list[Score]]] = {}
    for group in complete:
        whole = [score for score in group if score is not None]
        by_case.setdefault(_about(whole[0], molecule=False), []).append(whole)
    cases = []
    for groups in by_case.values():
        over_all = [group for group in groups if group[0].molecule is None] or groups
        means = np.mean([[score.value for score in group] for group in over_all], axis=0)
        names = np.array([name for name, _ in rows])
        values = {name: means[names == name] for name in models}
        cases.append(_Case(over_all[0][0], len(over_all), values))
    return cases


def _about(score: Score, *, molecule: bool = True) -> _About:
    """Return what makes two scores the same but for the training."""
    return (
        score.name,
        score.unit,
        score.molecule if molecule else None,
        score.temperature_k,
        score.reference,
        score.dataset,
        score.part,
        score.width_cm1,
    )


def _aligned(members: Sequence[Sequence[Score]]) -> list[list[Score | None]]:
    """Return rows of the same score of each training, None where it is missing."""
    rows: dict[_About, list[Score | None]] = {}
    for place, scores in enumerate(members):
        for score in scores:
            rows.setdefault(_about(score), [None] * len(members))[place] = score
    return list(rows.values())


def _ensemble_score(row: Sequence[Score | None], model: str) -> Score:
    found = [score for score in row if score is not None]
    finite = np.array([score.value for score in found if math.isfinite(score.value)])
    mean = _mean(finite, found[0])
    words = mean.estimand
    if len(finite) < len(row):
        words += f"; only {len(finite)} of {len(row)} trainings gave a value"
    return replace(mean, model=model, estimand=f"{words}; of each: {found[0].estimand}")


def _mean(values: Array, like: Score) -> Score:
    """Return the mean of (seeds,) values as a score *like* those of the single trainings."""
    words = f"mean over seeds, {len(values)} trainings"
    if not len(values):
        return replace(like, value=math.nan, n=0, low=None, high=None, estimand=words)
    interval = mean_estimate(values).interval()
    if interval is not None:
        interval = _bounded(interval, values, like)
        words += ", 95 % interval by Student's t over trainings"
    return replace(
        like,
        value=float(values.mean()),
        n=len(values),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand=words,
    )


def _bounded(interval: Interval, values: Array, like: Score) -> Interval:
    """Cut an interval where the score ends; values beyond (free of noise) say that it does not."""
    low, high = _ends(like.name)
    if values.min() < low or values.max() > high:
        return interval
    return Interval(max(interval.low, low), min(interval.high, high))


def _ends(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that a score of that name can have."""
    words = set(re.findall(r"\w+", name))
    if "correlation" in words:
        return -1.0, 1.0
    if words & _FRACTIONS:
        return 0.0, 1.0
    return (0.0 if words & _NEVER_NEGATIVE else -math.inf), math.inf


def _ratios(case: _Case, order: Sequence[str]) -> list[Difference]:
    """Return the ratio of each pair of models, tested by the logarithms of their values."""
    found = []
    logarithms = {name: _logarithms(values) for name, values in case.values.items()}
    for first, second in combinations(order, 2):
        one, other = logarithms[first], logarithms[second]
        test = stats.ttest_ind(one, other, equal_var=False)
        within = test.confidence_interval(0.95)
        known = math.isfinite(test.pvalue)
        found.append(
            Difference(
                measure=case.like.name,
                first=first,
                second=second,
                value=float(np.exp(one.mean() - other.mean())),
                unit="",
                molecules=case.molecules,
                low=float(np.exp(within.low)) if known else None,
                high=float(np.exp(within.high)) if known else None,
                p_value=float(test.pvalue) if known else None,
                estimand="ratio of geometric means over seeds, Welch's t test of the logarithms",
                reference=case.like.reference,
                temperature_k=case.like.temperature_k,
                dataset=case.like.dataset,
                is_ratio=True,
            )
        )
    raw = np.array([math.nan if one.p_value is None else one.p_value for one in found])
    return [
        replace(one, adjusted_p_value=float(p) if math.isfinite(p) else None)
        for one, p in zip(found, holm_adjusted(raw), strict=True)
    ]


def _logarithms(values: Array) -> Array:
    """Return logarithms; NaN where an error is exactly zero, so that nothing is tested."""
    return np.log(np.where(values > 0, values, np.nan))
