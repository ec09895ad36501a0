"""How measures of likeness of two spectra respond to known faults, and which say the same.

Spectra of made-up molecules (six to twelve bands between 600 and 3700 cm^-1, log-normal areas) are
spoilt by one fault of growing size; each measure is taken against the unspoilt spectrum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cosine
from scipy.stats import spearmanr

from vibench.compare.metrics import pearson_correlation, wasserstein_of_bands, wasserstein_of_values
from vibench.core.streams import generator
from vibench.signals.broadening import broaden_sticks

type Array = NDArray[np.float64]
type Bands = tuple[Array, Array]
"""Positions in cm^-1 and areas."""

GRID: Final = np.arange(500.0, 4001.0, 2.0)
SPACING: Final = np.full(len(GRID), 2.0)
WIDTH_CM1: Final = 33.0


def _overlap_lost(a: Array, b: Array) -> float:
    return float(0.5 * np.abs(a / a.sum() - b / b.sum()).sum())


MEASURES: Final[dict[str, Callable[[Array, Array], float]]] = {
    "1 - pearson": lambda a, b: 1 - pearson_correlation(a, b),
    "1 - cosine": lambda a, b: float(cosine(a, b)),
    "1 - spearman": lambda a, b: 1 - float(spearmanr(a, b).statistic),
    "overlap lost": _overlap_lost,
    "wasserstein": lambda a, b: wasserstein_of_bands(GRID, SPACING, a, b),
    "mlatom": wasserstein_of_values,
}
"""Name → how unlike two curves are: 0 is best."""


def _shift(bands: Bands, size: float, rng: np.random.Generator) -> Bands:
    return bands[0] + size, bands[1]


def _scale(bands: Bands, size: float, rng: np.random.Generator) -> Bands:
    return bands[0] * (1 + size), bands[1]


def _jitter(bands: Bands, size: float, rng: np.random.Generator) -> Bands:
    return bands[0] + size * rng.standard_normal(len(bands[0])), bands[1]


def _areas(bands: Bands, size: float, rng: np.random.Generator) -> Bands:
    return bands[0], bands[1] * np.exp(size * rng.standard_normal(len(bands[1])))


FAULTS: Final = {
    "all bands shifted (cm^-1)": (_shift, (5.0, 20.0, 60.0, 200.0)),
    "wavenumbers scaled": (_scale, (0.005, 0.02, 0.05, 0.1)),
    "bands shifted at random (cm^-1)": (_jitter, (5.0, 20.0, 60.0, 200.0)),
    "areas wrong (log-normal)": (_areas, (0.1, 0.3, 0.6, 1.2)),
}
"""Fault → how it is made and its sizes."""


@dataclass(frozen=True, slots=True)
class Response:
    """Mean of one measure over molecules, for one fault of one size."""

    fault: str
    size: float
    measure: str
    mean: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rank correlation of two measures over all faults, sizes and molecules."""

    first: str
    second: str
    spearman: float


def made_up_molecule(rng: np.random.Generator) -> Bands:
    """Return positions and areas of the bands of a made-up molecule."""
    count = int(rng.integers(6, 13))
    return np.sort(rng.uniform(600, 3700, count)), np.exp(rng.standard_normal(count))


def curve(bands: Bands) -> Array:
    """Return the spectrum of bands on the grid."""
    return broaden_sticks(bands[0], bands[1], GRID, width_cm1=WIDTH_CM1)


def measure_responses(molecules: int) -> tuple[list[Response], list[Agreement]]:
    """Spoil the spectra of so many made-up molecules and measure how unlike they become.

    Returns
    -------
    responses
        For every fault, size and measure the mean over molecules.
    agreements
        For every pair of measures the rank correlation over all single cases.
    """
    rng = generator("metrics")
    truths = [made_up_molecule(rng) for _ in range(molecules)]
    responses: list[Response] = []
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for fault, (spoil, sizes) in FAULTS.items():
        for size in sizes:
            pairs = [(curve(spoil(bands, size, rng)), curve(bands)) for bands in truths]
            for name, measure in MEASURES.items():
                found = [measure(a, b) for a, b in pairs]
                values[name] += found
                responses.append(Response(fault, size, name, float(np.mean(found))))
    names = list(MEASURES)
    agreements = [
        Agreement(first, second, float(spearmanr(values[first], values[second]).statistic))
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    ]
    return responses, agreements
