"""Whether a pilot run predicts the errors of a longer one within its stated uncertainty."""

from dataclasses import dataclass, replace

import numpy as np

from validation.oscillators import MOLECULE, Array, Sampling, sample_spectrum
from vibench.core.spectrum import Spectrum
from vibench.core.streams import generator
from vibench.spectra.convergence import region_areas
from vibench.spectra.pilot import Pilot, predicted_area_error, predicted_floor

FACTOR = 4
"""How much longer the planned run is than the pilot."""
TRUTH_REPLICAS = 6400
LOW_CM1 = 500.0
REGION_CM1 = (1640.0, 1800.0)


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well pilots predicted one quantity."""

    quantity: str
    """What was predicted, for replicas four times as long."""
    replicas: int
    """Replicas of the pilot and of the longer run."""
    repetitions: int
    """Number of pilots."""
    truth: float
    """From many long replicas."""
    truth_error: float
    """Standard error of that."""
    median: float
    """Median of the predictions."""
    coverage: float
    """Fraction of the pilots' 95 % intervals that contain the truth."""


def measure_planning(
    replicas: int, repetitions: int, *, truth_replicas: int = TRUTH_REPLICAS
) -> list[Prediction]:
    """Make pilots of 10 ps per replica and compare what they predict with runs of 40 ps."""
    pilot_sampling = Sampling()
    long_sampling = replace(pilot_sampling, length_fs=FACTOR * pilot_sampling.length_fs)
    rng = generator("planning", replicas)
    parts = [
        sample_spectrum(MOLECULE, 100, long_sampling, rng) for _ in range(truth_replicas // 100)
    ]
    grid = parts[0].wavenumber_cm1
    rows = np.concatenate([np.asarray(part.replicas)[:, grid >= LOW_CM1] for part in parts])
    areas = np.concatenate([region_areas(part, REGION_CM1) for part in parts])
    error = float(areas.std(ddof=1) / areas.mean() / np.sqrt(replicas))
    floor, floor_error = _floor(rows, replicas)
    found: dict[str, list[tuple[float, float, float]]] = {"area": [], "floor": []}
    total = replicas * long_sampling.length_fs
    for _ in range(repetitions):
        spectrum: Spectrum = sample_spectrum(MOLECULE, replicas, pilot_sampling, rng)
        pilot = Pilot(spectrum, pilot_sampling.length_fs, pilot_sampling.depth_fs)
        for name, (value, interval) in (
            ("area", predicted_area_error(pilot, REGION_CM1, total_fs=total)),
            ("floor", predicted_floor(pilot, total_fs=total, range_cm1=(LOW_CM1, float(grid[-1])))),
        ):
            found[name].append((value, interval.low, interval.high))
    # A standard deviation of N values is known to 1/√(2N), a little worse for skewed ones.
    truths = {"area": (error, error / np.sqrt(2 * truth_replicas)), "floor": (floor, floor_error)}
    words = {"area": "relative error of a band area", "floor": "Pearson's r of two runs"}
    return [
        Prediction(
            quantity=words[name],
            replicas=replicas,
            repetitions=repetitions,
            truth=truth,
            truth_error=float(spread),
            median=float(np.median([one[0] for one in found[name]])),
            coverage=float(np.mean([low <= truth <= high for _, low, high in found[name]])),
        )
        for name, (truth, spread) in truths.items()
    ]


def _floor(rows: Array, replicas: int) -> tuple[float, float]:
    """Return the mean correlation of means of so many rows, and its standard error."""
    groups = len(rows) // replicas
    means = rows[: groups * replicas].reshape(groups, replicas, -1).mean(axis=1)
    pairs = np.corrcoef(means)
    # Every pair of groups counts; the error is that of the mean over each group's pairs.
    by_group = (pairs.sum(axis=1) - 1) / (groups - 1)
    return float(by_group.mean()), float(2 * by_group.std(ddof=1) / np.sqrt(groups))
