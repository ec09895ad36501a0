"""Error of a spectrum from blocks of a single trajectory."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

SHORTEST: Final = 2
"""Length of the shortest block in correlation depths."""
MOST: Final = 8
"""Blocks of one trajectory, unless asked for more."""


def split_blocks(runs: Sequence[Array], *, lags: int, blocks: int | None) -> list[Array]:
    """Split a single trajectory into equal contiguous blocks; several are not split.

    Parameters
    ----------
    runs : list of (steps, 3)
        Dipole derivatives per trajectory.
    lags
        Correlation depth in steps.
    blocks
        Number of blocks; None for as many as are at least two correlation depths long, up to
        eight; 1 for none.

    Returns
    -------
    blocks
        Empty if there are several trajectories or fewer than two blocks. Steps that do not fill a
        block are left out at the end.

    Raises
    ------
    InputError
        If blocks of the wanted number would be shorter than two correlation depths.
    """
    if len(runs) != 1:
        return []
    steps = len(runs[0])
    possible = steps // (SHORTEST * lags + 1)
    count = min(possible, MOST) if blocks is None else blocks
    if count < 2:
        return []
    if count > possible:
        raise InputError(
            f"{count} blocks of a trajectory of {steps} steps are shorter than {SHORTEST} "
            f"correlation depths of {lags} steps: at most {max(possible, 1)} blocks are possible; "
            "lower blocks or depth_fs"
        )
    length = steps // count
    return [runs[0][start : start + length] for start in range(0, count * length, length)]


def fold_blocks(curves: Array, blocks: Sequence[Array]) -> Array:
    """Turn the curves of a trajectory and of its blocks into rows whose mean is the former.

    A trajectory as a whole gives a better spectrum than the mean of its blocks, which lose the
    pairs across their borders. So each block's curve S_b is moved by the same difference,
    S_b + S - S̄_b: the rows keep the spread of blocks, and their mean is S.

    Parameters
    ----------
    curves : (1 + blocks, points)
        The curve of the trajectory, then those of its blocks; or those of several trajectories.
    blocks
        What `split_blocks` returned.

    Returns
    -------
    rows : (blocks, points), or *curves* if there are no blocks
    """
    if not blocks:
        return curves
    return np.asarray(curves[1:] + (curves[0] - curves[1:].mean(axis=0)))


def block_note(blocks: Sequence[Array], *, time_step_fs: float) -> str:
    """Return what a reader must know of the error, or nothing if there are no blocks."""
    if not blocks:
        return ""
    return (
        f"; standard error from {len(blocks)} blocks of {len(blocks[0]) * time_step_fs:.6g} fs of "
        "one trajectory (too small if blocks are shorter than the slowest exchange of energy "
        "between modes)"
    )
