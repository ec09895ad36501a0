"""Harmonic samples have the variances of the harmonic ensemble."""

import numpy as np
import pytest

from vibench.core.modes import Modes
from vibench.core.units import BOLTZMANN, FREQUENCY_PER_SQRT_CURVATURE, HC
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.sampling import sample_normal_modes


def _amplitudes(modes: Modes, **settings: object) -> np.ndarray:
    rng = np.random.default_rng(0)
    found = sample_normal_modes(modes, n=20000, rng=rng, **settings)
    weighted = (found - modes.positions) * np.sqrt(modes.masses)[:, None]
    return np.einsum("sai,nai->sn", weighted, modes.eigenvectors)


@pytest.mark.parametrize("statistics", ["classical", "quantum"])
@pytest.mark.parametrize("temperature_k", [50.0, 3000.0])
def test_variances(statistics: str, temperature_k: float) -> None:
    modes = normal_modes(water_springs(), spring_water())
    amplitudes = _amplitudes(modes, temperature_k=temperature_k, statistics=statistics)
    curvature = (modes.frequencies_cm1 / FREQUENCY_PER_SQRT_CURVATURE) ** 2
    energy = np.full(3, BOLTZMANN * temperature_k)
    if statistics == "quantum":
        x = np.exp(-HC * modes.frequencies_cm1 / energy)
        energy = HC * modes.frequencies_cm1 * (0.5 + x / (1 - x))
    ratio = amplitudes.var(axis=0) * curvature / energy
    np.testing.assert_allclose(ratio, 1, atol=4 * np.sqrt(2 / 20000))
    correlation = np.corrcoef(amplitudes.T) - np.eye(3)
    assert np.abs(correlation).max() < 4 / np.sqrt(20000)


def test_zero_point_motion_remains_at_low_temperature() -> None:
    modes = normal_modes(water_springs(), spring_water())
    cold = _amplitudes(modes, temperature_k=1.0, statistics="quantum").var(axis=0)
    curvature = (modes.frequencies_cm1 / FREQUENCY_PER_SQRT_CURVATURE) ** 2
    zero_point = 0.5 * HC * modes.frequencies_cm1 / curvature
    np.testing.assert_allclose(cold, zero_point, rtol=4 * np.sqrt(2 / 20000))


def test_soft_modes_are_stiffened() -> None:
    modes = normal_modes(water_springs(), spring_water())
    stiff = 2 * modes.frequencies_cm1.max()
    amplitudes = _amplitudes(modes, temperature_k=300.0, softest_cm1=stiff)
    expected = BOLTZMANN * 300.0 / (stiff / FREQUENCY_PER_SQRT_CURVATURE) ** 2
    np.testing.assert_allclose(amplitudes.var(axis=0), expected, rtol=4 * np.sqrt(2 / 20000))


def test_same_generator_same_geometries() -> None:
    modes = normal_modes(water_springs(), spring_water())
    first, second = (
        sample_normal_modes(modes, temperature_k=300.0, n=3, rng=np.random.default_rng(5))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
