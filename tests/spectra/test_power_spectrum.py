"""Power spectra of velocities of analytic motion: area, position, parts, and bad input."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.trajectory import Outcome, Trajectory
from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION, SPEED_OF_LIGHT
from vibench.spectra.power import mode_power, power_spectrum
from vibench.spectra.recipe import SpectrumRecipe

RECIPE = SpectrumRecipe(max_wavenumber_cm1=4000.0)
KT = BOLTZMANN * 300.0 * FORCE_TO_ACCELERATION
"""Thermal energy at 300 K in amu Å²/fs²."""
MASSES = np.array([15.999, 1.008, 1.008])
BANDS = np.array([500.0, 1600.0, 3700.0])


def oscillators(replica: int, *, spacing_fs: float = 2.0, frames: int = 4000) -> Trajectory:
    """Three atoms; every component of atom k is an oscillator of wavenumber BANDS[k] and ½kT."""
    rng = np.random.default_rng(replica)
    omega = 2 * np.pi * SPEED_OF_LIGHT * BANDS[:, None]
    phase = 2 * np.pi * rng.random((3, 3))
    speed = np.sqrt(2 * KT / MASSES)[:, None]
    time_fs = spacing_fs * np.arange(frames)[:, None, None]
    velocities = speed * np.cos(omega * time_fs + phase)
    return Trajectory(
        name="water",
        replica=replica,
        numbers=np.array([8, 1, 1]),
        masses=MASSES,
        dipole=np.zeros((frames, 3)),
        potential_energy=np.zeros(frames),
        kinetic_energy=np.zeros(frames),
        positions=np.zeros((frames, 3, 3)),
        velocities=velocities,
        time_step_fs=spacing_fs / 4,
        frame_stride=4,
        temperature_k=300.0,
        thermostat="none",
    )


RUNS = [oscillators(replica) for replica in range(4)]


def area(spectrum, low=0.0, high=4000.0):
    inside = (spectrum.wavenumber_cm1 >= low) & (spectrum.wavenumber_cm1 <= high)
    return np.trapezoid(spectrum.intensity[inside], spectrum.wavenumber_cm1[inside])


def test_area_is_the_number_of_modes():
    spectrum = power_spectrum(RUNS, RECIPE)["water"]
    assert area(spectrum) == pytest.approx(9, rel=2e-3)
    for band in BANDS:
        assert area(spectrum, band - 150, band + 150) == pytest.approx(3, rel=5e-3)
    assert spectrum.replicas.shape == (4, len(spectrum.wavenumber_cm1))
    assert spectrum.unit == "1/cm^-1"
    assert spectrum.width_cm1 == pytest.approx(33.36, abs=0.01)


def test_bands_lie_where_atoms_oscillate():
    parts = power_spectrum(RUNS, RECIPE, by="atom")
    assert list(parts) == ["O0", "H1", "H2"]
    for spectrum, band in zip(parts.values(), BANDS, strict=True):
        top = spectrum.wavenumber_cm1[spectrum.intensity.argmax()]
        assert top == pytest.approx(band, abs=2.1)
        assert area(spectrum) == pytest.approx(3, rel=5e-3)


def test_parts_add_up():
    whole = power_spectrum(RUNS, RECIPE)["water"].intensity
    for by in ("element", "atom"):
        parts = power_spectrum(RUNS, RECIPE, by=by)
        np.testing.assert_allclose(
            sum(part.intensity for part in parts.values()), whole, atol=1e-12
        )
    assert list(power_spectrum(RUNS, RECIPE, by="element")) == ["O", "H"]


def test_power_of_modes_integrates_to_their_energy():
    velocities = [np.sqrt(MASSES) * run.velocities[:, :, 0] for run in RUNS]
    power = mode_power(velocities, spacing_fs=2.0, temperature_k=150.0, recipe=RECIPE)
    assert power.replicas.shape[:2] == (4, 3)
    areas = np.trapezoid(power.replicas, power.wavenumber_cm1, axis=2)
    np.testing.assert_allclose(areas, 2.0, rtol=0.02)  # the temperature was halved


def test_frames_too_far_apart_name_the_setting():
    far = [oscillators(0, spacing_fs=5.0)]
    with pytest.raises(InputError, match=r"up to 3336 cm\^-1 only.*smaller frame_stride"):
        power_spectrum(far, RECIPE)


def test_bad_input():
    with pytest.raises(InputError, match=r"100 frames 2 fs apart.*at least 501"):
        power_spectrum([oscillators(0, frames=100)], RECIPE)
    with pytest.raises(InputError, match=r"equal temperature_k, found 300\.0, 400\.0"):
        power_spectrum([RUNS[0], replace(RUNS[1], temperature_k=400.0)], RECIPE)
    failed = replace(RUNS[0], outcome=Outcome("failed", "force"))
    with pytest.raises(InputError, match=r"every trajectory failed \(1 of 1\)"):
        power_spectrum([failed], RECIPE)
    with pytest.raises(InputError, match="1 of 2 trajectories failed"):
        power_spectrum([failed, RUNS[1]], RECIPE)
    half = RECIPE.model_copy(update={"largest_failed_share": 0.5})
    assert len(power_spectrum([failed, RUNS[1]], half)["water"].replicas) == 1
    with pytest.raises(InputError, match="no velocities of modes"):
        mode_power([], spacing_fs=2.0, temperature_k=300.0, recipe=RECIPE)
