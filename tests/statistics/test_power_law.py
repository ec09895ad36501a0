"""Power laws: exact where they are exact, with intervals that hold what they promise."""

import math

import numpy as np
import pytest

from vibench.statistics.power_law import fit_power_law, needed_size

SIZES = [50, 100, 200, 400, 800]


def law(sizes):
    return [300.0 * size**-0.7 for size in sizes]


def test_an_exact_law_is_found():
    found = fit_power_law(SIZES, law(SIZES))
    assert found.exponent.value == pytest.approx(0.7)
    assert found.prefactor == pytest.approx(300.0)


def test_intervals_contain_the_exponent_as_often_as_they_say():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(1000):
        noisy = np.array(law(SIZES)) * np.exp(0.1 * rng.standard_normal(len(SIZES)))
        interval = fit_power_law(SIZES, noisy).exponent.interval()
        inside += interval.low < 0.7 < interval.high
    assert abs(inside - 950) < 4 * math.sqrt(1000 * 0.95 * 0.05)


def test_two_sizes_give_no_exponent_however_many_seeds():
    assert fit_power_law([50, 50, 100, 100], [2.0, 2.1, 1.0, 1.1]) is None
    assert fit_power_law(SIZES, [3.0, 2.0, math.nan, 1.0, 1.0]) is None


def test_interpolation_is_exact_for_a_power_law():
    assert needed_size(SIZES, law(SIZES), 300.0 * 270**-0.7).value == pytest.approx(270)


def test_repeated_sizes_are_averaged():
    found = needed_size([10, 10, 1000], [8.0, 2.0, 0.4], 4.0)
    assert (found.value, found.place) == (pytest.approx(10), "within")


@pytest.mark.parametrize(("target", "place"), [(1e6, "below"), (1e-6, "above")])
def test_outside_of_the_curve_only_the_side_is_told(target, place):
    found = needed_size(SIZES, law(SIZES), target)
    assert math.isnan(found.value)
    assert found.place == place


def test_the_ends_of_the_curve_belong_to_it():
    for size, error in zip(SIZES, law(SIZES), strict=True):
        assert needed_size(SIZES, law(SIZES), error).value == pytest.approx(size)


def test_the_first_crossing_counts():
    assert needed_size([10, 20, 40, 80], [4.0, 1.0, 3.0, 0.5], 2.0).value == pytest.approx(
        math.sqrt(200)
    )
