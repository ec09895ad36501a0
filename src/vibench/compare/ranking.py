"""Models compared with each other over molecules: differences, tests, and letters for ranks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from vibench.compare.measures import Measure, measures
from vibench.compare.preparation import prepare
from vibench.compare.recipe import CompareRecipe, MetricName, RankingRecipe
from vibench.core.difference import Difference
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.streams import generator
from vibench.statistics.estimates import Interval
from vibench.statistics.multiple import holm_adjusted, letter_display
from vibench.statistics.paired import (
    FEWEST_BOOTSTRAP_MOLECULES,
    FEWEST_RANDOM_MOLECULES,
    FEWEST_REFERENCE_REPLICAS,
    Judgement,
    Judgements,
    bootstrap_over_molecules,
    contrast,
    judge,
    p_value,
)

OVER_MOLECULES: Final = ", mean over molecules"
"""Behind the name of a measure that is the mean of one model over all molecules."""

type Runs = Sequence[Mapping[str, Spectrum]]
"""Spectra of one model: per training seed, by molecule. A model trained once has one entry."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a comparison of models found."""

    scores: tuple[Score, ...]
    """The mean of each model by each measure, best first, with its letters."""
    differences: tuple[Difference, ...]
    """Every pair of models by each measure."""
    notes: tuple[str, ...]
    """What limits the statement, one sentence each."""


def rank_models(
    models: Mapping[str, Runs],
    references: Mapping[str, Spectrum],
    compare: CompareRecipe,
    recipe: RankingRecipe,
) -> Ranking:
    """Compare models by their spectra of the same molecules against the same references.

    For each measure the mean over molecules (and training seeds) is made for each model and the
    difference for each pair, as `vibench.statistics.paired.contrast` says; the replicas of a
    reference are shared by all models, so its noise largely cancels from differences. All pairs are
    tested by Student's t, p-values are adjusted (Holm), and models that do not differ at
    `RankingRecipe.level` share a letter. On fixed molecules nothing is tested against a reference
    of two or three replicas, as they do not tell its noise; a single curve counts as exact.

    Values are for trajectories of these lengths, noise included: it is the same for all models as
    long as they have equally many and long replicas.

    Parameters
    ----------
    models
        Name → spectra of two or more models.
    references
        Molecule → reference spectrum: with replicas, or a single measured curve.
    compare
        How spectra are compared, and by which metrics.
    recipe
        What the statement is about.

    Returns
    -------
    Ranking
        Molecules that any model or the reference lacks are left out, and named in a note.

    Raises
    ------
    InputError
        With fewer than two models, or if no molecule has spectra of all.
    """
    if len(models) < 2:
        raise InputError(f"a ranking needs two or more models, found {len(models)}")
    wanted = dict.fromkeys([*references, *(m for r in models.values() for run in r for m in run)])
    molecules = [
        molecule
        for molecule in wanted
        if molecule in references
        and all(molecule in run for runs in models.values() for run in runs)
    ]
    if not molecules:
        raise InputError("no molecule has spectra of all models and of the reference")
    few = _too_few_replicas([references[molecule] for molecule in molecules], recipe)
    notes = _notes(models, wanted, molecules, recipe, few)
    scores: list[Score] = []
    differences: list[Difference] = []
    for metric in compare.metrics:
        found, judged = _judge_all(models, references, molecules, compare, metric)
        ranked, pairs = _rank(found, judged, molecules, recipe, tested=few is None)
        scores += ranked
        differences += pairs
    return Ranking(tuple(scores), tuple(differences), notes)


def _notes(
    models: Mapping[str, Runs],
    wanted: Mapping[str, None],
    molecules: Sequence[str],
    recipe: RankingRecipe,
    few: int | None,
) -> tuple[str, ...]:
    notes = []
    if few is not None:
        notes.append(
            f"no test of models against a reference of {few} replicas, which do not tell its "
            f"noise: give it {FEWEST_REFERENCE_REPLICAS} or more"
        )
    missing = [molecule for molecule in wanted if molecule not in molecules]
    if missing:
        notes.append(f"left out, as not all spectra are there: {', '.join(missing)}")
    if recipe.molecules == "random" and len(molecules) < FEWEST_RANDOM_MOLECULES:
        notes.append(
            f"no test for a population of molecules with fewer than {FEWEST_RANDOM_MOLECULES}, "
            f"found {len(molecules)}"
        )
    elif recipe.molecules == "random" and len(molecules) < FEWEST_BOOTSTRAP_MOLECULES:
        notes.append(
            f"no bootstrap over molecules with fewer than {FEWEST_BOOTSTRAP_MOLECULES}, found "
            f"{len(molecules)}; the test is a paired t test"
        )
    counts = {
        name: sorted({_replicas(run[molecule]) for run in runs for molecule in molecules})
        for name, runs in models.items()
    }
    if len({tuple(count) for count in counts.values()}) > 1:
        listing = ", ".join(f"{name} {min(count)}-{max(count)}" for name, count in counts.items())
        notes.append(f"models have unequal numbers of replicas, and more are worth more: {listing}")
    return tuple(notes)


def _too_few_replicas(references: Sequence[Spectrum], recipe: RankingRecipe) -> int | None:
    """Return how many replicas a reference has, if that is too few to know its noise from them."""
    counts = [_replicas(one) for one in references]
    few = [count for count in counts if 1 < count < FEWEST_REFERENCE_REPLICAS]
    return min(few) if few and recipe.molecules == "fixed" else None


