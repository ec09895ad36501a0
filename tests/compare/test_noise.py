"""Correction for sampling noise: unbiased where theory says so, zero without noise."""

import math

import numpy as np

from vibench.compare.metrics import pearson_correlation, wasserstein_of_bands
from vibench.compare.noise import pearson_excess, wasserstein_excess
from vibench.signals.broadening import line_shape

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
    truth = pearson_correlation(bands(*LINES).sum(0), bands(*LINES).sum(0))
    plain, free = [], []
    for _ in range(300):
        a, b = noisy(LINES, 64, rng), noisy(LINES, 64, rng)
        plain.append(pearson_correlation(a.mean(0), b.mean(0)))
        free.append(plain[-1] + pearson_excess(a, b))
    error = np.std(free) / math.sqrt(300)
    assert np.mean(plain) < truth - 5 * error
    # What remains is of second order in the noise.
    assert abs(np.mean(free) - truth) < 3 * error + 0.1 * (truth - np.mean(plain))


def test_correction_removes_the_bias_of_a_distance_of_nothing():
    rng = np.random.default_rng(5)
    plain, free = [], []
    for _ in range(300):
        a, b = noisy(LINES, 16, rng), noisy(LINES, 16, rng)
        plain.append(wasserstein_of_bands(GRID, SPACING, a.mean(0), b.mean(0)))
        free.append(plain[-1] - wasserstein_excess(GRID, SPACING, a, b))
    assert np.mean(plain) > 50
    assert abs(np.mean(free)) < 0.25 * np.mean(plain)


def test_a_clear_distance_is_hardly_corrected():
    rng = np.random.default_rng(6)
    other = ((700, 1.0), (1100, 1.0), (1700, 2.0), (2900, 5.0), (3600, 3.0))
    a, b = noisy(LINES, 64, rng, noise=0.1), noisy(other, 64, rng, noise=0.1)
    distance = wasserstein_of_bands(GRID, SPACING, a.mean(0), b.mean(0))
    assert wasserstein_excess(GRID, SPACING, a, b) < 0.01 * distance


def test_without_replicas_there_is_nothing_to_correct():
    a, b = bands(*LINES).sum(0)[None], bands((1100, 1.0), (3000, 1.0)).sum(0)[None]
    assert pearson_excess(a, b) == 0
    assert wasserstein_excess(GRID, SPACING, a, b) == 0
