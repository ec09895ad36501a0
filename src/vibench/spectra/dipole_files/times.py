"""Even spacing of the instants at which dipoles were kept."""

from collections.abc import Callable
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

_TOLERANCE: Final = 0.01
"""Largest deviation of one spacing from their median, as a fraction of it."""
_ROUNDING: Final = 2e-8
"""Rounding of a printed time relative to the largest one: codes print nine or more digits."""


def even_spacing(instants: Array, where: Callable[[int], str], *, quantity: str) -> float | None:
    """Return the equal spacing of ascending instants, or None for fewer than two.

    Parameters
    ----------
    instants : (steps,)
        Times or step numbers.
    where
        Gives the place in the file of an instant, as ``"run.csv, line 12"``.
    quantity
        What they are, with unit, for the message.

    Raises
    ------
    InputError
        If one spacing differs from their median by more than 1 % and the rounding of print: a
        dipole is missing or there twice, or the time step varied.
    """
    if len(instants) < 2:
        return None
    spacings = np.diff(instants)
    usual = float(np.median(spacings))
    if not usual > 0:
        raise InputError(f"{where(1)}: {quantity} does not ascend")
    tolerance = _TOLERANCE * usual + _ROUNDING * float(np.abs(instants).max())
    bad = np.abs(spacings - usual) > tolerance
    if bad.any():
        first = int(np.argmax(bad)) + 1
        raise InputError(
            f"{where(first)}: uneven time steps: {quantity} goes from {instants[first - 1]:.10g} "
            f"to {instants[first]:.10g}, expected steps of {usual:g} ({int(bad.sum())} of "
            f"{len(bad)} differ): a dipole is missing or repeated, or the time step varied; a "
            "spectrum needs equal time steps"
        )
    return float(instants[-1] - instants[0]) / (len(instants) - 1)
