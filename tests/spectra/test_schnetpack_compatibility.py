"""The compatibility mode against direct sums written from the upstream algorithm."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.units import SPEED_OF_LIGHT
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe


def direct_spectrum(dipole, time_step_fs, resolution):
    """Return wavenumbers and intensities by sums, without any Fourier transform routine."""
    velocity = (dipole[2:] - dipole[:-2]) / (2 * time_step_fs)
    steps = len(velocity)
    lags = min(resolution, steps - 1)
    total = np.zeros(lags)
    for axis in range(3):
        v = (velocity[:, axis] - velocity[:, axis].mean()) / velocity[:, axis].std()
        total += [np.sum(v[: steps - k] * v[k:]) / steps for k in range(lags)]
    total *= np.cos(np.pi * np.arange(lags) / (2 * (lags - 1))) ** 2
    index = np.arange(4 * lags)
    phase = 2 * np.pi * index[:, None] * (np.arange(lags) + 0.5) / (8 * lags)
    intensity = 2 * time_step_fs * np.abs(np.cos(phase) @ total)
    return index / (8 * lags * time_step_fs) / SPEED_OF_LIGHT, intensity


@pytest.mark.parametrize("steps", [400, 90])
def test_reproduces_the_upstream_algorithm(steps):
    """With 90 steps the resolution is cut to what the trajectory allows."""
    dipole = np.cumsum(np.random.default_rng(1).normal(size=(steps, 3)), axis=0)
    recipe = SpectrumRecipe(convention="schnetpack", depth_fs=50.0, max_wavenumber_cm1=1e6)
    spectrum = spectrum_from_dipoles(dipole, time_step_fs=0.5, temperature_k=300.0, recipe=recipe)
    wavenumber, intensity = direct_spectrum(dipole, 0.5, 100)
    np.testing.assert_allclose(spectrum.wavenumber_cm1, wavenumber, rtol=1e-12)
    np.testing.assert_allclose(spectrum.intensity, intensity, rtol=0, atol=1e-10)
    assert spectrum.unit == "arbitrary"


def test_dipoles_of_replicas_are_averaged_first():
    runs = [np.random.default_rng(seed).normal(size=(300, 3)) for seed in (1, 2)]
    recipe = SpectrumRecipe(convention="schnetpack", depth_fs=50.0, max_wavenumber_cm1=1e6)
    conditions = {"time_step_fs": 0.5, "temperature_k": 300.0, "recipe": recipe}
    together = spectrum_from_dipoles(runs, **conditions)
    _, intensity = direct_spectrum((runs[0] + runs[1]) / 2, 0.5, 100)
    np.testing.assert_allclose(together.intensity, intensity, rtol=0, atol=1e-10)
    assert together.replicas is None


def test_constant_component_contributes_nothing():
    dipole = np.zeros((300, 3))
    dipole[:, 0] = np.random.default_rng(1).normal(size=300)
    recipe = SpectrumRecipe(convention="schnetpack", depth_fs=50.0)
    spectrum = spectrum_from_dipoles(dipole, time_step_fs=0.5, temperature_k=300.0, recipe=recipe)
    assert np.isfinite(spectrum.intensity).all()
    with pytest.raises(InputError, match="at least 5 steps"):
        spectrum_from_dipoles(dipole[:4], time_step_fs=0.5, temperature_k=300.0, recipe=recipe)
