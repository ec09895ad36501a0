"""Metrics against SciPy and against shifts known in advance."""

import numpy as np
import pytest
from scipy import stats

from vibench.compare.metrics import (
    clipped_fraction,
    pearson_correlation,
    wasserstein_of_bands,
    wasserstein_of_values,
)
from vibench.core.errors import InputError
from vibench.signals.broadening import line_shape

GRID = np.arange(500.0, 4001.0)
ONES = np.ones_like(GRID)


def bands(*lines):
    """Return the sum of Gaussian bands given as (centre, area)."""
    return sum(
        area * line_shape(GRID - centre, width_cm1=33.0, shape="gaussian") for centre, area in lines
    )


def test_pearson_equals_scipy_and_ignores_scale_and_offset():
    a, b = np.random.default_rng(1).normal(size=(2, 200))
    expected = stats.pearsonr(a, b).statistic
    assert pearson_correlation(a, b) == pytest.approx(expected, rel=1e-12)
    assert pearson_correlation(5 * a + 3, b) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(InputError, match="constant"):
        pearson_correlation(np.ones(200), b)


def test_wasserstein_of_a_shift_is_the_shift_times_its_share():
    reference = bands((1000, 3.0), (3000, 1.0))
    assert wasserstein_of_bands(
        GRID, ONES, bands((1020, 3.0), (3020, 1.0)), reference
    ) == pytest.approx(20, rel=1e-6)
    moved = bands((1000, 3.0), (3700, 1.0))
    assert wasserstein_of_bands(GRID, ONES, moved, reference) == pytest.approx(175, rel=1e-6)


def test_wasserstein_is_the_area_between_cumulative_curves_and_equals_scipy():
    a, b = bands((1000, 3.0), (2500, 1.0)), bands((1200, 1.0), (3000, 1.0))
    cumulative = np.cumsum(a) / a.sum() - np.cumsum(b) / b.sum()
    found = wasserstein_of_bands(GRID, ONES, a, 7 * b)
    assert found == pytest.approx(np.abs(cumulative).sum(), rel=1e-9)
    assert found == pytest.approx(stats.wasserstein_distance(GRID, GRID, a, b), rel=1e-9)


def test_wasserstein_does_not_depend_on_where_points_are_dense():
    dense = np.concatenate([np.arange(500.0, 2000.0, 0.25), np.arange(2000.0, 4001.0, 1.0)])
    a, b = bands((1000, 3.0), (3000, 1.0)), bands((1000, 1.0), (3000, 1.0))
    expected = wasserstein_of_bands(GRID, ONES, a, b)
    on_dense = [np.interp(dense, GRID, curve) for curve in (a, b)]
    assert wasserstein_of_bands(dense, np.gradient(dense), *on_dense) == pytest.approx(
        expected, rel=1e-3
    )


def test_values_ignore_the_axis():
    """Bands moved by 800 cm^-1 cost nothing: why this variant serves compatibility only."""
    a, b = bands((1000, 1.0)), bands((1800, 1.0))
    assert wasserstein_of_bands(GRID, ONES, a, b) == pytest.approx(800, rel=1e-6)
    assert wasserstein_of_values(a, b) < 1e-6


def test_negative_area_is_clipped_and_measured():
    positive = bands((1000, 4.0))
    curve = positive - bands((3000, 1.0))
    assert clipped_fraction(ONES, curve) == pytest.approx(0.25, rel=1e-6)
    assert wasserstein_of_bands(GRID, ONES, curve, positive) == pytest.approx(0, abs=1e-9)
    for distance in (
        lambda: wasserstein_of_bands(GRID, ONES, -positive, positive),
        lambda: wasserstein_of_values(-positive - 1, positive),
    ):
        with pytest.raises(InputError, match="without positive intensity"):
            distance()
