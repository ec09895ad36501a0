"""Exact derivatives, the shift of the time step and the width that friction adds."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.trajectory import Trajectory
from vibench.core.units import (
    BOLTZMANN,
    FORCE_TO_ACCELERATION,
    INTENSITY_PER_DIPOLE_DERIVATIVE,
    SPEED_OF_LIGHT,
)
from vibench.signals.windows import half_hann, window_width_cm1
from vibench.spectra.md import md_spectrum
from vibench.spectra.recipe import SpectrumRecipe
from vibench.spectra.verlet import without_time_step

STEP_FS, TEMPERATURE_K, SLOPE = 0.5, 300.0, 0.3
REMOVED = SpectrumRecipe(time_step_shift="remove")


def verlet_wavenumber(wavenumber_cm1: float) -> float:
    """Return where velocity Verlet shows a mode: sin(ω'Δt/2) = ωΔt/2."""
    turn = np.pi * SPEED_OF_LIGHT * STEP_FS
    return float(np.arcsin(turn * wavenumber_cm1) / turn)


def oscillator(wavenumber_cm1: float, steps: int = 20000) -> Trajectory:
    """Return a mode as velocity Verlet moves it, its energy the thermal mean.

    The dipole is SLOPE (e/√amu) times the mode, whose mean square is kT/ω².
    """
    omega = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1
    shown = 2 * np.pi * SPEED_OF_LIGHT * verlet_wavenumber(wavenumber_cm1)
    amplitude = np.sqrt(2 * BOLTZMANN * TEMPERATURE_K * FORCE_TO_ACCELERATION) / omega
    phase = shown * STEP_FS * np.arange(steps) + 0.3
    along = np.array([0.0, 0.0, SLOPE * amplitude])
    dipole = np.cos(phase)[:, None] * along
    return Trajectory(
        name="mode",
        replica=0,
        numbers=np.array([1, 1]),
        masses=np.ones(2),
        dipole=dipole,
        # As velocities of velocity Verlet have it: a central difference.
        dipole_flux=-np.sin(shown * STEP_FS) / STEP_FS * np.sin(phase)[:, None] * along,
        potential_energy=np.zeros(steps),
        kinetic_energy=np.zeros(steps),
        positions=np.zeros((1, 2, 3)),
        velocities=np.zeros((1, 2, 3)),
        time_step_fs=STEP_FS,
        frame_stride=steps,
        temperature_k=TEMPERATURE_K,
        thermostat="none",
    )


def band(run: Trajectory, recipe: SpectrumRecipe) -> tuple[float, float]:
    """Return the position of the maximum in cm⁻¹ and the area in km/mol."""
    spectrum = md_spectrum([run], recipe)
    x, y = np.asarray(spectrum.wavenumber_cm1), np.asarray(spectrum.intensity)
    top = int(np.argmax(y))
    left, middle, right = y[top - 1 : top + 2]
    offset = 0.5 * (left - right) / (left - 2 * middle + right)
    near = np.abs(x - x[top]) < 150
    return float(x[top] + offset * (x[1] - x[0])), float(np.trapezoid(y[near], x[near]))


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3000.0, 3700.0])
def test_bands_come_to_lie_where_exact_dynamics_has_them(wavenumber_cm1: float) -> None:
    run = oscillator(wavenumber_cm1)
    kept, _ = band(run, SpectrumRecipe())
    removed, area = band(run, REMOVED)
    assert kept == pytest.approx(verlet_wavenumber(wavenumber_cm1), abs=0.3)
    assert removed == pytest.approx(wavenumber_cm1, abs=0.3)
    assert area == pytest.approx(INTENSITY_PER_DIPOLE_DERIVATIVE * SLOPE**2, rel=3e-3)


def test_shift_of_the_time_step_is_its_series() -> None:
    wavenumber = np.array([500.0, 1500.0, 3000.0])
    shown = np.array([verlet_wavenumber(value) for value in wavenumber])
    np.testing.assert_allclose(without_time_step(shown, time_step_fs=STEP_FS), wavenumber)
    turn = 2 * np.pi * SPEED_OF_LIGHT * wavenumber * STEP_FS
    np.testing.assert_allclose(shown / wavenumber - 1, turn**2 / 24, rtol=0.04)


def test_replicas_move_with_the_mean() -> None:
    runs = [oscillator(3000.0), replace(oscillator(3000.0), replica=1)]
    spectrum = md_spectrum(runs, REMOVED)
    assert spectrum.replicas is not None
    np.testing.assert_allclose(spectrum.replicas.mean(axis=0), spectrum.intensity)
    assert "shift of the time step removed" in spectrum.method


def test_exact_derivative_gives_the_spectrum_of_corrected_differences() -> None:
    run = oscillator(3000.0)
    by_difference = md_spectrum([run], SpectrumRecipe())
    exact = md_spectrum([run], SpectrumRecipe(derivative="exact"))
    points = len(by_difference.wavenumber_cm1)
    np.testing.assert_allclose(exact.wavenumber_cm1[:points], by_difference.wavenumber_cm1)
    scale = by_difference.intensity.max()
    np.testing.assert_allclose(exact.intensity[:points], by_difference.intensity, atol=2e-3 * scale)


def test_exact_derivative_that_was_not_kept_is_refused() -> None:
    run = replace(oscillator(3000.0), dipole_flux=None)
    with pytest.raises(InputError, match="dipole_flux = true"):
        md_spectrum([run], SpectrumRecipe(derivative="exact"))


def test_friction_counts_into_the_width() -> None:
    run = oscillator(3000.0)
    window: Array = half_hann(2001)
    plain = md_spectrum([run], SpectrumRecipe()).width_cm1
    assert plain == pytest.approx(window_width_cm1(window, spacing_fs=STEP_FS))
    widths = []
    for friction in (1 / 1018, 1 / 100):
        spectrum = md_spectrum([replace(run, friction_per_fs=friction)], SpectrumRecipe())
        widths.append(spectrum.width_cm1)
        assert f"width {spectrum.width_cm1:.1f} cm^-1 of window and friction" in spectrum.method
    # A Lorentzian of 5.2 (53) cm^-1 seen through a window of 33.4 cm^-1.
    assert widths == [pytest.approx(35.7, abs=0.1), pytest.approx(63, abs=4)]
    long = SpectrumRecipe(depth_fs=9000.0)
    lorentzian = md_spectrum([replace(run, friction_per_fs=1 / 100)], long).width_cm1
    assert lorentzian == pytest.approx(1 / (2 * np.pi * SPEED_OF_LIGHT * 100), rel=0.02)
