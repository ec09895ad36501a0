"""Bonds: trajectories that have left their molecule without any one moment showing it.

The engine ends a trajectory when a bond is stretched far beyond what vibration does. A model may
also hold a molecule in a shape with other bonds from the first step on; averages over a short time,
in which vibration cancels, show that.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from vibench.core.bonds import changed_bonds, pair_distances
from vibench.core.molecules import Array, Molecules
from vibench.core.trajectory import Outcome, Trajectory
from vibench.dynamics.recipe import DynamicsRecipe

WINDOW_FS: Final = 200.0
"""Time in fs over which distances are averaged: several periods of the slowest bond stretch."""
_FEWEST_FRAMES: Final = 8
LEFT: Final = "other bonds than the molecule has, on average over 200 fs"
"""Why such a trajectory counts as failed."""


def within_molecule(
    trajectories: Sequence[Trajectory], like: Molecules[Array], recipe: DynamicsRecipe
) -> list[Trajectory]:
    """Cut trajectories where their molecule has lost or gained a bond on average.

    What counts as another bond is the rule for relaxed geometries, with the recipe's bond factor.

    Parameters
    ----------
    trajectories
        Of one molecule.
    like
        The molecule with the bonds that it is to have.
    recipe
        Settings that the trajectories were made with; without a bond factor nothing is cut.

    Returns
    -------
    The same trajectories, in the same order; a cut one ends before the first `WINDOW_FS` with other
    bonds, as failed. Those with fewer than eight frames are left as they are.
    """
    if recipe.bond_factor is None:
        return list(trajectories)
    cut = []
    for one in trajectories:
        means = _windowed(pair_distances(one.positions), one)
        other = np.flatnonzero(changed_bonds(means, like, recipe.bond_factor).any(axis=1))
        cut.append(one if len(other) == 0 else _until(one, int(other[0]), recipe))
    return cut


def _windowed(distances: Array, one: Trajectory) -> Array:
    """Return (windows, pairs) means over successive windows of frames, one for each first frame."""
    frames = max(_FEWEST_FRAMES, round(WINDOW_FS / (one.time_step_fs * one.frame_stride)))
    frames = max(_FEWEST_FRAMES, min(frames, len(distances)))
    if len(distances) < frames:
        return np.empty((0, distances.shape[1]))
    sums = np.cumsum(np.concatenate((np.zeros((1, distances.shape[1])), distances)), axis=0)
    means: Array = (sums[frames:] - sums[:-frames]) / frames
    return means


def _until(one: Trajectory, frame: int, recipe: DynamicsRecipe) -> Trajectory:
    """Return a trajectory up to a frame, as failed there."""
    steps = frame * one.frame_stride
    return replace(
        one,
        dipole=one.dipole[:steps],
        potential_energy=one.potential_energy[:steps],
        kinetic_energy=one.kinetic_energy[:steps],
        positions=one.positions[:frame],
        velocities=one.velocities[:frame],
        dipole_flux=None if one.dipole_flux is None else one.dipole_flux[:steps],
        outcome=Outcome("failed", LEFT, recipe.equilibration_steps + steps),
    )
