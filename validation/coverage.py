"""How often intervals of 95 % contain the truth."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta
from scipy.stats import t as student_t

from validation.oscillators import (
    DIFFERENT,
    MOLECULE,
    Array,
    Sampling,
    exact_spectrum,
    sample_spectrum,
)
from vibench.compare.intervals import ENDLESS, score_pair
from vibench.compare.measures import measures
from vibench.compare.metrics import pearson_correlation
from vibench.compare.preparation import Pair, prepare
from vibench.compare.recipe import CompareRecipe
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.streams import generator
from vibench.spectra.convergence import region_areas
from vibench.statistics.jackknife import jackknife, jackknife_of_means

RECIPE = CompareRecipe(step_cm1=4.0)
"""Comparison on a coarse grid: eight points on the width of a line."""

_BAND_CM1 = (1660.0, 1780.0)
_STRONG = 0.05
_UNCUT = "Pearson correlation" + ENDLESS + ", not cut at 1"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of one quantity contained the truth."""

    quantity: str
    """What was estimated."""
    case: str
    """``"equal"`` or ``"different"`` candidate and reference."""
    replicas: int
    """Replicas of candidate and of reference."""
    repetitions: int
    """How often it was done."""
    truth: float
    """Exact value (of a pointwise quantity the mean over its points); of a score for trajectories
    of this length its mean over the repetitions."""
    mean: float
    """Mean of the estimates."""
    coverage: float
    """Fraction of intervals that contain the truth."""
    too_high: float
    """Fraction of intervals that lie above the truth."""
    too_low: float
    """Fraction of intervals that lie below it."""


def clopper_pearson(hits: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a probability that gave *hits* in so many *trials*.

    References
    ----------
    C. J. Clopper and E. S. Pearson, Biometrika 26, 404 (1934).
    """
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1 - tail, hits + 1, trials - hits))
    return low, high


def measure_coverage(case: str, replicas: int, repetitions: int) -> list[Coverage]:
    """Repeat sampling and estimation, and count.

    Parameters
    ----------
    case
        ``"equal"``: candidate and reference are one model, so correlation is 1 and distance 0;
        ``"different"``: two bands are shifted by 20 cm⁻¹, two areas larger by 30 %.
    replicas
        Replicas of 10 ps of candidate and of reference.
    repetitions
        How often.

    Returns
    -------
    Intensity of the candidate point by point on its bands, area of its strongest band, and each
    score of the pair: for infinite sampling against the exact value, and for this length against
    its mean over the repetitions.
    """
    bands = {"equal": MOLECULE, "different": DIFFERENT}[case]
    sampling, rng = Sampling(), generator("coverage", case, replicas)
    exact = exact_spectrum(bands, sampling)
    truths = _exact_scores(prepare(exact, exact_spectrum(MOLECULE, sampling), RECIPE))
    truths[_UNCUT] = truths["Pearson correlation" + ENDLESS]
    truths["band area"] = float(_band_areas(exact)[0])
    found: dict[str, list[tuple[float, float, float]]] = {}
    points: list[Array] = []
    strong = exact.intensity > _STRONG * exact.intensity.max()
    for _ in range(repetitions):
        spectrum = sample_spectrum(bands, replicas, sampling, rng)
        pair = prepare(spectrum, sample_spectrum(MOLECULE, replicas, sampling, rng), RECIPE)
        points.append(_pointwise(spectrum)[:, strong])
        found.setdefault("band area", []).append(_area(spectrum))
        for score in _scores(pair):
            if score.low is None or score.high is None:
                raise RuntimeError("replicas gave no interval")
            found.setdefault(score.name, []).append((score.value, score.low, score.high))
        found.setdefault(_UNCUT, []).append(_uncut_pearson(pair))

    def row(quantity: str, estimates: Array, truth: Array | float) -> Coverage:
        values, low, high = estimates
        return Coverage(
            quantity=quantity,
            case=case,
            replicas=replicas,
            repetitions=repetitions,
            truth=float(np.mean(truth)),
            mean=float(values.mean()),
            coverage=float(np.mean((low <= truth) & (truth <= high))),
            too_high=float(np.mean(low > truth)),
            too_low=float(np.mean(high < truth)),
        )

    stacked = {name: np.array(rows).T for name, rows in found.items()}
    pointwise = np.stack(points, axis=1)
    return [
        row("intensity on bands, per point", pointwise, exact.intensity[strong]),
        *(
            row(name, estimates, truths.get(name, float(estimates[0].mean())))
            for name, estimates in stacked.items()
        ),
    ]


def _scores(pair: Pair) -> list[Score]:
    known = measures(pair.wavenumber_cm1, pair.spacing_cm1, RECIPE)
    return [
        score
        for name in ("pearson", "wasserstein")
        for score in score_pair(pair, known[name], width_cm1=RECIPE.width_cm1)
    ]


def _exact_scores(pair: Pair) -> dict[str, float]:
    return {score.name + ENDLESS: score.value for score in _scores(pair)}


def _uncut_pearson(pair: Pair) -> tuple[float, float, float]:
    """Return the correlation for infinite sampling and its interval, not cut at 1."""
    estimate = jackknife_of_means(pearson_correlation, pair.candidate, pair.reference)
    interval = estimate.corrected_interval()
    if interval is None:
        raise RuntimeError("replicas gave no interval")
    return estimate.corrected, interval.low, interval.high


def _pointwise(spectrum: Spectrum) -> Array:
    """Return (3, points) intensity with the ends of its interval, mean ± t·s."""
    error, replicas = spectrum.standard_error, spectrum.replicas
    if error is None or replicas is None:
        raise RuntimeError("a spectrum of several replicas has a standard error")
    half = student_t.ppf(0.975, len(replicas) - 1) * error
    return np.stack([spectrum.intensity, spectrum.intensity - half, spectrum.intensity + half])


def _band_areas(spectrum: Spectrum) -> Array:
    """Return (replicas,) areas in km/mol of the strongest band."""
    return region_areas(spectrum, _BAND_CM1)


def _area(spectrum: Spectrum) -> tuple[float, float, float]:
    """Return the area and its interval, made on the logarithm as areas are skewed."""
    areas = _band_areas(spectrum)
    interval = jackknife(lambda rows: float(np.log(rows.mean())), areas).interval()
    if interval is None:
        raise RuntimeError("replicas gave no interval")
    return float(areas.mean()), float(np.exp(interval.low)), float(np.exp(interval.high))
