"""Values for endless trajectories: unbiased where theory says so, unchanged without noise."""

import math

import numpy as np
import pytest

from vibench.compare.endless import endless_pearson, endless_wasserstein
from vibench.compare.metrics import pearson_correlation, wasserstein_of_bands
from vibench.signals.broadening import line_shape
from vibench.statistics.jackknife import jackknife_of_means

GRID = np.arange(500.0, 4001.0, 4.0)
SPACING = np.full(len(GRID), 4.0)


def bands(*lines):
    """Return (lines, points) Gaussian bands given as (centre, area)."""
    return np.array([a * line_shape(GRID - c, width_cm1=33.0, shape="gaussian") for c, a in lines])


def noisy(lines, replicas, rng, *, noise=0.5):
    """Return rows whose band areas fluctuate independently."""
    factors = rng.gamma(1 / noise**2, noise**2, (replicas, len(lines)))
    return factors @ bands(*lines)


LINES = ((700, 1.0), (1100, 3.0), (1700, 2.0), (2900, 1.5), (3600, 1.0))


def test_correction_removes_the_bias_of_the_correlation():
    rng = np.random.default_rng(4)
    plain, endless = [], []
    for _ in range(300):
        a, b = noisy(LINES, 64, rng), noisy(LINES, 64, rng)
        plain.append(pearson_correlation(a.mean(0), b.mean(0)))
        endless.append(jackknife_of_means(pearson_correlation, a, b).corrected)
        value, interval = endless_pearson(a, b)
        assert value == min(endless[-1], 1)
        assert interval.low <= value <= interval.high <= 1
    error = np.std(endless) / math.sqrt(300)
    assert np.mean(plain) < 1 - 5 * error
    # What remains is of second order in the noise.
    assert abs(np.mean(endless) - 1) < 3 * error + 0.1 * (1 - np.mean(plain))


def test_correction_removes_most_of_a_distance_of_nothing():
    rng = np.random.default_rng(5)
    plain, endless, covered = [], [], 0
    for _ in range(200):
        a, b = noisy(LINES, 16, rng), noisy(LINES, 16, rng)
        plain.append(wasserstein_of_bands(GRID, SPACING, a.mean(0), b.mean(0)))
        value, interval = endless_wasserstein(GRID, SPACING, a, b)
        endless.append(value)
        covered += interval.low == 0
    assert np.mean(plain) > 50
    assert np.mean(endless) < 0.5 * np.mean(plain)
    # Binomial standard deviation of 200 draws at 95 %: 1.5 %.
    assert covered / 200 > 0.90


def test_a_clear_distance_is_hardly_corrected():
    rng = np.random.default_rng(6)
    other = ((700, 1.0), (1100, 1.0), (1700, 2.0), (2900, 5.0), (3600, 3.0))
    a, b = noisy(LINES, 64, rng, noise=0.1), noisy(other, 64, rng, noise=0.1)
    distance = wasserstein_of_bands(GRID, SPACING, a.mean(0), b.mean(0))
    value, interval = endless_wasserstein(GRID, SPACING, a, b)
    assert value == pytest.approx(distance, rel=0.01)
    assert 0 < interval.low < distance < interval.high


def test_without_replicas_there_is_nothing_to_correct():
    a, b = bands(*LINES).sum(0)[None], bands((1100, 1.0), (3000, 1.0)).sum(0)[None]
    value, interval = endless_pearson(a, b)
    assert value == pearson_correlation(a[0], b[0])
    assert interval is None
    value, interval = endless_wasserstein(GRID, SPACING, a, b)
    assert value == pytest.approx(wasserstein_of_bands(GRID, SPACING, a[0], b[0]), rel=1e-9)
    assert interval is None


def test_interval_above_one_begins_at_the_uncorrected_correlation():
    # Some intervals of equal spectra lie above 1 altogether.
    rng = np.random.default_rng(7)
    for _ in range(300):
        a, b = noisy(LINES, 8, rng), noisy(LINES, 8, rng)
        raw = jackknife_of_means(pearson_correlation, a, b)
        value, interval = endless_pearson(a, b)
        if raw.corrected_interval().low >= 1:
            break
    else:
        pytest.fail("no interval lay above 1 in 300 attempts")
    assert interval.low == raw.value < 1
    assert value == interval.high == 1
