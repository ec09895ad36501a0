"""Which of several candidates nobody beats in error and cost at once."""

from collections.abc import Callable

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

type Beats = Callable[[int, int], bool]
"""Whether the first candidate is better than the second beyond noise, by their places."""


def dominators(losses: Array, beyond_noise: Beats | None = None) -> tuple[tuple[int, ...], ...]:
    """Return for each candidate the places of those that dominate it; empty on the front.

    One dominates another if no loss of it is larger and at least one is smaller.

    Parameters
    ----------
    losses : (candidates, criteria)
        What is to be small.
    beyond_noise
        If given, only those count that are also better beyond noise, as it says.

    Raises
    ------
    InputError
        If a loss is not finite, or they have another shape.
    """
    values = np.asarray(losses, dtype=np.float64)
    if values.ndim != 2 or not np.all(np.isfinite(values)):
        raise InputError(f"losses must be finite, (candidates, criteria); found {values.shape}")
    no_worse = np.all(values[:, None] <= values[None], axis=-1)
    better = np.any(values[:, None] < values[None], axis=-1)
    dominates = no_worse & better
    return tuple(
        tuple(
            int(one)
            for one in np.flatnonzero(dominates[:, candidate])
            if beyond_noise is None or beyond_noise(int(one), candidate)
        )
        for candidate in range(len(values))
    )
