"""The conserved energy of velocity Verlet, where it is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.trajectory import Trajectory
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.testing.conservation import drift, shadow_energy, total_energy
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule


def _oscillation() -> Trajectory:
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=0.5,
        equilibration_fs=0.0,
        production_fs=100.0,
        replicas=1,
        frame_stride=1,
    )
    sink, starts = MemorySink(), [oscillator_molecule()]
    run(HarmonicOscillator(wavenumber_cm1=1000.0), starts, recipe, sink)
    return assemble(sink.frames(), sink.restart() or {}, build_ensemble(starts, recipe), recipe)[0]


def test_shadow_energy_is_far_better_conserved() -> None:
    one = _oscillation()
    assert shadow_energy(one).std() < 1e-2 * total_energy(one).std()
    np.testing.assert_allclose(shadow_energy(one), total_energy(one)[2:-2], rtol=1e-2)


def test_drift_is_a_slope_per_atom_and_ps() -> None:
    energy = 5.0 + 3e-3 * np.arange(100)
    np.testing.assert_allclose(drift(energy, time_step_fs=0.5, n_atoms=3), 2.0)


def test_positions_are_needed_at_every_step() -> None:
    with pytest.raises(InputError, match="every step"):
        shadow_energy(replace(_oscillation(), frame_stride=2))
