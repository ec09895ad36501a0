"""Known faults of common processing: right here, as elsewhere where compatibility is asked for."""

import numpy as np
import pytest

from vibench.compare.metrics import wasserstein_of_bands, wasserstein_of_values
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.units import SPEED_OF_LIGHT
from vibench.signals.broadening import line_shape
from vibench.spectra.flux import difference_response
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe
from vibench.spectra.verlet import without_time_step

STEP_FS = 0.5
AS_SCHNETPACK = SpectrumRecipe(convention="schnetpack")


def line(wavenumber_cm1: float, amplitude: Array, phase: float, steps: int = 20000) -> Array:
    """Return (steps, 3) a dipole that oscillates along *amplitude*."""
    turn = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * STEP_FS
    return np.cos(turn * np.arange(steps) + phase)[:, None] * amplitude


def make(dipoles: Array | list[Array], recipe: SpectrumRecipe) -> Spectrum:
    """Return the spectrum at 300 K."""
    return spectrum_from_dipoles(dipoles, time_step_fs=STEP_FS, temperature_k=300, recipe=recipe)


def height(spectrum: Spectrum, wavenumber_cm1: float) -> float:
    """Return the highest intensity within 60 cm⁻¹."""
    near = np.abs(spectrum.wavenumber_cm1 - wavenumber_cm1) < 60
    return float(spectrum.intensity[near].max())


def test_components_normalised_one_by_one_lose_their_ratio() -> None:
    """Two bands along different axes whose heights have the ratio 0.0035."""
    first, second = 1000.0, 3000.0
    weak = np.sqrt(0.0035) * first / second
    dipole = line(first, np.array([1.0, 0, 0]), 0.1) + line(second, np.array([0, weak, 0]), 0.7)
    ours, theirs = (make(dipole, recipe) for recipe in (SpectrumRecipe(), AS_SCHNETPACK))
    assert height(ours, second) / height(ours, first) == pytest.approx(0.0035, rel=0.02)
    assert height(theirs, second) / height(theirs, first) == pytest.approx(1.0, rel=0.05)


def test_replicas_averaged_first_cancel() -> None:
    """Replicas of opposite phase: the mean of their spectra is one of them; that of their dipoles
    is nothing."""
    one, other = (line(1500.0, np.array([0, 0, 1.0]), phase) for phase in (0.0, np.pi))
    weak = line(2500.0, np.array([0, 0, 0.01]), 0.3)
    runs = [one + weak, other + weak]
    ours, theirs = (make(runs, recipe) for recipe in (SpectrumRecipe(), AS_SCHNETPACK))
    assert height(ours, 1500) == pytest.approx(height(make(one, SpectrumRecipe()), 1500), rel=0.01)
    assert height(ours, 1500) > 1000 * height(ours, 2500)
    assert height(theirs, 1500) < 0.01 * height(theirs, 2500)


def test_lag_zero_twice_moves_centroids() -> None:
    """The half-step phase that the repeated lag brings moves centroids by several cm⁻¹."""
    bands = ((1000.0, 1.0), (2000.0, 0.1))
    dipole = sum(line(c, np.array([0, 0, a]), 0.4) for c, a in bands)
    assert isinstance(dipole, np.ndarray)
    exact, moved = (make(dipole, recipe) for recipe in (SpectrumRecipe(), AS_SCHNETPACK))
    expected = sum(c * (a * c) ** 2 for c, a in bands) / sum((a * c) ** 2 for c, a in bands)

    def centroid(spectrum: Spectrum) -> float:
        return float(spectrum.wavenumber_cm1 @ spectrum.intensity / spectrum.intensity.sum())

    assert centroid(exact) == pytest.approx(expected, rel=0.002)
    assert 4 < abs(centroid(moved) - centroid(exact)) < 12


def test_distance_of_values_ignores_shifts() -> None:
    grid = np.arange(500.0, 4001.0)
    bands = [line_shape(grid - c, width_cm1=33.0, shape="gaussian") for c in (1000, 2500)]
    moved = [line_shape(grid - c, width_cm1=33.0, shape="gaussian") for c in (1700, 3300)]
    a, b = bands[0] + bands[1], moved[0] + moved[1]
    assert wasserstein_of_bands(grid, np.ones(len(grid)), a, b) == pytest.approx(750, rel=1e-3)
    assert wasserstein_of_values(a, b) < 1e-3


def test_differences_damp_and_verlet_shifts() -> None:
    for step_fs, damping in ((0.5, 0.960), (2.0, 0.50)):
        response = difference_response(np.array([3700.0]), time_step_fs=step_fs)
        assert response[0] == pytest.approx(damping, abs=0.005)
    dipole = line(3700.0, np.array([0, 0, 1.0]), 0.2)
    left_in = SpectrumRecipe(derivative="uncorrected-difference")
    ratio = height(make(dipole, left_in), 3700) / height(make(dipole, SpectrumRecipe()), 3700)
    assert ratio == pytest.approx(0.960, abs=0.003)
    assert without_time_step(np.array([3719.0]), time_step_fs=0.5)[0] == pytest.approx(3700, abs=1)
