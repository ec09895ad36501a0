"""Grids of wavenumbers and curves on them."""

import math

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


def uniform_grid(low_cm1: float, high_cm1: float, *, step_cm1: float) -> Array:
    """Return the multiples of *step_cm1* from *low_cm1* to *high_cm1*, ends included.

    Grids of different ranges but of one step therefore share their points.
    """
    # A thousandth of a step of slack keeps an end point that rounding would lose.
    first = math.ceil(low_cm1 / step_cm1 - 1e-3)
    last = math.floor(high_cm1 / step_cm1 + 1e-3)
    return np.arange(first, last + 1) * step_cm1


def interpolate(wavenumber_cm1: Array, curves: Array, grid_cm1: Array) -> Array:
    """Interpolate curves linearly onto a grid.

    Parameters
    ----------
    wavenumber_cm1 : (points,)
        Ascending wavenumbers in cm⁻¹.
    curves : (..., points)
        One or many curves on them.
    grid_cm1 : (grid,)
        Wavenumbers within the range of `wavenumber_cm1`.

    Returns
    -------
    curves : (..., grid)

    Raises
    ------
    InputError
        If the grid leaves the range of the curves: nothing is extrapolated.
    """
    slack = 1e-6 * (wavenumber_cm1[-1] - wavenumber_cm1[0])
    if grid_cm1[0] < wavenumber_cm1[0] - slack or grid_cm1[-1] > wavenumber_cm1[-1] + slack:
        raise InputError(
            f"cannot interpolate onto {grid_cm1[0]:g}-{grid_cm1[-1]:g} cm^-1: the curve covers "
            f"{wavenumber_cm1[0]:g}-{wavenumber_cm1[-1]:g} cm^-1 only"
        )
    rows = curves.reshape(-1, curves.shape[-1])
    resampled = np.stack([np.interp(grid_cm1, wavenumber_cm1, row) for row in rows])
    return resampled.reshape(*curves.shape[:-1], len(grid_cm1))
