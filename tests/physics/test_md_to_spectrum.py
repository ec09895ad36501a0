"""A charged harmonic oscillator through the whole way: thermostat, dynamics, dipoles, km/mol."""

import numpy as np
import pytest

from vibench.core.units import (
    BOLTZMANN,
    INTENSITY_PER_DIPOLE_DERIVATIVE,
    SPEED_OF_LIGHT,
)
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.spectra.md import md_spectrum
from vibench.spectra.recipe import SpectrumRecipe
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule

DERIVATIVE = 0.1
TEMPERATURE_K = 300.0
REPLICAS = 64


def area_and_energy(wavenumber_cm1, time_step_fs):
    """Return the band's area in km/mol and the mean of 2V/3kT over the run."""
    potential = HarmonicOscillator(wavenumber_cm1=wavenumber_cm1, dipole_derivative=DERIVATIVE)
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=time_step_fs,
        temperatures_k=(TEMPERATURE_K,),
        replicas=REPLICAS,
        equilibration_fs=400.0,
        production_fs=2000.0,
        bond_factor=None,
    )
    starts, sink = [oscillator_molecule()], MemorySink()
    run(potential, starts, recipe, sink)
    runs = assemble(sink.frames(), sink.restart(), build_ensemble(starts, recipe), recipe)
    spectrum = md_spectrum(runs, SpectrumRecipe())
    band = np.abs(spectrum.wavenumber_cm1 - wavenumber_cm1) < 450
    area = np.trapezoid(spectrum.intensity[band], spectrum.wavenumber_cm1[band])
    potential_energy = np.mean([trajectory.potential_energy.mean() for trajectory in runs])
    return area, potential_energy / (1.5 * BOLTZMANN * TEMPERATURE_K)


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
@pytest.mark.parametrize("time_step_fs", [0.25, 0.5])
def test_intensity_is_that_of_theory(wavenumber_cm1, time_step_fs):
    area, energy = area_and_energy(wavenumber_cm1, time_step_fs)
    exact = 3 * INTENSITY_PER_DIPOLE_DERIVATIVE * DERIVATIVE**2
    # Velocity Verlet turns ω into ω' with sin(ω'Δt/2) = ωΔt/2 and leaves ω²⟨x²⟩ = kT, so the
    # dipole flux grows by (ω'/ω)².
    half_phase = np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * time_step_fs
    discrete = (np.arcsin(half_phase) / half_phase) ** 2
    assert area / energy == pytest.approx(exact * discrete, rel=3e-3)
    if time_step_fs == 0.25:
        assert area / energy == pytest.approx(exact, rel=0.01)
    # Three modes of 64 replicas have a mean energy that scatters by 1/sqrt(192).
    assert abs(energy - 1) < 4 / np.sqrt(3 * REPLICAS)


def test_band_lies_where_verlet_puts_it():
    potential = HarmonicOscillator(wavenumber_cm1=3700.0, dipole_derivative=DERIVATIVE)
    recipe = DynamicsRecipe(
        integrator="nve", replicas=4, equilibration_fs=200.0, production_fs=1500.0, bond_factor=None
    )
    starts, sink = [oscillator_molecule()], MemorySink()
    run(potential, starts, recipe, sink)
    runs = assemble(sink.frames(), sink.restart(), build_ensemble(starts, recipe), recipe)
    spectrum = md_spectrum(runs, SpectrumRecipe())
    phase = np.pi * SPEED_OF_LIGHT * 3700.0 * 0.5
    expected = 3700.0 * np.arcsin(phase) / phase
    assert expected - 3700 == pytest.approx(19, abs=0.5)
    assert spectrum.wavenumber_cm1[spectrum.intensity.argmax()] == pytest.approx(expected, abs=2.5)
