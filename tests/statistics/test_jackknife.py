"""Jackknife against textbook formulas."""

import numpy as np
import pytest
from scipy import stats

from vibench.core.errors import InputError
from vibench.statistics.jackknife import jackknife


def test_mean_has_the_textbook_standard_error_and_interval():
    sample = np.random.default_rng(1).normal(size=12)
    estimate = jackknife(lambda a: float(a.mean()), sample)
    assert estimate.value == pytest.approx(sample.mean())
    assert estimate.standard_error == pytest.approx(stats.sem(sample), rel=1e-12)
    interval = estimate.interval(confidence=0.9)
    expected = stats.t.interval(0.9, 11, loc=sample.mean(), scale=stats.sem(sample))
    assert (interval.low, interval.high) == pytest.approx(expected, rel=1e-12)


def test_difference_of_two_samples_is_welch():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=9), rng.normal(1, 4, size=17)
    estimate = jackknife(lambda x, y: float(x.mean() - y.mean()), a, b)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert estimate.value / estimate.standard_error == pytest.approx(welch.statistic, rel=1e-12)
    assert estimate.degrees_of_freedom == pytest.approx(welch.df, rel=1e-12)


def test_single_member_adds_no_variance():
    a = np.random.default_rng(3).normal(size=9)
    alone = jackknife(lambda x: float(x.mean()), a)
    joined = jackknife(lambda x, y: float(x.mean() - y.mean()), a, np.array([5.0]))
    assert joined.standard_error == pytest.approx(alone.standard_error, rel=1e-12)
    assert joined.degrees_of_freedom == 8
    none = jackknife(lambda x: float(x.mean()), np.array([5.0]))
    assert np.isnan(none.standard_error)
    assert none.interval() is None


def test_equal_members_have_no_error():
    estimate = jackknife(lambda x: float(x.mean()), np.ones(4))
    assert estimate.standard_error == 0
    assert estimate.interval().low == estimate.interval().high == 1


def test_members_may_be_curves():
    curves = np.random.default_rng(4).normal(size=(6, 30))
    estimate = jackknife(lambda x: float(x.mean(axis=0).max()), curves)
    assert estimate.value == curves.mean(axis=0).max()
    assert estimate.standard_error > 0


def test_empty_sample_is_refused():
    with pytest.raises(InputError, match="at least one member"):
        jackknife(lambda x: float(x.mean()), np.empty(0))
