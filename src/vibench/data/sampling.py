"""Which structures to label: how many of each kind, and frames picked from trajectories."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, select, with_positions
from vibench.core.recipe import Recipe
from vibench.core.trajectory import Trajectory

type Temperature = Annotated[float, Field(gt=0)]


class LabelRecipe(Recipe):
    """Which structures of a molecule to sample for labels."""

    temperatures_k: tuple[Temperature, ...] = (300.0, 600.0)
    """Temperatures in K of the sampling; one above that of the later dynamics covers its rare
    excursions."""
    structures_per_temperature: Annotated[int, Field(gt=0)] = 250
    """Structures of each molecule at each temperature."""
    normal_mode_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Share of structures displaced along normal modes; the others come from dynamics."""
    spacing_fs: Annotated[float, Field(gt=0)] = 50.0
    """Time in fs between two frames that are taken from one trajectory."""
    equilibration_fs: Annotated[float, Field(ge=0)] = 500.0
    """Time in fs that each trajectory runs before its first frame may be taken."""
    seed: int = 0
    """Seed of displacements and dynamics."""

    @property
    def from_normal_modes(self) -> int:
        """Structures per molecule and temperature that are displaced along normal modes."""
        return round(self.normal_mode_share * self.structures_per_temperature)

    @property
    def from_dynamics(self) -> int:
        """Structures per molecule and temperature that are taken from trajectories."""
        return self.structures_per_temperature - self.from_normal_modes


def frames_from_trajectories(
    trajectories: Sequence[Trajectory],
    per_trajectory: int,
    molecules: Mapping[str, Molecules[Array]],
) -> tuple[Molecules[Array], Array]:
    """Pick frames evenly from the trajectories that finished.

    Frame k of n is the one at the middle of the k-th of n equal stretches, so frames are as far
    apart as can be and the first, still near the start, is not taken. Trajectories that failed
    are passed over: their last frames are what made them fail.

    Parameters
    ----------
    trajectories : of any molecules
    per_trajectory : frames to take from each
    molecules : name → batch of one, for charge and unpaired electrons

    Returns
    -------
    structures : (frames,) molecules
    trajectory_index : (frames,) position in *trajectories* that each comes from

    Raises
    ------
    InputError
        If no trajectory finished, one is too short, or its molecule is not in *molecules*.
    """
    parts: list[Molecules[Array]] = []
    origin: list[int] = []
    for index, trajectory in enumerate(trajectories):
        if not trajectory.outcome.finished:
            continue
        frames = len(trajectory.positions)
        if frames < per_trajectory:
            raise InputError(
                f"trajectory {trajectory.replica} of {trajectory.name!r} at "
                f"{trajectory.temperature_k:g} K has {frames} frames, but {per_trajectory} are "
                "wanted from it; run it longer or keep frames more often"
            )
        if trajectory.name not in molecules:
            raise InputError(
                f"trajectory of {trajectory.name!r}: no molecule of that name is given"
            )
        picked = ((np.arange(per_trajectory) + 0.5) * frames / per_trajectory).astype(np.int64)
        copies = select(molecules[trajectory.name], np.zeros(per_trajectory, np.int64))
        parts.append(with_positions(copies, trajectory.positions[picked].reshape(-1, 3)))
        origin += [index] * per_trajectory
    if not parts:
        raise InputError(f"none of {len(trajectories)} trajectories finished; nothing to label")
    return concatenate(parts), np.array(origin)
