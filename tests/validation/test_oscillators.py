"""The synthetic trajectories: samples against the closed formulas they are judged by."""

from dataclasses import replace

import numpy as np
import pytest

from validation.oscillators import (
    MOLECULE,
    Band,
    Sampling,
    exact_correlation,
    exact_spectrum,
    flux_variance,
    sample_fluxes,
    sample_spectrum,
    shifted,
)


def test_area_of_a_band_is_the_one_asked_for():
    spectrum = exact_spectrum([Band(1500.0, 80.0)], Sampling())
    assert np.trapezoid(spectrum.intensity, spectrum.wavenumber_cm1) == pytest.approx(80, rel=1e-3)


def test_correlation_at_lag_zero_is_the_variance_and_decays_with_half_the_friction():
    band = Band(1000.0, 10.0, friction_per_fs=0.01)
    period = 1 / (2.99792458e-5 * 1000.0)
    lags = np.array([0.0, 10 * period])
    found = exact_correlation([band], lags, 300.0)
    assert found[0] == pytest.approx(flux_variance(band, 300.0))
    # The damped frequency is lower by (γ/2ω)²/2, here 4e-4, and the sine starts at γ/2ω.
    assert found[1] / found[0] == pytest.approx(np.exp(-0.005 * lags[1]), rel=0.02)


@pytest.mark.parametrize("modulation", [0.0, 0.6])
def test_samples_have_the_exact_correlation(modulation):
    bands = [
        Band(900.0, 50.0, (1, 0, 0), modulation=modulation, exchange_fs=2000.0),
        Band(2500.0, 30.0, (0, 1, 1)),
    ]
    sampling = Sampling(length_fs=4000.0)
    flux = sample_fluxes(bands, 400, sampling, np.random.default_rng(1))
    steps = sampling.steps
    for lag in (0, 1, 3, 10, 100):
        products = np.einsum("rsi,rsi->r", flux[:, : steps - lag], flux[:, lag:]) / (steps - lag)
        exact = exact_correlation(bands, np.array([4.0 * lag]), 300.0)[0]
        error = products.std(ddof=1) / np.sqrt(400)
        assert abs(products.mean() - exact) < 4 * error


def test_mean_of_many_spectra_is_the_exact_one():
    sampling = Sampling(length_fs=3000.0)
    found = sample_spectrum(MOLECULE, 300, sampling, np.random.default_rng(2))
    exact = exact_spectrum(MOLECULE, sampling)
    assert np.array_equal(found.wavenumber_cm1, exact.wavenumber_cm1)
    deviation = (found.intensity - exact.intensity) / found.standard_error
    # Some 250 points, neighbours correlated: beyond 5 σ by chance once in 7000 runs.
    assert np.abs(deviation).max() < 5


def test_replicas_are_stationary():
    flux = sample_fluxes(MOLECULE, 500, Sampling(length_fs=1200.0), np.random.default_rng(3))
    power = (flux**2).sum(axis=2)
    ends = power[:, :20].mean(axis=1) - power[:, -20:].mean(axis=1)
    assert abs(ends.mean()) < 4 * ends.std(ddof=1) / np.sqrt(500)


def test_shifted_changes_only_what_it_is_told():
    first, *rest = shifted(MOLECULE, {0: 10.0}, {0: 2.0})
    assert first == replace(MOLECULE[0], wavenumber_cm1=760.0, area_km_per_mol=80.0)
    assert tuple(rest) == MOLECULE[1:]
