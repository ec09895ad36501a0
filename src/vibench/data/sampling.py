"""Which structures to label: how many of each kind, and frames picked from trajectories."""

from collections.abc import Mapping, Sequence

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, copies_at
from vibench.core.trajectory import Trajectory


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
        parts.append(copies_at(molecules[trajectory.name], trajectory.positions[picked]))
        origin += [index] * per_trajectory
    if not parts:
        raise InputError(f"none of {len(trajectories)} trajectories finished; nothing to label")
    return concatenate(parts), np.array(origin)
