"""Kubo-transformed correlations: the harmonic quantum factor is exact."""

import numpy as np
import pytest
from pydantic import ValidationError

from vibench.core.units import (
    BOLTZMANN,
    DEBYE,
    FORCE_TO_ACCELERATION,
    HC,
    INTENSITY_PER_DIPOLE_DERIVATIVE,
    SPEED_OF_LIGHT,
)
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe

KELVIN = 300.0
KT = BOLTZMANN * KELVIN
STEP_FS = 0.5
HBAR = HC / (2 * np.pi * SPEED_OF_LIGHT)  # eV fs
RECIPE = SpectrumRecipe(depth_fs=400.0, correlation="kubo", blocks=1, max_wavenumber_cm1=9000.0)


def _angular(energy):
    return energy / HBAR


def _states(potential, x, mass):
    """Energies (eV) and eigenfunctions on a grid: Colbert and Miller's sinc basis."""
    spacing = x[1] - x[0]
    difference = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    with np.errstate(divide="ignore"):
        kinetic = np.where(difference == 0, np.pi**2 / 3, 2.0 / difference.astype(float) ** 2)
    kinetic *= (-1.0) ** difference * HBAR**2 * FORCE_TO_ACCELERATION / (2 * mass * spacing**2)
    return np.linalg.eigh(kinetic + np.diag(potential))


def _lines(energies, dipoles):
    """Energy (eV), Kubo weight K = Σ 2 kT (p_n - p_m)/(E_m - E_n) |μ|² and golden-rule area."""
    population = np.exp(-(energies - energies[0]) / KT)
    population /= population.sum()
    low, high = np.triu_indices(len(energies), 1)
    gap = energies[high] - energies[low]
    strength = (population[low] - population[high]) * dipoles[low, high] ** 2
    area = 2 * INTENSITY_PER_DIPOLE_DERIVATIVE * _angular(gap) * strength
    return gap, 2 * KT * strength / gap, area / (HBAR * FORCE_TO_ACCELERATION)


def test_kubo_correlation_of_an_oscillator_is_the_classical_one_for_a_linear_dipole():
    wave, slope = 1500.0, 0.4  # cm^-1, e/sqrt(amu)
    omega = 2 * np.pi * SPEED_OF_LIGHT * wave
    levels = np.arange(60)
    step = slope * np.sqrt(HBAR * FORCE_TO_ACCELERATION / (2 * omega) * (levels[1:]))
    gap, weight, area = _lines(HBAR * omega * (levels + 0.5), np.diag(step, 1))
    classical = slope**2 * KT * FORCE_TO_ACCELERATION / omega**2
    assert weight.sum() == pytest.approx(classical, rel=1e-12)
    assert area.sum() == pytest.approx(INTENSITY_PER_DIPOLE_DERIVATIVE * slope**2, rel=1e-12)
    assert gap[weight > 0] == pytest.approx(HC * wave, rel=1e-12)


def _area_of_correlation(gaps, weights):
    """Give lines as cosines whose correlation is Σ K cos ωt, one trajectory each; sum areas."""
    time_fs = STEP_FS * np.arange(40_000)
    axis = np.array([0.6, 0.0, 0.8])
    runs = [
        np.sqrt(2 * weight) * np.cos(_angular(gap) * time_fs + 0.4)[:, None] * axis
        for gap, weight in zip(gaps, weights, strict=True)
    ]
    made = spectrum_from_dipoles(runs, time_step_fs=STEP_FS, temperature_k=KELVIN, recipe=RECIPE)
    assert "Kubo-transformed autocorrelation" in made.method
    return np.trapezoid(made.replicas, made.wavenumber_cm1, axis=1)


def test_oscillator_gives_its_double_harmonic_intensity():
    wave, slope = 2900.0, 0.7
    omega = 2 * np.pi * SPEED_OF_LIGHT * wave
    kubo = slope**2 * KT * FORCE_TO_ACCELERATION / omega**2
    (area,) = _area_of_correlation([HC * wave], [kubo])
    assert area == pytest.approx(INTENSITY_PER_DIPOLE_DERIVATIVE * slope**2, rel=2e-3)


def test_anharmonic_lines_and_overtones_have_their_golden_rule_intensity():
    # H-Cl-like Morse oscillator with a curved dipole: fundamental, hot bands and overtone.
    mass, depth, stiffness = 0.98, 4.6, 1.9
    x = np.linspace(-0.6, 1.6, 300)
    energies, states = _states(depth * (1 - np.exp(-stiffness * x)) ** 2, x, mass)
    dipole = states.T @ np.diag(1.1 * DEBYE + 0.2 * x - 0.08 * x**2) @ states
    gaps, weights, areas = _lines(energies[:4], dipole[:4, :4])
    kept = areas > 1e-6 * areas.max()
    assert 2500 < gaps[0] / HC < 3100
    assert kept.sum() >= 3
    found = _area_of_correlation(gaps[kept], weights[kept])
    np.testing.assert_allclose(found, areas[kept], rtol=3e-3)


@pytest.mark.parametrize("factor", ["none", "standard"])
def test_other_quantum_factors_are_refused_with_the_reason(factor):
    with pytest.raises(ValidationError, match="already is a quantum one"):
        SpectrumRecipe(correlation="kubo", quantum_factor=factor)
    with pytest.raises(ValidationError, match="convention 'absolute' only"):
        SpectrumRecipe(correlation="kubo", convention="schnetpack")
