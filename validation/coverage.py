"""How often intervals of 95 % contain the truth."""

from collections.abc import Callable
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
from vibench.compare.endless import endless_pearson, endless_wasserstein
from vibench.compare.metrics import pearson_correlation, wasserstein_of_bands
from vibench.compare.preparation import Pair, prepare
from vibench.compare.recipe import CompareRecipe
from vibench.core.spectrum import Spectrum
from vibench.core.streams import generator
from vibench.statistics.estimates import Interval
from vibench.statistics.jackknife import jackknife

RECIPE = CompareRecipe(step_cm1=4.0)
"""Comparison on a coarse grid: eight points on the width of a line."""

_BAND_CM1 = (1660.0, 1780.0)
_STRONG = 0.05


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
    """Exact value (of a pointwise quantity the mean over its points)."""
    mean: float
    """Mean of the estimates."""
    coverage: float
    """Fraction of intervals that contain the truth."""
    too_high: float
    """Fraction of intervals that lie above the truth."""
    too_low: float
    """Fraction of intervals that lie below it."""


@dataclass(slots=True)
class _Tally:
    truth: float
    values: list[float]
    outside: list[tuple[float, float]]

    def add(self, value: float, interval: Interval | None) -> None:
        if interval is None:
            raise RuntimeError("replicas gave no interval")
        self.values.append(value)
        self.outside.append((float(self.truth < interval.low), float(self.truth > interval.high)))


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
    """
    bands = {"equal": MOLECULE, "different": DIFFERENT}[case]
    sampling, rng = Sampling(), generator("coverage", case, replicas)
    exact = exact_spectrum(bands, sampling)
    truth = prepare(exact, exact_spectrum(MOLECULE, sampling), RECIPE)
    first, second = truth.candidate[0], truth.reference[0]
    distance = wasserstein_of_bands(truth.wavenumber_cm1, truth.spacing_cm1, first, second)
    tallies = {
        "band area": _Tally(_band_areas(exact)[0], [], []),
        "Pearson correlation": _Tally(pearson_correlation(first, second), [], []),
        "Wasserstein distance": _Tally(distance, [], []),
    }
    strong = exact.intensity > _STRONG * exact.intensity.max()
    outside = np.zeros((2, len(strong)))
    intensity = 0.0
    for _ in range(repetitions):
        found = sample_spectrum(bands, replicas, sampling, rng)
        pair = prepare(found, sample_spectrum(MOLECULE, replicas, sampling, rng), RECIPE)
        outside += _pointwise(found, exact)
        intensity += float(found.intensity[strong].mean())
        for quantity, estimate in _ESTIMATES.items():
            tallies[quantity].add(*estimate(found, pair, rng))
    rows = [
        Coverage(
            quantity,
            case,
            replicas,
            repetitions,
            tally.truth,
            float(np.mean(tally.values)),
            1 - float(np.sum(tally.outside)) / repetitions,
            *(float(part) for part in np.mean(tally.outside, axis=0)),
        )
        for quantity, tally in tallies.items()
    ]
    high, low = outside[:, strong].mean(axis=1) / repetitions
    pointwise = Coverage(
        "intensity on bands, per point",
        case,
        replicas,
        repetitions,
        float(exact.intensity[strong].mean()),
        intensity / repetitions,
        1 - float(high + low),
        float(high),
        float(low),
    )
    return [pointwise, *rows]


def _pointwise(found: Spectrum, exact: Spectrum) -> Array:
    """Return (2, points) 1 where the interval of mean ± t·s lies above or below the truth."""
    error, replicas = found.standard_error, found.replicas
    if error is None or replicas is None:
        raise RuntimeError("a spectrum of several replicas has a standard error")
    half = student_t.ppf(0.975, len(replicas) - 1) * error
    above = exact.intensity < found.intensity - half
    below = exact.intensity > found.intensity + half
    return np.stack([above, below]).astype(np.float64)


def _band_areas(spectrum: Spectrum) -> Array:
    """Return (replicas,) areas in km/mol of the strongest band."""
    low, high = _BAND_CM1
    near = (spectrum.wavenumber_cm1 >= low) & (spectrum.wavenumber_cm1 <= high)
    rows = spectrum.intensity[None] if spectrum.replicas is None else spectrum.replicas
    return np.trapezoid(rows[:, near], spectrum.wavenumber_cm1[near], axis=1)


def _area(found: Spectrum, pair: Pair, rng: np.random.Generator) -> tuple[float, Interval | None]:
    areas = _band_areas(found)
    interval = jackknife(lambda rows: float(np.log(rows.mean())), areas).interval()
    if interval is not None:
        interval = Interval(float(np.exp(interval.low)), float(np.exp(interval.high)))
    return float(areas.mean()), interval


def _pearson(
    found: Spectrum, pair: Pair, rng: np.random.Generator
) -> tuple[float, Interval | None]:
    return endless_pearson(pair.candidate, pair.reference)


def _wasserstein(
    found: Spectrum, pair: Pair, rng: np.random.Generator
) -> tuple[float, Interval | None]:
    grid, spacing = pair.wavenumber_cm1, pair.spacing_cm1
    return endless_wasserstein(grid, spacing, pair.candidate, pair.reference)


type _Estimate = Callable[[Spectrum, Pair, np.random.Generator], tuple[float, Interval | None]]
_ESTIMATES: dict[str, _Estimate] = {
    "band area": _area,
    "Pearson correlation": _pearson,
    "Wasserstein distance": _wasserstein,
}
