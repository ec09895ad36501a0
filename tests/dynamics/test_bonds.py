"""Molecules that are held in a shape with other bonds, although no moment shows it."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.trajectory import FINISHED, Trajectory
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.bonds import LEFT, within_molecule
from vibench.dynamics.recipe import DynamicsRecipe

RECIPE = DynamicsRecipe(time_step_fs=0.5, equilibration_fs=10.0, production_fs=500.0)
STRIDE = 10


@pytest.fixture(scope="module")
def ethanol():
    return build_molecule(MoleculeRecipe(name="ethanol"))


def trajectory(molecule, stretch):
    """Frames in which the C-C bond is longer by *stretch* Å, a number for each frame."""
    frames = len(stretch)
    carbon = np.flatnonzero(molecule.numbers == 6)
    axis = molecule.positions[carbon[1]] - molecule.positions[carbon[0]]
    axis = axis / np.linalg.norm(axis)
    # All atoms on the far side of the middle of the bond move along with its second atom.
    middle = molecule.positions[carbon].mean(axis=0)
    far = (molecule.positions - middle) @ axis > 0
    positions = np.repeat(molecule.positions[None], frames, axis=0)
    positions[:, far] += np.asarray(stretch)[:, None, None] * axis
    steps = frames * STRIDE
    return Trajectory(
        name="ethanol",
        replica=0,
        numbers=molecule.numbers,
        masses=molecule.masses,
        dipole=np.arange(3.0 * steps).reshape(steps, 3),
        potential_energy=np.zeros(steps),
        kinetic_energy=np.zeros(steps),
        positions=positions,
        velocities=np.zeros_like(positions),
        time_step_fs=0.5,
        frame_stride=STRIDE,
        temperature_k=300.0,
        thermostat="NVE",
    )


def test_a_molecule_that_vibrates_is_left_as_it_is(ethanol):
    whole = trajectory(ethanol, 0.5 * np.sin(np.arange(100.0)))
    assert within_molecule([whole], ethanol, RECIPE) == [whole]


def test_a_bond_that_stays_stretched_ends_a_trajectory_before_it(ethanol):
    # 2.05 Å: no moment is beyond the limit of the engine, 2.375 Å.
    whole = trajectory(ethanol, np.where(np.arange(100) < 60, 0.0, 0.53))
    (cut,) = within_molecule([whole], ethanol, RECIPE)
    assert not cut.outcome.finished
    assert cut.outcome.reason == LEFT
    frames = len(cut.positions)
    # The first window of 40 frames with a mean beyond 1.9 Å has about 29 stretched ones in it.
    assert 45 < frames < 60
    assert cut.outcome.step == RECIPE.equilibration_steps + frames * STRIDE
    assert len(cut.dipole) == len(cut.potential_energy) == frames * STRIDE
    np.testing.assert_array_equal(cut.dipole, whole.dipole[: frames * STRIDE])


def test_one_that_starts_in_another_shape_has_no_frame_left(ethanol):
    (cut,) = within_molecule([trajectory(ethanol, np.full(100, 0.53))], ethanol, RECIPE)
    assert len(cut.positions) == len(cut.dipole) == 0
    assert cut.outcome.step == RECIPE.equilibration_steps


def test_a_bond_that_forms_and_stays_is_seen(ethanol):
    whole = trajectory(ethanol, np.zeros(100))
    hydrogen = np.flatnonzero(ethanol.numbers == 1)
    positions = whole.positions.copy()
    positions[:, hydrogen[0]] = positions[:, hydrogen[-1]] + (0.0, 0.0, 0.75)
    (cut,) = within_molecule([replace(whole, positions=positions)], ethanol, RECIPE)
    assert cut.outcome.reason == LEFT


def test_too_few_frames_and_bonds_that_may_change_say_nothing(ethanol):
    few = trajectory(ethanol, np.full(7, 0.53))
    many = trajectory(ethanol, np.full(100, 0.53))
    assert within_molecule([few], ethanol, RECIPE)[0].outcome == FINISHED
    free = RECIPE.model_copy(update={"bond_factor": None})
    assert within_molecule([many], ethanol, free)[0].outcome == FINISHED
