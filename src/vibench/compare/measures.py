"""Measures: what is computed from two spectra, as they are and for endless trajectories."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vibench.compare.endless import Endless, endless_pearson, endless_wasserstein
from vibench.compare.metrics import pearson_correlation, wasserstein_of_bands, wasserstein_of_values
from vibench.compare.recipe import CompareRecipe, MetricName
from vibench.core.molecules import Array
from vibench.statistics.estimates import Interval

CLOSEST_TO_ONE: Final = 1 - 1e-12
"""Correlations are kept this far from ±1, where Fisher's z is infinite."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of merit of a pair of spectra.

    Rows are spectra of independent replicas, (replicas, points); their means are compared.
    """

    name: str
    """Name in tables."""
    unit: str
    """Unit; empty for a pure number."""
    of_means: Callable[[Array, Array], float]
    """Value of two mean spectra (points,)."""
    endless: Callable[[Array, Array], Endless] | None = None
    """Value and interval of the expectations of two sets of rows, or None if not known."""
    is_correlation: bool = False
    """Whether it is a correlation: 1 is best and Fisher's z its scale; else 0 is best."""
    lowest: float = 0.0
    """Lowest value that anything but a correlation can have."""
    uses_sign: bool = False
    """Whether negative intensity counts; else it is set to zero."""

    def statistic(self, candidate: Array, reference: Array) -> float:
        """Return the value of two mean spectra on the scale where intervals are symmetric."""
        value = self.of_means(candidate, reference)
        return _fisher_z(value) if self.is_correlation else value

    def from_scale(self, value: float) -> float:
        """Return a value on the measure's own scale from one on that of `statistic`."""
        return math.tanh(value) if self.is_correlation else max(value, self.lowest)

    def by(self, what: str) -> "Measure":
        """Return the same measure under a name that says it is given for parts, ``"… by what"``."""
        return replace(self, name=f"{self.name} by {what}")


def measures(grid: Array, spacing: Array, recipe: CompareRecipe) -> dict[MetricName, Measure]:
    """Return the measures that a recipe may ask for.

    Parameters
    ----------
    grid : (points,)
        Ascending wavenumbers in cm⁻¹ of the rows.
    spacing : (points,)
        Range in cm⁻¹ that each point stands for.
    recipe
        Settings.
    """
    span = recipe.high_cm1 - recipe.low_cm1

    def bands(a: Array, b: Array) -> float:
        return wasserstein_of_bands(grid, spacing, a, b)

    def endless(a: Array, b: Array) -> Endless:
        return endless_wasserstein(grid, spacing, a, b)

    def endless_paper(a: Array, b: Array) -> Endless:
        value, interval = endless(a, b)
        scaled = interval and Interval(interval.low / span, interval.high / span)
        return value / span, scaled

    return {
        "pearson": Measure(
            "Pearson correlation",
            "",
            pearson_correlation,
            endless_pearson,
            is_correlation=True,
            uses_sign=True,
        ),
        "wasserstein": Measure("Wasserstein distance", "cm^-1", bands, endless),
        "wasserstein-paper": Measure(
            "Wasserstein distance (paper)", "", lambda a, b: bands(a, b) / span, endless_paper
        ),
        "wasserstein-mlatom": Measure(
            "Wasserstein distance (mlatom)", "", wasserstein_of_values, uses_sign=True
        ),
    }


def _fisher_z(correlation: float) -> float:
    return math.atanh(float(np.clip(correlation, -CLOSEST_TO_ONE, CLOSEST_TO_ONE)))
