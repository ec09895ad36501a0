"""Autocorrelation against its definition, and the exact cosine transform."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.units import SPEED_OF_LIGHT
from vibench.signals.correlation import autocorrelation
from vibench.signals.transforms import cosine_transform
from vibench.signals.windows import half_hann, window_width_cm1


@pytest.mark.parametrize("normalisation", ["unbiased", "biased"])
def test_vector_autocorrelation_equals_its_definition(normalisation):
    signal = np.random.default_rng(1).normal(size=(101, 3)) + 0.3
    lags = 100
    direct = np.array([np.sum(signal[: 101 - k] * signal[k:]) for k in range(lags + 1)])
    counts = 101 - np.arange(lags + 1) if normalisation == "unbiased" else 101
    found = autocorrelation(signal, lags, normalisation=normalisation)
    np.testing.assert_allclose(found, direct / counts, rtol=0, atol=1e-12)


def test_scalar_signal_is_a_vector_of_one_component():
    signal = np.random.default_rng(2).normal(size=50)
    np.testing.assert_array_equal(autocorrelation(signal, 20), autocorrelation(signal[:, None], 20))


def test_signal_shorter_than_the_lag_is_refused():
    with pytest.raises(InputError, match="at least 11 steps"):
        autocorrelation(np.ones(10), 10)


def test_cosine_transform_equals_the_sum_with_lag_zero_once():
    values = np.random.default_rng(3).normal(size=33)
    spacing = 0.7
    wavenumber, transform = cosine_transform(values, spacing_fs=spacing, zero_padding=3)
    lag = np.arange(33) * spacing
    phase = np.cos(2 * np.pi * SPEED_OF_LIGHT * wavenumber[:, None] * lag[1:])
    direct = spacing * (values[0] + 2 * phase @ values[1:])
    np.testing.assert_allclose(transform, direct, rtol=0, atol=1e-12)
    assert wavenumber[0] == 0
    np.testing.assert_allclose(wavenumber[1], 1 / (2 * 3 * 32 * spacing * SPEED_OF_LIGHT))


def test_sum_rule_of_the_transform():
    """The integral over all wavenumbers is the value at lag 0 over 2c, window or not."""
    signal = np.random.default_rng(4).normal(size=(4000, 3))
    correlation = autocorrelation(signal, 500)
    wavenumber, density = cosine_transform(
        correlation * half_hann(501), spacing_fs=0.5, zero_padding=2
    )
    expected = np.mean(np.sum(signal**2, axis=1)) / (2 * SPEED_OF_LIGHT)
    assert np.trapezoid(density, wavenumber) == pytest.approx(expected, rel=1e-12)


def test_half_hann_runs_from_one_to_zero():
    window = half_hann(101)
    assert window[0] == 1
    assert window[50] == pytest.approx(0.5, abs=1e-15)
    assert window[100] == pytest.approx(0, abs=1e-30)
    with pytest.raises(InputError, match="at least 2"):
        half_hann(1)


@pytest.mark.parametrize("depth_fs", [500.0, 1000.0, 4000.0])
def test_width_of_the_half_hann_window_is_one_over_c_tau(depth_fs):
    window = half_hann(round(depth_fs / 0.5) + 1)
    width = window_width_cm1(window, spacing_fs=0.5)
    assert width == pytest.approx(1 / (SPEED_OF_LIGHT * depth_fs), rel=1e-4)
