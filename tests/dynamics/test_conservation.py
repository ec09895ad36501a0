"""The conserved energy of velocity Verlet, where it is known in closed form."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.trajectory import Outcome, Trajectory
from vibench.dynamics.conservation import (
    DRIFT,
    FLUCTUATION,
    conservation_scores,
    drift,
    shadow_energy,
    total_energy,
)
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
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


def test_scores_of_an_oscillator_show_no_drift_and_the_fluctuation_of_the_step() -> None:
    one = _oscillation()
    scores = {score.name: score for score in conservation_scores([one, one])}
    atoms = len(one.numbers)
    fluctuation = 1000 * total_energy(one).std() / atoms
    np.testing.assert_allclose(scores[FLUCTUATION].value, fluctuation)
    assert abs(scores[DRIFT].value) < 0.01 * fluctuation  # over a tenth of a ps


def test_an_added_slope_is_the_drift_and_failed_trajectories_do_not_count() -> None:
    one = _oscillation()
    atoms, time_ps = len(one.numbers), np.arange(len(one.potential_energy)) * 0.5e-3
    pushed = replace(one, potential_energy=one.potential_energy + 2e-3 * atoms * time_ps)
    failed = replace(pushed, outcome=Outcome("failed", "a force", 3))
    before = conservation_scores([one])[0]
    after = conservation_scores([pushed, pushed, failed])[0]
    np.testing.assert_allclose(after.value - before.value, 2.0, rtol=1e-6)
    assert (after.n, before.low) == (2, None)
    assert "2 of 3 trajectories" in after.estimand
    assert conservation_scores([failed]) == []
