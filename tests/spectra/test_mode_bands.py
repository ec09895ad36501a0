"""Bands of modes: positions, widths and errors of spectra that are known."""

import numpy as np
import pytest

from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.spectra.mode_bands import find_band, mode_bands
from vibench.spectra.power import ModePower
from vibench.spectra.recipe import BandsRecipe
from vibench.spectra.verlet import without_time_step

GRID = np.arange(0.0, 4000.0, 2.0)
ANYWHERE = {"low_cm1": 0.0, "high_cm1": 4000.0}
AS_FOUND = BandsRecipe(correct_time_step=False)


def line(position, width=40.0):
    sigma = width / 2.3548
    return np.exp(-0.5 * ((GRID - position) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def power(replicas):
    return ModePower(GRID, np.array(replicas), 33.4, 300.0)


def test_a_gaussian_has_its_position_centroid_and_width():
    band = find_band(GRID, 3 * line(1500.7), **ANYWHERE)
    assert band.position_cm1 == pytest.approx(1500.7, abs=0.02)
    assert band.centroid_cm1 == pytest.approx(1500.7, abs=0.5)
    assert band.width_cm1 == pytest.approx(40, abs=0.1)


def test_the_centroid_sees_a_shoulder_that_the_maximum_does_not():
    band = find_band(GRID, line(1500.0) + 0.3 * line(1540.0, 30.0), **ANYWHERE)
    assert 1500 < band.position_cm1 < 1504
    assert band.position_cm1 + 2 < band.centroid_cm1 < 1515


def test_a_band_on_a_slope_has_the_width_of_the_deviation():
    curve = np.exp(-GRID / 1000) + 0.2 * np.exp(-0.5 * ((GRID - 500) / 50) ** 2)
    band = find_band(GRID, curve, **ANYWHERE)
    assert 400 < band.position_cm1 < 500
    mean = np.average(GRID, weights=curve)
    spread = np.sqrt(np.average((GRID - mean) ** 2, weights=curve))
    assert band.width_cm1 == pytest.approx(2.3548 * spread, rel=1e-3)


def test_drift_is_no_band():
    drift = 5 * np.exp(-GRID / 50)
    found = mode_bands(
        power([[drift + line(340.0), drift]]),
        np.array([370.0, 390.0]),
        AS_FOUND,
        time_step_fs=0.5,
    )
    assert found.position_cm1[0] == pytest.approx(340, abs=6)
    assert np.isnan([found.position_cm1[1], found.centroid_cm1[1], found.width_cm1[1]]).all()
    # and what lies more than an octave away belongs to another mode
    far = mode_bands(
        power([[line(340.0) + 3 * line(3500.0)]]), np.array([370.0]), AS_FOUND, time_step_fs=0.5
    )
    assert far.position_cm1[0] == pytest.approx(340, abs=0.1)


def test_each_mode_has_its_band_and_degenerate_ones_share_it():
    rows = [[line(700.0), line(1490.0), line(1510.0), line(3000.0)]] * 3
    bands = mode_bands(power(rows), np.array([700, 1500, 1500.4, 3010]), AS_FOUND, time_step_fs=0.5)
    np.testing.assert_allclose(bands.position_cm1, [700, 1500, 1500, 3000], atol=0.1)
    np.testing.assert_allclose(bands.energy, 1, atol=1e-3)
    np.testing.assert_allclose(bands.standard_error_cm1, 0, atol=1e-9)
    assert "with time step shift" in bands.method
    alone = BandsRecipe(correct_time_step=False, degenerate_within_cm1=0.1)
    apart = mode_bands(power(rows), np.array([700, 1500, 1500.4, 3010]), alone, time_step_fs=0.5)
    np.testing.assert_allclose(apart.position_cm1[1:3], [1490, 1510], atol=0.1)


def test_modes_need_not_be_in_order():
    rows = [[line(3000.0), line(1490.0), line(1510.0)]]
    bands = mode_bands(power(rows), np.array([3000.0, 1500.4, 1500.0]), AS_FOUND, time_step_fs=0.5)
    np.testing.assert_allclose(bands.position_cm1, [3000, 1500, 1500], atol=0.1)
    assert np.isnan(bands.standard_error_cm1).all()
    assert bands.n == 1


def test_the_standard_error_is_that_of_the_mean():
    rng = np.random.default_rng(1)
    shifts = rng.normal(0, 3.0, size=(200, 16))
    found, stated = [], []
    for case in shifts:
        replicas = [[line(1500.0 + shift)] for shift in case]
        bands = mode_bands(power(replicas), np.array([1500.0]), AS_FOUND, time_step_fs=0.5)
        found.append(bands.position_cm1[0])
        stated.append(bands.standard_error_cm1[0])
    # 200 standard deviations of 16 shifts: known to 5 %
    assert np.mean(stated) == pytest.approx(3 / 4, rel=0.1)
    assert np.std(found) == pytest.approx(3 / 4, rel=0.2)


def test_the_shift_of_the_time_step_is_taken_out():
    phase = np.pi * 2.99792458e-5 * 0.5 * 3700.0
    shifted = np.arcsin(phase) / phase * 3700.0
    assert shifted - 3700 == pytest.approx(19, abs=0.5)
    assert without_time_step(np.array([shifted]), time_step_fs=0.5)[0] == pytest.approx(3700)
    bands = mode_bands(
        power([[line(shifted)]]), np.array([3700.0]), BandsRecipe(), time_step_fs=0.5
    )
    assert bands.position_cm1[0] == pytest.approx(3700, abs=0.1)
    assert bands.centroid_cm1[0] == pytest.approx(3700, abs=0.5)
    assert "0.5 fs steps corrected" in bands.method
    np.testing.assert_array_equal(without_time_step(GRID, time_step_fs=0.0), GRID)


def test_bad_input():
    with pytest.raises(InputError, match="2 power spectra do not belong to 1 freq"):
        mode_bands(power([[line(1.0), line(2.0)]]), np.array([1.0]), AS_FOUND, time_step_fs=0.5)
    with pytest.raises(InputError, match="cannot have made a band"):
        without_time_step(np.array([9000.0]), time_step_fs=3.0)
    with pytest.raises(InputError, match="must not be negative"):
        without_time_step(GRID, time_step_fs=-1.0)
    two, three = np.ones(2), np.ones(3)
    with pytest.raises(InputError, match=r"bands width_cm1 has shape \(3,\)"):
        ModeBands(two, two, two, three, two, temperature_k=300.0, n=1, method="")
