"""Langevin dynamics samples what its scheme says, exactly, and kT as the time step vanishes.

Errors are standard errors over independent replicas, so correlation in time needs no estimate.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov

from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION, SPEED_OF_LIGHT
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble, centre_of_mass
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.modes import normal_modes

type Matrix = NDArray[np.float64]

WAVENUMBER_CM1 = 1000.0
OMEGA_PER_FS = 2 * np.pi * SPEED_OF_LIGHT * WAVENUMBER_CM1
FRICTION_PER_FS = 0.05
TEMPERATURE_K = 300.0


def predicted_moments(integrator: str, step: float) -> Matrix:
    """Return stationary ⟨x²⟩ω²m/kT and ⟨v²⟩m/kT of a scheme for a harmonic oscillator.

    A step is a linear map z' = M z + Σ_k b_k ξ_k of z = (x, v), in units where kT/m = 1, whose
    stationary covariance C solves C = M C Mᵀ + Σ b_k b_kᵀ.
    """
    omega2, friction = OMEGA_PER_FS**2, FRICTION_PER_FS
    if integrator == "langevin-baoab":
        kick = np.array([[1, 0], [-omega2 * step / 2, 1]])
        drift = np.array([[1, step / 2], [0, 1]])
        decay = np.exp(-friction * step)
        matrix = kick @ drift @ np.diag([1, decay]) @ drift @ kick
        noise = [kick @ drift @ np.array([0, np.sqrt(1 - decay**2)])]
    else:
        sigma = np.sqrt(2 * friction)
        c1 = step / 2 - step**2 * friction / 8
        c2 = step * friction / 2 - step**2 * friction**2 / 8
        c3 = np.sqrt(step) * sigma / 2 - step**1.5 * friction * sigma / 8
        c5 = step**1.5 * sigma / (2 * np.sqrt(3))
        c4 = friction / 2 * c5
        kick = np.array([[1, 0], [-c1 * omega2, 1 - c2]])
        drift = np.array([[1, step], [0, 1]])
        matrix = kick @ drift @ kick
        noise = [
            kick @ drift @ np.array([0, c3]) + np.array([0, c3]),
            kick @ (drift @ np.array([0, -c4]) + np.array([c5, 0])) + np.array([0, -c4]),
        ]
    covariance = solve_discrete_lyapunov(matrix, sum(np.outer(b, b) for b in noise))
    return np.array([covariance[0, 0] * omega2, covariance[1, 1]])


def measured_moments(
    integrator: str, step: float, replicas: int, production_steps: int
) -> tuple[Matrix, Matrix]:
    """Return the same moments from dynamics, and their standard errors over replicas."""
    recipe = DynamicsRecipe(
        integrator=integrator,
        time_step_fs=step,
        friction_per_fs=FRICTION_PER_FS,
        temperatures_k=(TEMPERATURE_K,),
        replicas=replicas,
        equilibration_fs=400.0,
        production_fs=production_steps * step,
        frame_stride=4,
        max_temperature_factor=1e3,
    )
    molecule, sink = oscillator_molecule(), MemorySink()
    run(HarmonicOscillator(wavenumber_cm1=WAVENUMBER_CM1), [molecule], recipe, sink)
    frames, masses = sink.frames(), molecule.masses
    thermal = BOLTZMANN * TEMPERATURE_K * FORCE_TO_ACCELERATION / (masses.prod() / masses.sum())
    moments = []
    for name, scale in (("positions", OMEGA_PER_FS**2 / thermal), ("velocities", 1 / thermal)):
        pairs = frames[name].reshape(-1, replicas, 2, 3)
        relative = pairs[:, :, 0] - pairs[:, :, 1]
        moments.append(scale * np.mean(relative**2, axis=(0, 2)))
    sample = np.array(moments)
    return sample.mean(axis=1), sample.std(axis=1, ddof=1) / np.sqrt(replicas)


def check_moments(integrator: str, step: float, replicas: int, production_steps: int) -> Matrix:
    """Compare measured with predicted moments and return the standard errors."""
    found, error = measured_moments(integrator, step, replicas, production_steps)
    expected = predicted_moments(integrator, step)
    deviation = (found - expected) / error
    assert np.all(np.abs(deviation) < 4), f"{deviation} σ: found {found}, expected {expected}"
    return error


def test_prediction_for_baoab_is_the_closed_form() -> None:
    for step in (0.5, 2.0, 4.0):
        expected = [1.0, 1 - (OMEGA_PER_FS * step) ** 2 / 4]
        np.testing.assert_allclose(predicted_moments("langevin-baoab", step), expected, rtol=1e-12)


@pytest.mark.parametrize("integrator", ["langevin-baoab", "langevin-ase"])
def test_predictions_approach_kt_with_the_square_of_the_step(integrator: str) -> None:
    errors = [np.abs(predicted_moments(integrator, step) - 1).max() for step in (0.5, 0.25, 0.125)]
    np.testing.assert_allclose([errors[0] / errors[1], errors[1] / errors[2]], 4, atol=0.2)
    assert errors[2] < 1e-3


@pytest.mark.parametrize("integrator", ["langevin-baoab", "langevin-ase"])
def test_moments_at_a_large_step_are_those_of_the_scheme(integrator: str) -> None:
    error = check_moments(integrator, 4.0, replicas=2000, production_steps=200)
    off = np.abs(predicted_moments(integrator, 4.0) - 1) / error
    assert off.max() > 10, "the test could not tell the scheme from exact sampling"


@pytest.mark.parametrize("integrator", ["langevin-baoab", "langevin-ase"])
def test_moments_at_a_small_step_are_thermal(integrator: str) -> None:
    found, error = measured_moments(integrator, 0.5, replicas=600, production_steps=400)
    assert np.all(error < 0.02)
    assert np.all(np.abs(found - 1) < 4 * error + 2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("integrator", ["langevin-baoab", "langevin-ase"])
def test_moments_precisely(integrator: str) -> None:
    for step in (1.0, 2.0, 4.0):
        error = check_moments(integrator, step, replicas=4000, production_steps=1200)
        assert np.all(error < 0.003)


@pytest.mark.parametrize("integrator", ["langevin-baoab", "langevin-ase"])
def test_free_particle_forgets_its_velocity_at_the_rate_of_the_friction(integrator: str) -> None:
    replicas, friction = 3000, 0.02
    recipe = DynamicsRecipe(
        integrator=integrator,
        time_step_fs=0.5,
        friction_per_fs=friction,
        temperatures_k=(TEMPERATURE_K,),
        replicas=replicas,
        equilibration_fs=200.0,
        production_fs=50.5,
        frame_stride=100,
        max_temperature_factor=1e3,
    )
    molecule, sink = oscillator_molecule(), MemorySink()
    run(HarmonicOscillator(wavenumber_cm1=WAVENUMBER_CM1), [molecule], recipe, sink)
    ensemble = build_ensemble([molecule], recipe)
    first, last = (centre_of_mass(ensemble.molecules, v) for v in sink.frames()["velocities"])
    thermal = BOLTZMANN * TEMPERATURE_K * FORCE_TO_ACCELERATION / molecule.masses.sum()
    memory = (first * last / thermal).reshape(-1)
    expected, error = np.exp(-friction * 50.0), memory.std() / np.sqrt(memory.size)
    assert error < 0.02
    assert abs(memory.mean() - expected) < 4 * error
    energy = (last**2 / thermal).reshape(-1)
    # the start has no total momentum, so the centre of mass is thermal up to exp(-2γt)
    warmed = 1 - np.exp(-2 * friction * 250.0)
    assert abs(energy.mean() - warmed) < 4 * energy.std() / np.sqrt(energy.size)


def _equipartition(replicas: int, production_fs: float) -> Matrix:
    """Return deviations in σ of the kinetic energy of O and H of anharmonic water from kT/2.

    The scheme's own factor 1 - (ωΔt)²/4 of each normal mode is part of the prediction.
    """
    step, water = 0.5, spring_water()
    recipe = DynamicsRecipe(
        integrator="langevin-baoab",
        time_step_fs=step,
        friction_per_fs=FRICTION_PER_FS,
        temperatures_k=(TEMPERATURE_K,),
        replicas=replicas,
        equilibration_fs=300.0,
        production_fs=production_fs,
        frame_stride=10,
    )
    sink = MemorySink()
    outcome = run(water_springs(), [water], recipe, sink)
    assert all(one.finished for one in outcome)
    velocities = sink.frames()["velocities"].reshape(-1, replicas, 3, 3)
    thermal = BOLTZMANN * TEMPERATURE_K * FORCE_TO_ACCELERATION / water.masses
    measured = np.mean(velocities**2, axis=(0, 3)) / thermal
    modes = normal_modes(water_springs(), water)
    deficit = (2 * np.pi * SPEED_OF_LIGHT * modes.frequencies_cm1 * step) ** 2 / 4
    share = np.einsum("nai,nai->na", modes.eigenvectors, modes.eigenvectors)
    predicted = 1 - deficit @ share / 3
    sample = np.stack([measured[:, 0], measured[:, 1:].mean(axis=1)])
    expected = np.array([predicted[0], predicted[1:].mean()])
    error = sample.std(axis=1, ddof=1) / np.sqrt(replicas)
    deviation: Matrix = (sample.mean(axis=1) - expected) / error
    return deviation


def test_equipartition_between_elements() -> None:
    assert np.all(np.abs(_equipartition(replicas=500, production_fs=300.0)) < 4)


@pytest.mark.slow
def test_equipartition_between_elements_precisely() -> None:
    assert np.all(np.abs(_equipartition(replicas=2000, production_fs=2000.0)) < 4)
