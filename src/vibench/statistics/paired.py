"""Paired comparison of models that are judged on the same molecules against the same truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.stats import bootstrap
from scipy.stats import t as student_t

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Estimate, Interval, satterthwaite
from vibench.statistics.jackknife import means_without

type MoleculeRole = Literal["fixed", "random"]
"""Whether a statement holds for these molecules ("fixed"), or for the population that they were
drawn from ("random")."""

FEWEST_RANDOM_MOLECULES: Final = 3
"""Molecules below which nothing is said about a population of them."""
FEWEST_BOOTSTRAP_MOLECULES: Final = 8
"""Molecules below which none are resampled: percentiles of so few mean nothing."""
FEWEST_REFERENCE_REPLICAS: Final = 4
"""Replicas of a reference below which models are not told apart on fixed molecules. Its noise is
shared by all of them and is not smaller for more seeds; if two replicas happen to agree, it seems
small and degrees of freedom follow the rest: of equal models, of which 0.5 % were to differ, 4 % do
with two replicas of a reference whose noise prevails, 1.3 % with three, 0.8 % with four (measured
by `tests/statistics/test_paired.py`)."""
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The score of one run on one molecule, and how it changes when a replica is left out."""

    value: float
    """Score of the mean spectra."""
    without_own: Array
    """(replicas,) score without each replica of the run; empty if it has only one."""
    without_reference: Array
    """(reference replicas,) score without each replica of the reference; empty likewise."""


type Judgements = Sequence[Sequence[Judgement]]
"""Judgements of one model: per training seed, per molecule. Models that are compared have the same
molecules in the same order and share the reference runs, but not the number of seeds."""


def judge(statistic: Callable[[Array, Array], float], rows: Array, reference: Array) -> Judgement:
    """Score one run on one molecule, with everything a comparison needs.

    Parameters
    ----------
    statistic
        Score of two mean curves (points,).
    rows, reference : (replicas, points)
        Curves of independent replicas.
    """
    mean, truth = rows.mean(axis=0), reference.mean(axis=0)
    return Judgement(
        value=float(statistic(mean, truth)),
        without_own=np.array([statistic(curve, truth) for curve in means_without(rows)]),
        without_reference=np.array([statistic(mean, curve) for curve in means_without(reference)]),
    )


def contrast(
    models: Sequence[Judgements], weights: Sequence[float], *, molecules: MoleculeRole
) -> Estimate:
    """Estimate Σ_k w_k (mean score of model k) over molecules and seeds, with its error.

    One model of weight 1 gives its mean score; weights 1 and -1 the difference of two models.
    Molecule by molecule the models share the reference, so its noise cancels as far as it moves
    both scores alike: its part of the error is that of the combination, not of each model.

    **Fixed molecules.** With M molecules, variances add:

    - of a model trained once, those of the jackknife over its own replicas,
      Σ_m s_m²/M². The statement is then about that one training;
    - of a model trained S ≥ 2 times, the variance of its S means over molecules, divided by S. This
      contains the noise of its replicas, and the seed may move all molecules alike;
    - of the reference, that of the jackknife over its replicas, for the combination.

    **Random molecules.** The variance of the combination between molecules, divided by M; it
    contains all noise but what moves all molecules alike, which is the seed: for models trained
    several times its variance is added (an upper bound, as it contains part of the noise again).

    Degrees of freedom follow Welch and Satterthwaite.

    Parameters
    ----------
    models
        Judgements of each model.
    weights
        Weight of each model.
    molecules
        What the statement is about.

    Returns
    -------
    Estimate
        Degrees of freedom are 0 (and there is no interval) where nothing tells the error:
        without replicas, or with fewer than three molecules if they are random.

    Raises
    ------
    InputError
        If models were not judged on the same number of molecules.

    References
    ----------
    R. G. Miller, Biometrika 61, 1 (1974) (jackknife); B. L. Welch, Biometrika 34, 28 (1947).
    """
    counts = {len(seed) for model in models for seed in model}
    if len(counts) != 1 or 0 in counts:
        raise InputError(f"models were judged on {sorted(counts)} molecules; expected one number")
    count = counts.pop()
    per_molecule = sum(
        weight * np.mean([[one.value for one in seed] for seed in model], axis=0)
        for model, weight in zip(models, weights, strict=True)
    )
    value = float(np.mean(per_molecule))
    variances: list[float] = []
    freedoms: list[float] = []
    if molecules == "random":
        if count < FEWEST_RANDOM_MOLECULES:
            return Estimate(value, float("nan"), 0.0)
        variances.append(float(np.var(per_molecule, ddof=1)) / count)
        freedoms.append(count - 1)
    else:
        _add_reference(models, weights, count, variances, freedoms)
    for model, weight in zip(models, weights, strict=True):
        if len(model) > 1:
            means = [np.mean([one.value for one in seed]) for seed in model]
            variances.append(weight**2 * float(np.var(means, ddof=1)) / len(means))
            freedoms.append(len(means) - 1)
        elif molecules == "fixed":
            _add_own(model[0], weight, variances, freedoms)
    if not variances:
        return Estimate(value, float("nan"), 0.0)
    error = float(np.sqrt(sum(variances)))
    return Estimate(value, error, satterthwaite(variances, freedoms))


def _add_own(
    seed: Sequence[Judgement], weight: float, variances: list[float], freedoms: list[float]
) -> None:
    for one in seed:
        replicas = len(one.without_own)
        if replicas > 1:
            scale = (weight / len(seed)) ** 2 * (replicas - 1)
            variances.append(scale * float(one.without_own.var()))
            freedoms.append(replicas - 1)


def _add_reference(
    models: Sequence[Judgements],
    weights: Sequence[float],
    count: int,
    variances: list[float],
    freedoms: list[float],
) -> None:
    for molecule in range(count):
        thinned = sum(
            weight * np.mean([seed[molecule].without_reference for seed in model], axis=0)
            for model, weight in zip(models, weights, strict=True)
        )
        replicas = np.size(thinned)
        if replicas > 1:
            variances.append((replicas - 1) * float(np.var(thinned)) / count**2)
            freedoms.append(replicas - 1)


def p_value(difference: Estimate) -> float:
    """Return the two-sided p-value of "there is no difference" by Student's t; NaN if untold."""
    if difference.degrees_of_freedom <= 0:
        return float("nan")
    if difference.standard_error == 0:
        return 1.0 if difference.value == 0 else 0.0
    ratio = abs(difference.value) / difference.standard_error
    return float(2 * student_t.sf(ratio, difference.degrees_of_freedom))


def bootstrap_over_molecules(
    differences: Array, *, rng: np.random.Generator, confidence: float = 0.95
) -> Interval | None:
    """Return the bias-corrected and accelerated bootstrap interval of a mean over molecules.

    Parameters
    ----------
    differences : (molecules,)
        One value per molecule.
    rng
        Random generator.
    confidence
        Nominal coverage.

    Returns
    -------
    Interval or None
        None with fewer than eight molecules: too few to be resampled.

    References
    ----------
    B. Efron, J. Am. Stat. Assoc. 82, 171 (1987).
    """
    if len(differences) < FEWEST_BOOTSTRAP_MOLECULES:
        return None
    if np.ptp(differences) == 0:
        return Interval(float(differences[0]), float(differences[0]))
    interval = bootstrap(
        (np.asarray(differences),),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=confidence,
        method="BCa",
        rng=rng,
    ).confidence_interval
    return Interval(float(interval.low), float(interval.high))
