"""Bands of two spectra, found, paired and compared one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks, peak_widths
from scipy.stats import t as student_t

from vibench.compare.intervals import score_pair
from vibench.compare.measures import Measure
from vibench.compare.preparation import Pair
from vibench.compare.recipe import CompareRecipe
from vibench.core.molecules import Array
from vibench.core.score import Score

LEAST_PROMINENCE: Final = 0.03
"""Bands less prominent than this part of the highest are not counted."""
CHANCE: Final = 0.025
"""Nor are those that noise would make stand out as far with more than this probability."""
WINDOW_PER_WIDTH: Final = 1.5
"""A band reaches this many of its widths to either side, if no valley comes before."""
FARTHEST_CM1: Final = 100.0
"""Bands further apart than this are not the same band."""


@dataclass(frozen=True, slots=True)
class Band:
    """Where one band lies on a grid."""

    position_cm1: float
    """Wavenumber of its maximum in cm⁻¹."""
    window: slice
    """Points that belong to it."""


def find_bands(grid: Array, rows: Array) -> list[Band]:
    """Return the bands of the mean of *rows* (replicas, points) on *grid* (points,).

    A band is a maximum that stands out by 3 % of the highest, and by more than the mean at two
    points would differ by noise alone with a probability of 2.5 % (√2 standard errors times
    Student's t). It reaches to the valleys between it and its neighbours, at most 1.5 times its
    full width at half prominence.
    """
    curve = rows.mean(axis=0)
    least = np.full(len(grid), LEAST_PROMINENCE * curve.max())
    if len(rows) > 1:
        noise = np.sqrt(2 / len(rows)) * rows.std(axis=0, ddof=1)
        least = np.maximum(least, noise * student_t.isf(CHANCE, len(rows) - 1))
    peaks, found = find_peaks(curve, prominence=0.0)
    peaks = peaks[found["prominences"] >= least[peaks]]
    if not peaks.size:
        return []
    widths = peak_widths(curve, peaks, rel_height=0.5)[0]
    valleys = [first + int(np.argmin(curve[first:second])) for first, second in pairwise(peaks)]
    left, right = [0, *valleys], [*valleys, len(grid) - 1]
    bands = []
    for peak, width, start, end in zip(peaks, widths, left, right, strict=True):
        reach = max(2, int(WINDOW_PER_WIDTH * width))
        window = slice(max(start, peak - reach), min(end, peak + reach) + 1)
        bands.append(Band(_position(grid, window, curve), window))
    return bands


def pair_bands(first: list[Band], second: list[Band]) -> list[tuple[Band, Band]]:
    """Pair bands so that the sum of distances is least; none further than 100 cm⁻¹."""
    if not first or not second:
        return []
    positions = [np.array([band.position_cm1 for band in bands]) for bands in (first, second)]
    distance = np.abs(positions[0][:, None] - positions[1][None, :])
    chosen = linear_sum_assignment(np.minimum(distance, FARTHEST_CM1))
    return [
        (first[i], second[k]) for i, k in zip(*chosen, strict=True) if distance[i, k] < FARTHEST_CM1
    ]


def band_scores(pair: Pair, recipe: CompareRecipe) -> list[Score]:
    """Compare the bands of a candidate with those of the reference.

    Returns
    -------
    How many bands of the reference have no counterpart; for every pair of bands, named by the
    reference's position, the error of position and width in cm⁻¹ and of the share of the total
    area in per cent of it. Windows are those of the mean spectra; intervals come from the
    jackknife over replicas within them.
    """
    grid = pair.wavenumber_cm1
    wanted, own = find_bands(grid, pair.reference), find_bands(grid, pair.candidate)
    paired = pair_bands(own, wanted)
    scores = [
        Score(
            name="bands without counterpart",
            value=float(len(wanted) - len(paired)),
            unit="",
            higher_is_better=False,
            n=len(wanted),
            estimand=f"bands of the reference with none of the candidate within {FARTHEST_CM1:g} "
            "cm^-1; bands stand out by 3 % of the highest and from noise",
            width_cm1=recipe.width_cm1,
        )
    ]
    for mine, other in sorted(paired, key=lambda bands: bands[1].position_cm1):
        for measure in _errors(pair, mine.window, other.window):
            part = f"{other.position_cm1:.0f} cm^-1"
            scores += score_pair(pair, measure, width_cm1=recipe.width_cm1, part=part)
    return scores


def _errors(pair: Pair, mine: slice, other: slice) -> tuple[Measure, ...]:
    grid, spacing = pair.wavenumber_cm1, pair.spacing_cm1

    def difference(of: Callable[[slice, Array], float]) -> Callable[[Array, Array], float]:
        return lambda a, b: of(mine, a) - of(other, b)

    def relative_area(a: Array, b: Array) -> float:
        return 100 * (_share(spacing, mine, a) / _share(spacing, other, b) - 1)

    return (
        Measure(
            "band position error",
            "cm^-1",
            difference(partial(_position, grid)),
            lowest=-np.inf,
            uses_sign=True,
        ),
        Measure("band area error", "%", relative_area, lowest=-100.0),
        Measure(
            "band width error",
            "cm^-1",
            difference(partial(_width, grid)),
            lowest=-np.inf,
            uses_sign=True,
        ),
    )


def _position(grid: Array, window: slice, curve: Array) -> float:
    """Return the vertex of the parabola through the highest point and its neighbours."""
    top = window.start + int(np.argmax(curve[window]))
    if not 0 < top < len(grid) - 1:
        return float(grid[top])
    left, middle, right = curve[top - 1 : top + 2]
    curvature = left - 2 * middle + right
    if curvature >= 0:
        return float(grid[top])
    step = 0.5 * float(grid[top + 1] - grid[top - 1])
    offset = float(np.clip(0.5 * (left - right) / curvature, -1, 1))
    return float(grid[top]) + step * offset


def _width(grid: Array, window: slice, curve: Array) -> float:
    """Return the full width at half maximum, as far as it lies in the window."""
    values, points = curve[window], grid[window]
    top = int(np.argmax(values))
    half = values[top] / 2
    ends = []
    for side in (slice(top, None, -1), slice(top, None)):
        heights, places = values[side], points[side]
        below = np.flatnonzero(heights < half)
        if not below.size:
            ends.append(places[-1])
            continue
        k = below[0]
        ends.append(np.interp(half, heights[[k, k - 1]], places[[k, k - 1]]))
    return float(ends[1] - ends[0])


def _share(spacing: Array, window: slice, curve: Array) -> float:
    weights = np.clip(curve, 0, None) * spacing
    return float(weights[window].sum() / weights.sum())
