"""Scores by region of the spectrum, and the two parts of the Wasserstein distance."""

from dataclasses import replace

import numpy as np

from vibench.compare.intervals import score_pair
from vibench.compare.measures import Measure, measures
from vibench.compare.metrics import wasserstein_of_bands
from vibench.compare.preparation import FEWEST_POINTS, Pair
from vibench.compare.recipe import CompareRecipe
from vibench.core.molecules import Array
from vibench.core.score import Score

LEAST_SHARE = 0.01
"""A region with less of the area than this, in both spectra, is empty."""


def region_scores(pair: Pair, recipe: CompareRecipe) -> list[Score]:
    """Score every region that holds intensity by itself.

    Returns
    -------
    For each region: how much more of the total area the candidate has in it (percentage points),
    and, where both spectra have some, Pearson correlation and Wasserstein distance within it.
    """
    scores: list[Score] = []
    for name, (low, high) in recipe.regions.items():
        inside = (pair.wavenumber_cm1 >= low) & (pair.wavenumber_cm1 < high)
        if inside.sum() < FEWEST_POINTS:
            continue
        shares = [
            _share(pair.spacing_cm1, inside, rows.mean(axis=0))
            for rows in (pair.candidate, pair.reference)
        ]
        if max(shares) < LEAST_SHARE:
            continue
        part = f"{name}, {low:g}-{high:g} cm^-1"
        scores += score_pair(
            pair, _share_difference(pair.spacing_cm1, inside), width_cm1=recipe.width_cm1, part=part
        )
        if min(shares) >= LEAST_SHARE:
            region = _inside(pair, inside)
            known = measures(region.wavenumber_cm1, region.spacing_cm1, recipe)
            for measure in (known["pearson"], known["wasserstein"]):
                plain = replace(measure.by("region"), endless=None)
                scores += score_pair(region, plain, width_cm1=recipe.width_cm1, part=part)
    return scores


def distance_parts(pair: Pair, recipe: CompareRecipe) -> list[Score]:
    """Split the Wasserstein distance into area in wrong regions, and the rest.

    The area that the candidate has in each region is scaled to the reference's. From the candidate
    to that intermediate spectrum intensity changes its region (redistribution); from there to the
    reference it moves within regions (shifts of bands, and redistribution among them). The
    distance is at most the sum of both parts.
    """
    if not recipe.regions:
        return []
    regions = _region_index(pair.wavenumber_cm1, recipe)

    def distance(first: Array, second: Array) -> float:
        return wasserstein_of_bands(pair.wavenumber_cm1, pair.spacing_cm1, first, second)

    def between(a: Array, b: Array) -> float:
        return distance(a, _redistributed(pair.spacing_cm1, regions, a, b))

    def within(a: Array, b: Array) -> float:
        return distance(_redistributed(pair.spacing_cm1, regions, a, b), b)

    parts = (
        Measure("Wasserstein distance, between regions", "cm^-1", between),
        Measure("Wasserstein distance, within regions", "cm^-1", within),
    )
    return [score for part in parts for score in score_pair(pair, part, width_cm1=recipe.width_cm1)]


def _share(spacing: Array, inside: Array, curve: Array) -> float:
    weights = np.clip(curve, 0, None) * spacing
    total = float(weights.sum())
    return float(weights[inside].sum()) / total if total > 0 else 0.0


def _share_difference(spacing: Array, inside: Array) -> Measure:
    def difference(a: Array, b: Array) -> float:
        return 100 * (_share(spacing, inside, a) - _share(spacing, inside, b))

    return Measure("share of area, error by region", "%", difference, lowest=-np.inf)


def _inside(pair: Pair, inside: Array) -> Pair:
    return replace(
        pair,
        wavenumber_cm1=pair.wavenumber_cm1[inside],
        spacing_cm1=pair.spacing_cm1[inside],
        candidate=pair.candidate[:, inside],
        reference=pair.reference[:, inside],
    )


def _region_index(grid: Array, recipe: CompareRecipe) -> Array:
    """Return (points,) the region of each point; what lies between two regions is one too."""
    edges = sorted({edge for region in recipe.regions.values() for edge in region})
    return np.searchsorted(edges, grid, side="right")


def _redistributed(spacing: Array, regions: Array, curve: Array, like: Array) -> Array:
    """Return *curve* with the area of each region scaled to the share that *like* has in it.

    A region where only *like* has area takes its curve.
    """
    curve, like = np.clip(curve, 0, None), np.clip(like, 0, None)
    count = int(regions.max()) + 1
    own = np.bincount(regions, curve * spacing, minlength=count)
    wanted = np.bincount(regions, like * spacing, minlength=count)
    empty = own <= 0
    factor = np.where(empty, 0.0, wanted / np.where(empty, 1.0, own))
    scaled: Array = np.where(empty[regions], like, curve * factor[regions])
    return scaled
