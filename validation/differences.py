"""How often equal models are told apart, and how often a worse one is found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from validation.coverage import clopper_pearson
from validation.oscillators import MOLECULE, Array, Band, Sampling, sample_spectrum, shifted
from vibench.compare.metrics import pearson_correlation
from vibench.core.streams import generator
from vibench.signals.resampling import interpolate, uniform_grid
from vibench.statistics.multiple import holm_adjusted
from vibench.statistics.paired import Judgement, MoleculeRole, contrast, judge, p_value

MODELS = 5
LEVEL = 0.05

_STEP_CM1 = 8.0
_GRID = uniform_grid(500.0, 4000.0, step_cm1=_STEP_CM1)

CASES: Mapping[str, tuple[dict[int, float], dict[int, float]]] = {
    "perfect": ({}, {}),
    "wrong alike": ({1: 20.0, 4: -20.0}, {0: 1.3, 3: 1.3}),
    "strongest band of one model 15 cm^-1 too high": ({3: 15.0}, {}),
    "band at 2950 cm^-1 of one model three times too strong": ({}, {4: 3.0}),
}
"""Case → shifts in cm⁻¹ and factors of areas, by band. In the first two all five models are equal:
as the reference, or wrong in the same way. In the others only the fifth is wrong."""


@dataclass(frozen=True, slots=True)
class Differences:
    """How often differences were found among five models."""

    measure: str
    """Score that the models are compared by."""
    case: str
    """A key of `CASES`."""
    molecules: int
    """Number of molecules."""
    estimand: MoleculeRole
    """Whether the molecules are fixed or random."""
    replicas: int
    """Replicas of each model and of the reference, 10 ps each."""
    repetitions: int
    """How often it was done."""
    false_rate: float
    """Fraction of repetitions with one or more differences between equal models."""
    false_rate_bound: float
    """Upper end of its 95 % interval (Clopper and Pearson, one-sided)."""
    power: float
    """Fraction of repetitions in which the worse model differs from all others; NaN if none."""


def wasserstein(first: Array, second: Array) -> float:
    """Return the Wasserstein distance in cm⁻¹ of two curves on the grid used here."""
    a, b = (np.cumsum(np.clip(curve, 0, None)) for curve in (first, second))
    return float(_STEP_CM1 * np.abs(a / a[-1] - b / b[-1]).sum())


MEASURES: Mapping[str, Callable[[Array, Array], float]] = {
    "Pearson correlation": pearson_correlation,
    "Wasserstein distance": wasserstein,
}


def measure_differences(
    case: str, *, molecules: int, estimand: MoleculeRole, replicas: int, repetitions: int
) -> list[Differences]:
    """Compare five models, of which four or all are equal, again and again, by every measure.

    Parameters
    ----------
    case, molecules, estimand, replicas, repetitions
        See `Differences`.
    """
    sampling = Sampling()
    rng = generator("differences", case, molecules, estimand, replicas)
    one_worse = "one model" in case
    equal = MODELS - 1 if one_worse else MODELS
    false, found = dict.fromkeys(MEASURES, 0), dict.fromkeys(MEASURES, 0)
    for _ in range(repetitions):
        judged = _judged(case, molecules, replicas, sampling, rng)
        for measure in MEASURES:
            differs = _significant(judged[measure], estimand)
            false[measure] += any(differs[pair] for pair in combinations(range(equal), 2))
            found[measure] += all(differs[index, MODELS - 1] for index in range(MODELS - 1))
    return [
        Differences(
            measure=measure,
            case=case,
            molecules=molecules,
            estimand=estimand,
            replicas=replicas,
            repetitions=repetitions,
            false_rate=false[measure] / repetitions,
            # The two-sided interval of 90 % has the one-sided bound of 95 % as its upper end.
            false_rate_bound=clopper_pearson(false[measure], repetitions, confidence=0.9)[1],
            power=found[measure] / repetitions if one_worse else float("nan"),
        )
        for measure in MEASURES
    ]


def _judged(
    case: str, molecules: int, replicas: int, sampling: Sampling, rng: np.random.Generator
) -> dict[str, list[list[Judgement]]]:
    """Return measure → model → molecule → judgement of freshly sampled spectra."""
    judged: dict[str, list[list[Judgement]]] = {
        measure: [[] for _ in range(MODELS)] for measure in MEASURES
    }
    shifts, factors = CASES[case]
    for molecule in range(molecules):
        truth = shifted(MOLECULE, dict.fromkeys(range(len(MOLECULE)), 12.0 * molecule))
        wrong = shifted(truth, shifts, factors)
        reference = _rows(truth, replicas, sampling, rng)
        for index in range(MODELS):
            right = "one model" in case and index < MODELS - 1
            rows = _rows(truth if right else wrong, replicas, sampling, rng)
            for measure, statistic in MEASURES.items():
                judged[measure][index].append(judge(statistic, rows, reference))
    return judged


def _significant(
    judged: Sequence[Sequence[Judgement]], estimand: MoleculeRole
) -> dict[tuple[int, int], bool]:
    pairs = list(combinations(range(len(judged)), 2))
    raw = [
        p_value(contrast([[judged[a]], [judged[b]]], (1, -1), molecules=estimand)) for a, b in pairs
    ]
    adjusted = holm_adjusted(np.array(raw))
    return {pair: bool(p <= LEVEL) for pair, p in zip(pairs, adjusted, strict=True)}


def _rows(
    bands: Sequence[Band], replicas: int, sampling: Sampling, rng: np.random.Generator
) -> Array:
    """Return (replicas, points) spectra on the common grid, at the width of the window."""
    spectrum = sample_spectrum(bands, replicas, sampling, rng)
    return interpolate(spectrum.wavenumber_cm1, np.asarray(spectrum.replicas), _GRID)
