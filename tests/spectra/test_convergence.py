"""Areas of regions, and convergence of replicas whose behaviour is known."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Outcome, Trajectory
from vibench.core.units import SPEED_OF_LIGHT
from vibench.signals.broadening import line_shape
from vibench.spectra.convergence import band_convergence, find_regions, region_areas
from vibench.spectra.recipe import SpectrumRecipe

GRID = np.arange(0.0, 3000.0, 2.0)
RECIPE = SpectrumRecipe(depth_fs=200.0, zero_padding=2)


def bands(*lines, width_cm1=40.0):
    curve = sum(
        area * line_shape(GRID - at, width_cm1=width_cm1, shape="gaussian") for at, area in lines
    )
    return Spectrum(GRID, curve, "km/mol per cm^-1", width_cm1, "synthetic")


def test_regions_are_found_around_bands_and_touching_ones_are_one():
    regions = find_regions(bands((1000, 10), (1050, 10), (2000, 5), (2800, 0.1)))
    assert len(regions) == 2
    assert regions[0][0] < 960
    assert regions[0][1] > 1090
    assert regions[1][0] < 2000 < regions[1][1]


def test_area_is_that_of_the_band_whatever_the_grid():
    spectrum = bands((1000, 10), (2000, 5))
    assert region_areas(spectrum, (850.3, 1149.7))[0] == pytest.approx(10, rel=1e-4)
    with pytest.raises(InputError, match="does not lie within"):
        region_areas(spectrum, (100, 4000))


def replica(index, amplitude, rng, steps=8000, time_step_fs=0.5):
    """Return dipoles of one band at 1500 cm⁻¹ whose amplitude is set per stretch of 200 fs."""
    time = time_step_fs * np.arange(steps)
    phase = np.cumsum(0.02 * rng.normal(size=steps))
    factor = np.repeat(amplitude, -(-steps // len(amplitude)))[:steps]
    wave = factor * np.cos(2 * np.pi * SPEED_OF_LIGHT * 1500 * time + phase)
    zero = np.zeros(steps)
    return Trajectory(
        name="wave",
        replica=index,
        numbers=np.array([1, 1]),
        masses=np.ones(2),
        dipole=np.stack([wave, zero, zero], axis=1),
        potential_energy=zero,
        kinetic_energy=zero,
        positions=np.zeros((1, 2, 3)),
        velocities=np.zeros((1, 2, 3)),
        time_step_fs=time_step_fs,
        frame_stride=steps,
        temperature_k=300.0,
        thermostat="none",
    )


def test_replicas_that_sample_alike_have_converged():
    rng = np.random.default_rng(1)
    runs = [replica(i, 1 + 0.3 * rng.normal(size=20), rng) for i in range(6)]
    (band,) = band_convergence(runs, RECIPE, regions=[(1300.0, 1700.0)])
    assert band.blocks == 19
    assert band.r_hat < 1.1
    assert 0.4 < band.error_ratio < 2.5
    assert band.p_value > 0.001


def test_replicas_that_differ_for_good_have_not():
    rng = np.random.default_rng(2)
    runs = [replica(i, (1 + i / 4) * (1 + 0.1 * rng.normal(size=20)), rng) for i in range(6)]
    (band,) = band_convergence(runs, RECIPE)
    assert band.r_hat > 1.5
    assert band.error_ratio > 3
    assert band.p_value < 1e-4
    assert band.low_cm1 < 1500 < band.high_cm1
    assert band.name.endswith("cm^-1")


def test_short_or_single_replicas_say_nothing():
    rng = np.random.default_rng(3)
    runs = [replica(i, np.ones(20), rng, steps=2500) for i in range(3)]
    (band,) = band_convergence(runs, RECIPE, regions=[(1300.0, 1700.0)])
    assert np.isnan(band.r_hat)
    assert (
        band_convergence([replica(i, np.ones(20), rng, steps=900) for i in range(3)], RECIPE) == ()
    )
    failed = replace(runs[1], outcome=Outcome("failed", "it flew apart"))
    assert band_convergence([runs[0], failed], RECIPE) == ()
