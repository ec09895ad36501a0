"""Line shapes, widths and grids."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.signals.broadening import (
    added_width_cm1,
    broaden_sticks,
    convolve_gaussian,
    line_shape,
)
from vibench.signals.resampling import interpolate, uniform_grid

GRID = np.arange(0.0, 4000.5, 0.5)


@pytest.mark.parametrize(("shape", "tail"), [("gaussian", 1e-9), ("lorentzian", 6e-3)])
def test_line_has_unit_area_and_the_stated_width(shape, tail):
    line = line_shape(GRID - 2000, width_cm1=20.0, shape=shape)
    assert np.trapezoid(line, GRID) == pytest.approx(1, abs=tail)
    half = line_shape(np.array([10.0]), width_cm1=20.0, shape=shape)[0]
    assert half == pytest.approx(line.max() / 2, rel=1e-12)


def test_sticks_keep_their_areas():
    area = np.array([3.0, 40.0])
    curve = broaden_sticks(np.array([1000.0, 3000.0]), area, GRID, width_cm1=30.0)
    low = GRID < 2000
    assert np.trapezoid(curve[low], GRID[low]) == pytest.approx(3, rel=1e-9)
    assert np.trapezoid(curve[~low], GRID[~low]) == pytest.approx(40, rel=1e-9)


def test_gaussian_brought_to_a_total_width_is_the_gaussian_of_that_width():
    narrow = line_shape(GRID - 2000, width_cm1=12.0, shape="gaussian")
    wide = line_shape(GRID - 2000, width_cm1=33.0, shape="gaussian")
    found = convolve_gaussian(GRID, narrow, width_cm1=added_width_cm1(12.0, 33.0))
    np.testing.assert_allclose(found, wide, rtol=0, atol=1e-4 * wide.max())


def test_convolution_on_a_coarse_grid_keeps_area_and_width():
    coarse = np.arange(0.0, 4001.0, 4.0)
    narrow = line_shape(coarse - 2000, width_cm1=20.0, shape="gaussian")
    found = convolve_gaussian(coarse, narrow, width_cm1=5.0)
    wide = line_shape(coarse - 2000, width_cm1=np.hypot(20.0, 5.0), shape="gaussian")
    assert np.trapezoid(found, coarse) == pytest.approx(1, rel=1e-3)
    np.testing.assert_allclose(found, wide, rtol=0, atol=0.02 * wide.max())


def test_convolution_of_many_curves_is_that_of_each():
    curves = np.random.default_rng(5).normal(size=(3, len(GRID)))
    together = convolve_gaussian(GRID, curves, width_cm1=10.0)
    for row, curve in zip(together, curves, strict=True):
        np.testing.assert_array_equal(row, convolve_gaussian(GRID, curve, width_cm1=10.0))


def test_a_flat_curve_stays_flat_up_to_its_ends():
    found = convolve_gaussian(GRID, np.full(len(GRID), 2.0), width_cm1=100.0)
    np.testing.assert_allclose(found, 2.0, rtol=1e-12)


def test_wider_than_wanted_adds_nothing():
    assert added_width_cm1(40.0, 33.0) == 0
    curve = np.random.default_rng(6).normal(size=len(GRID))
    assert convolve_gaussian(GRID, curve, width_cm1=0.0) is curve


def test_grids_of_one_step_share_their_points():
    first = uniform_grid(500.3, 600.7, step_cm1=0.5)
    assert first[0] == 500.5
    assert first[-1] == 600.5
    second = uniform_grid(550.0, 700.0, step_cm1=0.5)
    assert set(second[second <= 600.5]) <= set(first)


def test_nothing_is_extrapolated():
    with pytest.raises(InputError, match="covers 0-4000"):
        interpolate(GRID, GRID, np.array([3990.0, 4010.0]))
