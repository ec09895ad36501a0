"""Constant-energy dynamics conserves energy, to the order of its scheme.

The total energy of one such trajectory has a slope of some 1e-6 eV/atom/ps of either sign, because
its discretisation error follows the energy as that wanders between modes. Sixteen of them leave a
standard error of 2.5e-7, too coarse for a bound of 1e-7. The bound is therefore put on the shadow
energy of sixteen, and on the total energy of many.
"""

import numpy as np
import pytest

from vibench.core.molecules import Array, Molecules, select, with_positions
from vibench.core.trajectory import Trajectory
from vibench.dynamics.conservation import drift, shadow_energy, total_energy
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.sampling import sample_normal_modes

REPLICAS = 16
TEMPERATURE_K = 300.0


def thermal_water() -> Molecules[Array]:
    """Return 16 geometries of water from its harmonic ensemble at 300 K."""
    water = spring_water()
    modes = normal_modes(water_springs(), water)
    positions = sample_normal_modes(
        modes, temperature_k=TEMPERATURE_K, n=REPLICAS, rng=np.random.default_rng(0)
    )
    copies = select(water, np.zeros(REPLICAS, dtype=np.int64))
    return with_positions(copies, positions.reshape(-1, 3))


def constant_energy(time_step_fs: float, production_fs: float) -> list[Trajectory]:
    """Run the same 16 starts at a given time step."""
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=time_step_fs,
        temperatures_k=(TEMPERATURE_K,),
        replicas=REPLICAS,
        equilibration_fs=0.0,
        production_fs=production_fs,
        frame_stride=1,
    )
    sink, starts = MemorySink(), [thermal_water()]
    run(water_springs(), starts, recipe, sink)
    restart = sink.restart()
    assert restart is not None
    trajectories = assemble(sink.frames(), restart, build_ensemble(starts, recipe), recipe)
    assert all(trajectory.outcome.finished for trajectory in trajectories)
    return trajectories


def slopes(trajectories: list[Trajectory], *, shadow: bool) -> Array:
    """Return the drift of each trajectory in eV per atom and ps."""
    energy = shadow_energy if shadow else total_energy
    return np.array(
        [
            drift(energy(one), time_step_fs=one.time_step_fs, n_atoms=len(one.numbers))
            for one in trajectories
        ]
    )


def fluctuation_ratio(coarse: list[Trajectory], fine: list[Trajectory]) -> float:
    """Return the mean over replicas of the ratio of total-energy fluctuations."""
    ratios = [
        total_energy(a).std() / total_energy(b).std() for a, b in zip(coarse, fine, strict=True)
    ]
    return float(np.mean(ratios))


def test_energy_is_conserved() -> None:
    coarse, fine = constant_energy(0.25, 300.0), constant_energy(0.125, 300.0)
    assert abs(slopes(coarse, shadow=True).mean()) < 1e-7
    assert abs(fluctuation_ratio(coarse, fine) - 4) < 0.2
    shadow = np.mean(
        [shadow_energy(a).std() / shadow_energy(b).std() for a, b in zip(coarse, fine, strict=True)]
    )
    assert abs(shadow - 16) < 2, "the corrected energy is conserved to fourth order"


def test_drift_is_seen_where_there_is_one() -> None:
    trajectories = constant_energy(0.25, 300.0)
    one = trajectories[0]
    ramp = np.arange(len(one.dipole)) * 0.25e-3 * len(one.numbers)
    found = drift(shadow_energy(one) + 2e-7 * ramp[2:-2], time_step_fs=0.25, n_atoms=3)
    clean = drift(shadow_energy(one), time_step_fs=0.25, n_atoms=3)
    np.testing.assert_allclose(found - clean, 2e-7, rtol=1e-6)


@pytest.mark.slow
def test_energy_is_conserved_for_3_ps() -> None:
    coarse = constant_energy(0.25, 3000.0)
    drifts = slopes(coarse, shadow=True)
    assert abs(drifts.mean()) < 1e-7
    # the ratio is taken while both steps still follow the same trajectory
    halves = constant_energy(0.25, 500.0), constant_energy(0.125, 500.0)
    assert abs(fluctuation_ratio(*halves) - 4) < 0.2


@pytest.mark.slow
def test_total_energy_has_no_slope() -> None:
    replicas, stride = 256, 10
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=0.25,
        temperatures_k=(TEMPERATURE_K,),
        replicas=replicas,
        equilibration_fs=2000.0,
        equilibration_friction_per_fs=0.02,
        production_fs=3000.0,
        frame_stride=1000,
    )
    sink = MemorySink()
    outcomes = run(water_springs(), [spring_water()], recipe, sink)
    assert all(outcome.finished for outcome in outcomes)
    frames = sink.frames()
    energy = (frames["potential_energy"] + frames["kinetic_energy"])[::stride]
    found = np.array([drift(one, time_step_fs=0.25 * stride, n_atoms=3) for one in energy.T])
    error = found.std(ddof=1) / np.sqrt(replicas)
    assert error < 1e-7
    assert abs(found.mean()) < 1e-7 + 2 * error
