"""What a study says about the convergence of replicas."""

import numpy as np
import pytest

from vibench.core.trajectory import Trajectory
from vibench.core.units import SPEED_OF_LIGHT
from vibench.pipeline.stages.convergence import (
    ERROR_RATIO,
    R_HAT_OF_AREA,
    check_convergence,
)
from vibench.spectra.recipe import SpectrumRecipe

RECIPE = SpectrumRecipe(depth_fs=200.0, zero_padding=2)


def replicas(strengths, *, steps=8000, seed=1):
    """Return replicas with one band at 1500 cm⁻¹ whose strength differs from one to another."""
    rng = np.random.default_rng(seed)
    time = 0.5 * np.arange(steps)
    runs = []
    for index, strength in enumerate(strengths):
        phase = np.cumsum(0.02 * rng.normal(size=steps))
        blocks = np.repeat(1 + 0.2 * rng.normal(size=20), -(-steps // 20))[:steps]
        wave = strength * blocks * np.cos(2 * np.pi * SPEED_OF_LIGHT * 1500 * time + phase)
        zero = np.zeros(steps)
        runs.append(
            Trajectory(
                name="wave",
                replica=index,
                numbers=np.array([1, 1]),
                masses=np.ones(2),
                dipole=np.stack([wave, zero, zero], axis=1),
                potential_energy=zero,
                kinetic_energy=zero,
                positions=np.zeros((1, 2, 3)),
                velocities=np.zeros((1, 2, 3)),
                time_step_fs=0.5,
                frame_stride=steps,
                temperature_k=300.0,
                thermostat="none",
            )
        )
    return runs


def test_replicas_that_have_not_mixed_are_told():
    found = check_convergence(replicas([1, 1.5, 2, 2.5, 3]), RECIPE)
    values = {score.name: score for score in found.scores}
    assert values[R_HAT_OF_AREA].value > 1.1
    assert values[ERROR_RATIO].value > 2
    assert values[R_HAT_OF_AREA].molecule == "wave"
    assert values[R_HAT_OF_AREA].part.endswith("cm^-1")
    assert "replicas differ by more than their noise" in found.notes[0]


def test_short_replicas_give_words_and_no_number():
    found = check_convergence(replicas([1, 1, 1], steps=2500), RECIPE)
    assert not [score for score in found.scores if score.name == R_HAT_OF_AREA]
    assert "too short for R-hat of band areas" in found.notes[0]


@pytest.mark.parametrize("strengths", [[1.0], []])
def test_one_replica_has_nothing_to_be_compared_with(strengths):
    found = check_convergence(replicas(strengths), RECIPE)
    assert found.scores == ()
    assert found.notes == ()
