"""The area between curves: known limits, and coverage at and away from zero."""

import numpy as np
import pytest
from scipy import stats

from vibench.core.errors import InputError
from vibench.statistics.distances import CurveEstimate, area_between, jackknife_curve
from vibench.statistics.jackknife import jackknife


def test_variance_of_a_curve_is_that_of_the_jackknife():
    rng = np.random.default_rng(1)
    a, b = rng.normal(3, 1, (7, 5)), rng.normal(5, 1, (4, 5))
    estimate = jackknife_curve(lambda x, y: x / y, a, b)
    for point in range(5):
        alone = jackknife(lambda x, y, p=point: float(x[:, p].mean() / y[:, p].mean()), a, b)
        assert estimate.values[point] == pytest.approx(alone.value)
        found = np.sqrt((estimate.errors[:, point] ** 2).sum())
        assert found == pytest.approx(alone.standard_error)


def test_single_curves_have_no_interval():
    difference = jackknife_curve(lambda x, y: x - y, np.ones((1, 4)), np.zeros((1, 4)))
    estimate, interval = area_between(
        difference, steps=np.full(len(difference.values), 0.5), rng=np.random.default_rng(1)
    )
    assert estimate.value == 2.0
    assert interval is None


def test_lengths_must_not_be_negative():
    with pytest.raises(InputError, match="negative"):
        area_between(
            CurveEstimate(np.ones(3), np.zeros((0, 3)), 0.0),
            steps=-np.ones(3),
            rng=np.random.default_rng(1),
        )


def test_known_sign_gives_the_interval_of_the_mean():
    # Far from zero ∫|d| is Σ d, whose interval is Student's.
    rng = np.random.default_rng(2)
    rows = 50 + rng.normal(size=(6, 3))
    difference = jackknife_curve(lambda x: x, rows)
    estimate, interval = area_between(difference, steps=np.ones(len(difference.values)), rng=rng)
    sums = rows.sum(axis=1)
    expected = stats.t.interval(0.95, 5, loc=sums.mean(), scale=stats.sem(sums))
    assert estimate.bias == 0
    # Quantiles of 1000 draws at the 2.5 % tail are good to about 5 % of the half width.
    half = (expected[1] - expected[0]) / 2
    assert (interval.low, interval.high) == pytest.approx(expected, abs=0.25 * half)


@pytest.mark.parametrize("mean", [0.0, 0.5, 1.5, 5.0])
def test_interval_covers_and_the_value_is_nearly_unbiased(mean):
    """Twenty independent points whose mean is `mean` standard errors from zero, 12 replicas."""
    rng = np.random.default_rng(3)
    truth, covered, values = 20 * mean, [], []
    for _ in range(300):
        rows = mean + np.sqrt(12) * rng.normal(size=(12, 20))
        estimate, interval = area_between(
            jackknife_curve(lambda x: x, rows), steps=np.ones(rows.shape[1]), rng=rng
        )
        covered.append(interval.low <= truth <= interval.high)
        values.append(estimate.corrected)
    assert np.mean(covered) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 300)
    # Pointwise bias between -0.22 and +0.26 standard errors, as derived; 20 points.
    error = np.mean(values) - truth
    sigma = np.std(values) / np.sqrt(300)
    assert 20 * -0.22 - 4 * sigma < error < 20 * 0.26 + 4 * sigma
