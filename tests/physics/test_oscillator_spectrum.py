"""A charged harmonic oscillator in the canonical ensemble, from dipoles to km/mol.

The trajectories are the analytic ones, so that nothing but the way from dipoles to the spectrum is
tested: no integrator, no thermostat.
"""

import numpy as np
import pytest

from vibench.core.streams import generator
from vibench.core.units import (
    BOLTZMANN,
    FORCE_TO_ACCELERATION,
    HC,
    INTENSITY_PER_DIPOLE_DERIVATIVE,
    SPEED_OF_LIGHT,
)
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe

TEMPERATURE_K = 300.0
CHARGE = 0.4
"""|∂μ/∂Q| in e/√amu."""
INTENSITY = INTENSITY_PER_DIPOLE_DERIVATIVE * CHARGE**2
"""Double-harmonic intensity in km/mol."""
STEPS, REPLICAS = 4200, 400


def canonical_energies(rng, *, stratified):
    """Return (replicas,) mode energies in units of kT from the exponential distribution.

    Stratified: one from the middle of each of equally probable intervals, so that their mean is 1
    up to 0.2 % instead of up to 5 %.
    """
    if stratified:
        return -np.log1p(-(np.arange(REPLICAS) + 0.5) / REPLICAS)
    return rng.exponential(size=REPLICAS)


def oscillator_dipoles(wavenumber_cm1, time_step_fs, *, stratified=True):
    """Return the dipoles of the replicas and the mean mode energy over kT."""
    rng = generator("oscillator", wavenumber_cm1, time_step_fs)
    energies = canonical_energies(rng, stratified=stratified)
    omega = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1
    # Mode energy E = ω²A²/2 in amu Å²/fs², with kT converted from eV.
    thermal = BOLTZMANN * TEMPERATURE_K * FORCE_TO_ACCELERATION
    amplitudes = np.sqrt(2 * energies * thermal) / omega
    phases = rng.uniform(0, 2 * np.pi, size=REPLICAS)
    time = time_step_fs * np.arange(STEPS)
    direction = np.array([2.0, -1.0, 2.0]) / 3
    dipoles = [
        CHARGE * amplitude * np.cos(omega * time + phase)[:, None] * direction
        for amplitude, phase in zip(amplitudes, phases, strict=True)
    ]
    return dipoles, energies.mean()


def band_area(dipoles, wavenumber_cm1, time_step_fs, **settings):
    """Return the area of the band in km/mol."""
    spectrum = spectrum_from_dipoles(
        dipoles,
        time_step_fs=time_step_fs,
        temperature_k=TEMPERATURE_K,
        recipe=SpectrumRecipe(zero_padding=2, max_wavenumber_cm1=6000.0, **settings),
    )
    near = np.abs(spectrum.wavenumber_cm1 - wavenumber_cm1) < 300
    return np.trapezoid(spectrum.intensity[near], spectrum.wavenumber_cm1[near])


@pytest.mark.parametrize("time_step_fs", [0.25, 0.5])
@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
def test_band_area_is_the_harmonic_intensity(wavenumber_cm1, time_step_fs):
    dipoles, energy = oscillator_dipoles(wavenumber_cm1, time_step_fs)
    area = band_area(dipoles, wavenumber_cm1, time_step_fs)
    assert area == pytest.approx(INTENSITY, rel=0.01)
    # The area is linear in the energy that was sampled, so the rest must agree more closely.
    assert area == pytest.approx(INTENSITY * energy, rel=2e-3)


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
def test_uncorrected_differences_give_the_discrete_value(wavenumber_cm1):
    dipoles, energy = oscillator_dipoles(wavenumber_cm1, 0.5)
    area = band_area(dipoles, wavenumber_cm1, 0.5, derivative="uncorrected-difference")
    angle = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * 0.5
    expected = INTENSITY * energy * (np.sin(angle) / angle) ** 2
    assert area == pytest.approx(expected, rel=2e-3)


def test_randomly_sampled_replicas_agree_within_their_error():
    dipoles, _ = oscillator_dipoles(1000.0, 0.5, stratified=False)
    area = band_area(dipoles, 1000.0, 0.5)
    # The energy of one mode is exponentially distributed: its standard deviation is its mean.
    sigma = INTENSITY / np.sqrt(REPLICAS)
    assert abs(area - INTENSITY) < 4 * sigma


def test_without_quantum_factor_the_band_is_the_classical_one():
    wavenumber_cm1 = 1000.0
    dipoles, energy = oscillator_dipoles(wavenumber_cm1, 0.5)
    area = band_area(dipoles, wavenumber_cm1, 0.5, quantum_factor="none")
    x = HC * wavenumber_cm1 / (BOLTZMANN * TEMPERATURE_K)
    assert area == pytest.approx(INTENSITY * energy * (1 - np.exp(-x)) / x, rel=3e-3)