def _replicas(spectrum: Spectrum) -> int:
    return 1 if spectrum.replicas is None else len(spectrum.replicas)


def _judge_all(
    models: Mapping[str, Runs],
    references: Mapping[str, Spectrum],
    molecules: Sequence[str],
    compare: CompareRecipe,
    metric: MetricName,
) -> tuple[Measure, dict[str, list[list[Judgement]]]]:
    """Return the measure and the judgements of each model, by seed and molecule."""
    judged: dict[str, list[list[Judgement]]] = {}
    measure = None
    for name, runs in models.items():
        judged[name] = []
        for run in runs:
            row = []
            for molecule in molecules:
                pair = prepare(run[molecule], references[molecule], compare)
                measure = measures(pair.wavenumber_cm1, pair.spacing_cm1, compare)[metric]
                row.append(judge(measure.of_means, pair.candidate, pair.reference))
            judged[name].append(row)
    if measure is None:
        raise InputError("a ranking needs at least one run of each model")
    return measure, judged


def _rank(
    measure: Measure,
    judged: Mapping[str, Judgements],
    molecules: Sequence[str],
    recipe: RankingRecipe,
    *,
    tested: bool,
) -> tuple[list[Score], list[Difference]]:
    means = {
        name: contrast([model], (1.0,), molecules=recipe.molecules)
        for name, model in judged.items()
    }
    sign = -1.0 if measure.is_correlation else 1.0
    order = sorted(means, key=lambda name: sign * means[name].value)
    words = _estimand(judged, molecules, recipe)
    differences = _differences(measure, judged, order, recipe, words, tested=tested)
    letters = group_letters(order, differences, recipe.level)
    scores = []
    for name, group in zip(order, letters, strict=True):
        interval = _bounded(means[name].interval(), measure)
        scores.append(
            Score(
                name=measure.name + OVER_MOLECULES,
                value=means[name].value,
                unit=measure.unit,
                higher_is_better=measure.is_correlation,
                n=len(molecules),
                low=None if interval is None else interval.low,
                high=None if interval is None else interval.high,
                estimand=words,
                model=name,
                group=group,
            )
        )
    return scores, differences


def _bounded(interval: Interval | None, measure: Measure) -> Interval | None:
    if interval is None:
        return None
    if measure.is_correlation:
        return Interval(max(interval.low, -1.0), min(interval.high, 1.0))
    return Interval(max(interval.low, measure.lowest), interval.high)


def _differences(
    measure: Measure,
    judged: Mapping[str, Judgements],
    order: Sequence[str],
    recipe: RankingRecipe,
    words: str,
    *,
    tested: bool,
) -> list[Difference]:
    found = []
    for first, second in combinations(order, 2):
        models = [judged[first], judged[second]]
        estimate = contrast(models, (1.0, -1.0), molecules=recipe.molecules)
        interval, resampled = estimate.interval() if tested else None, None
        if recipe.molecules == "random":
            by_molecule = _by_molecule(models[0]) - _by_molecule(models[1])
            rng = generator("bootstrap over molecules", measure.name, first, second)
            resampled = bootstrap_over_molecules(by_molecule, rng=rng)
        found.append(
            Difference(
                measure=measure.name,
                first=first,
                second=second,
                value=estimate.value,
                unit=measure.unit,
                molecules=len(judged[first][0]),
                low=None if interval is None else interval.low,
                high=None if interval is None else interval.high,
                p_value=_known(p_value(estimate)) if tested else None,
                resampled_low=None if resampled is None else resampled.low,
                resampled_high=None if resampled is None else resampled.high,
                estimand=words,
            )
        )
    raw = np.array([math.nan if one.p_value is None else one.p_value for one in found])
    adjusted = holm_adjusted(raw)
    return [
        replace(one, adjusted_p_value=_known(float(p)))
        for one, p in zip(found, adjusted, strict=True)
    ]


def _by_molecule(model: Judgements) -> Array:
    return np.asarray(np.mean([[one.value for one in seed] for seed in model], axis=0))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def group_letters(
    order: Sequence[str], differences: Sequence[Difference], level: float
) -> Sequence[str | None]:
    """Return the letters of the models in *order*; None for all if a pair could not be tested.

    Parameters
    ----------
    order
        Names of the models, best first.
    differences
        All pairs, with adjusted p-values.
    level
        Adjusted p-value up to which a pair differs.
    """
    if any(one.adjusted_p_value is None for one in differences):
        return [None] * len(order)
    differs = np.zeros((len(order), len(order)), dtype=bool)
    for one in differences:
        pair = order.index(one.first), order.index(one.second)
        differs[pair] = differs[pair[::-1]] = (one.adjusted_p_value or 0.0) <= level
    return letter_display(differs)


def _estimand(
    judged: Mapping[str, Judgements], molecules: Sequence[str], recipe: RankingRecipe
) -> str:
    listing = ", ".join(molecules) if len(molecules) <= 12 else f"{len(molecules)} molecules"
    if recipe.molecules == "fixed":
        words = f"mean over these molecules ({listing}); error from replicas of trajectories"
    else:
        words = f"population that {listing} are a sample of; error from the spread over molecules"
    seeds = {name: len(model) for name, model in judged.items()}
    if max(seeds.values()) > 1:
        listing = ", ".join(f"{name} {count}" for name, count in seeds.items())
        words += f"; of models trained with several seeds from the spread between them: {listing}"
    else:
        words += "; for these trainings of the models, each made once"
    return f"{words}; for trajectories of this length, noise included"
