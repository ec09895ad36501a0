"""The dipole derivative from velocities: those of velocity Verlet are differences themselves."""

import numpy as np
import pytest

from vibench.core.trajectory import Trajectory
from vibench.core.units import BOLTZMANN, INTENSITY_PER_DIPOLE_DERIVATIVE, SPEED_OF_LIGHT
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.spectra.flux import dipole_derivative
from vibench.spectra.md import md_spectrum
from vibench.spectra.recipe import SpectrumRecipe
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule

STEP_FS, SLOPE, TEMPERATURE_K = 0.5, 0.1, 300.0


def trajectories(wavenumber_cm1: float) -> list[Trajectory]:
    """Return oscillators at constant energy with their dipole flux."""
    potential = HarmonicOscillator(wavenumber_cm1=wavenumber_cm1, dipole_derivative=SLOPE)
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=STEP_FS,
        temperatures_k=(TEMPERATURE_K,),
        replicas=8,
        equilibration_fs=300.0,
        production_fs=1500.0,
        bond_factor=None,
        dipole_flux=True,
    )
    starts, sink = [oscillator_molecule()], MemorySink()
    run(potential, starts, recipe, sink)
    restart = sink.restart()
    assert restart is not None
    return assemble(sink.frames(), restart, build_ensemble(starts, recipe), recipe)


def area(runs: list[Trajectory], wavenumber_cm1: float, recipe: SpectrumRecipe) -> float:
    """Return the band's area in units of that of theory at the potential energy of the runs."""
    spectrum = md_spectrum(runs, recipe)
    band = np.abs(spectrum.wavenumber_cm1 - wavenumber_cm1) < 450
    found = np.trapezoid(spectrum.intensity[band], spectrum.wavenumber_cm1[band])
    energy = np.mean([run.potential_energy.mean() for run in runs])
    thermal = 1.5 * BOLTZMANN * TEMPERATURE_K
    return float(found / (3 * INTENSITY_PER_DIPOLE_DERIVATIVE * SLOPE**2) / (energy / thermal))


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
def test_flux_of_a_linear_dipole_is_its_central_difference(wavenumber_cm1: float) -> None:
    for trajectory in trajectories(wavenumber_cm1):
        assert trajectory.dipole_flux is not None
        differences = dipole_derivative(trajectory.dipole, time_step_fs=STEP_FS)
        np.testing.assert_allclose(
            trajectory.dipole_flux[1:-1], differences, atol=1e-10 * np.abs(differences).max()
        )


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3000.0, 3700.0])
def test_bands_of_velocities_are_too_weak_and_corrected_differences_are_not(
    wavenumber_cm1: float,
) -> None:
    runs = trajectories(wavenumber_cm1)
    turn = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * STEP_FS
    from_velocities = area(runs, wavenumber_cm1, SpectrumRecipe(derivative="exact"))
    assert from_velocities == pytest.approx(1 - turn**2 / 4, abs=2e-3)
    corrected = area(runs, wavenumber_cm1, SpectrumRecipe(time_step_shift="remove"))
    assert corrected == pytest.approx(1, abs=2e-3)
