"""The loops behind `vibench.potentials.filter_table` on a CPU, compiled at their first use."""

import numba
import numpy as np

from vibench.core.molecules import Array


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def interpolate(distances: Array, coefficients: Array, width: float) -> Array:
    """Return (layers, rows, features) values at (rows,) distances.

    *coefficients* are (layers, intervals, 4, features), intervals are *width* wide; the last one
    has no end.
    """
    layers, intervals, _, features = coefficients.shape
    values = np.empty((layers, distances.size, features), coefficients.dtype)
    for layer in range(layers):
        for row in range(distances.size):
            place = distances[row] / width
            interval = min(int(place), intervals - 1)
            t = coefficients.dtype.type(place - interval)
            c = coefficients[layer, interval]
            for f in range(features):
                values[layer, row, f] = c[0, f] + t * (c[1, f] + t * (c[2, f] + t * c[3, f]))
    return values


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def gradient_by_distance(
    distances: Array, coefficients: Array, gradient: Array, width: float
) -> Array:
    """Return (rows,) Σ over layers and features of *gradient* times the slopes of the values.

    Shapes are those of `interpolate`; *gradient* has that of its result.
    """
    layers, intervals, _, features = coefficients.shape
    found = np.zeros(distances.size, coefficients.dtype)
    for layer in range(layers):
        for row in range(distances.size):
            place = distances[row] / width
            interval = min(int(place), intervals - 1)
            t = coefficients.dtype.type(place - interval)
            c, g = coefficients[layer, interval], gradient[layer, row]
            total = coefficients.dtype.type(0)
            for f in range(features):
                total += g[f] * (c[1, f] + t * (2 * c[2, f] + t * (3 * c[3, f])))
            found[row] += total / width
    return found
