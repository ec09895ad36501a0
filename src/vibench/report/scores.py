"""Selecting scores, finding the noise floor of one, and saying whether it is reached."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from vibench.core.score import Score

NOISE_FLOOR = "noise floor"
"""Data set of the scores of two independent reference runs against each other."""

HARMONIC = "harmonic spectrum"
"""Data set of the scores of a broadened harmonic spectrum in place of one from dynamics."""

MEASURED = "measured"
"""Reference of the scores of spectra against measured ones."""

PEARSON = "Pearson correlation"
WASSERSTEIN = "Wasserstein distance"
SCALED = "Wasserstein distance (paper)"
"""The distance divided by the range of the axis, as the published benchmark gives it."""
SCALED_TITLE = "Wasserstein distance on an axis scaled to [0, 1], as published"
"""What a reader is told of it."""
SPECTRUM_SCORES = (PEARSON, WASSERSTEIN, SCALED)
"""Scores of one spectrum against another."""
SPECTRUM_UNITS = {PEARSON: "", WASSERSTEIN: "cm^-1", SCALED: ""}
"""Their units."""

ERROR_SCORES = (
    "energy MAE",
    "energy RMSE",
    "energy MAE per atom",
    "energy RMSE per atom",
    "force MAE",
    "force RMSE",
    "dipole MAE",
    "dipole RMSE",
)
"""Errors of predicted properties against labels."""

HARMONIC_SCORE = "harmonic frequency MAE"
MODE_SCORES = (
    HARMONIC_SCORE,
    "harmonic frequency MAE (sorted)",
    "harmonic frequency largest error",
    "harmonic intensity MAE",
    "lowest mode overlap",
    "mixed modes",
    "re-ordered modes",
)
"""Scores of harmonic modes against those of a reference."""

FUNDAMENTAL_SCORES = ("harmonic MAE from fundamentals", "MD band MAE from fundamentals")
"""Mean absolute errors from observed fundamentals."""

SIGNED_FUNDAMENTAL_SCORES = ("harmonic minus fundamental", "MD band minus fundamental")
"""Signed errors of single modes, which have a table of their own."""

INFERENCE_SCORE = "inference time"

STABILITY_SCORES = ("NVE energy drift", "NVE energy fluctuation")
"""How well energy is conserved in dynamics without a thermostat."""


def is_floor(score: Score) -> bool:
    """Return whether *score* compares the reference with itself."""
    return score.dataset == NOISE_FLOOR


def named(scores: Iterable[Score], name: str, model: str | None = None) -> tuple[Score, ...]:
    """Return the scores of that *name*, of one *model* if it is given.

    Those that serve as a standard, noise floors and harmonic spectra, are left out.
    """
    return tuple(
        score
        for score in scores
        if score.name == name
        and score.dataset not in {NOISE_FLOOR, HARMONIC}
        and model in (None, score.model)
    )


def floor_of(score: Score, scores: Iterable[Score]) -> Score | None:
    """Return the noise floor that belongs to *score*, or None.

    It has the same measure, molecule, temperature and reference. A comparison with a measured
    spectrum has none.
    """
    for floor in scores:
        same = (floor.name, floor.molecule, floor.temperature_k, floor.reference) == (
            score.name,
            score.molecule,
            score.temperature_k,
            score.reference,
        )
        if same and is_floor(floor):
            return floor
    return None


def reaches(score: Score, floor: Score) -> bool:
    """Return whether the interval of *score* reaches that of the noise *floor*, or is better.

    Where an interval is missing the value stands for it. Overlap of intervals is a cautious
    reading, not a test: it says that a difference has not been shown.
    """
    if score.higher_is_better:
        best = score.value if score.high is None else score.high
        worst_floor = floor.value if floor.low is None else floor.low
        return best >= worst_floor
    best = score.value if score.low is None else score.low
    worst_floor = floor.value if floor.high is None else floor.high
    return best <= worst_floor


def overall(scores: Iterable[Score], name: str, model: str) -> Score | None:
    """Return the score of *model* over all molecules, preferring a data set named ``"test"``.

    The score of the only molecule stands in where a study has no other.
    """
    found = named(scores, name, model)
    over_all = [score for score in found if score.molecule is None]
    candidates = over_all or (list(found) if len({score.molecule for score in found}) == 1 else [])
    candidates.sort(key=lambda score: score.dataset != "test")
    return candidates[0] if candidates else None


def without_repetition(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Return *scores* without those over all molecules where there is one molecule only.

    Such a score and that of the molecule are the same number twice.
    """
    molecules = {score.molecule for score in scores if score.molecule is not None}
    if len(molecules) != 1:
        return tuple(scores)
    single = {_case(score) for score in scores if score.molecule is not None}
    return tuple(s for s in scores if s.molecule is not None or _case(s) not in single)


def _case(score: Score) -> tuple[object, ...]:
    return (score.name, score.model, score.reference, score.dataset, score.temperature_k)


def shared(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Return the *scores* of those spectra that every model has, so that means can be compared.

    A spectrum that some model failed to give is left out for all.
    """
    finite = [score for score in scores if np.isfinite(score.value)]
    models = {score.model for score in finite}
    holders: dict[tuple[object, ...], set[str | None]] = {}
    for score in finite:
        holders.setdefault(_spectrum(score), set()).add(score.model)
    return tuple(score for score in finite if holders[_spectrum(score)] == models)


def _spectrum(score: Score) -> tuple[object, ...]:
    return (score.name, score.reference, score.molecule, score.temperature_k)


def mean_score(scores: Sequence[Score]) -> Score | None:
    """Return the mean of finite *scores* of one kind; no interval, `n` counts the scores.

    A single score is returned as it is, with its interval.
    """
    finite = [score for score in scores if np.isfinite(score.value)]
    if len(finite) < 2:
        return finite[0] if finite else None
    return replace(
        finite[0],
        value=float(np.mean([score.value for score in finite])),
        n=len(finite),
        low=None,
        high=None,
        molecule=None,
        temperature_k=None,
        estimand=f"mean over {len(finite)} spectra",
    )
