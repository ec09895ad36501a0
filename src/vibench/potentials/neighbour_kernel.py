"""The loop behind `vibench.potentials.neighbour_sums` on a CPU, compiled at its first use."""

import numba
import numpy as np

from vibench.core.molecules import Array


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def add_derivatives(  # noqa: C901, PLR0912, PLR0917  # one loop is the point
    first: Array,
    neighbour: Array,
    row: Array,
    a: Array,
    w: Array,
    x: Array,
    g: Array,
    of_a: Array,
    of_w: Array,
    of_x: Array,
    of_g: Array,
) -> None:
    """Add derivatives of M = Σ a[p, s] w[r, f] x[j, c, f] g[i, s, c, f] to those that are wanted.

    Those that are not wanted are empty, and so may be the one factor that no other derivative
    needs. An empty a that no derivative is wanted by stands for 1. Shapes: (pairs, s),
    (rows, features), (atoms, c, features), (atoms, s, c, features).
    """
    by_a, by_w, by_x, by_g = of_a.size > 0, of_w.size > 0, of_x.size > 0, of_g.size > 0
    plain = a.size == 0
    shape = of_g.shape if by_g else g.shape
    directions, components, features = shape[1], shape[2], shape[3]
    weighted, gathered = np.empty(features, w.dtype), np.empty(features, w.dtype)
    for i in range(first.size - 1):
        for p in range(first[i], first[i + 1]):
            r, j = row[p], neighbour[p]
            for c in range(components):
                if by_a or by_g:
                    for f in range(features):
                        weighted[f] = w[r, f] * x[j, c, f]
                if by_w or by_x:
                    gathered[:] = 0
                for s in range(directions):
                    factor = w.dtype.type(1) if plain else a[p, s]
                    if by_g:
                        for f in range(features):
                            of_g[i, s, c, f] += factor * weighted[f]
                    if by_a:
                        total = w.dtype.type(0)
                        for f in range(features):
                            total += g[i, s, c, f] * weighted[f]
                        of_a[p, s] += total
                    if by_w or by_x:
                        for f in range(features):
                            gathered[f] += factor * g[i, s, c, f]
                if by_w:
                    for f in range(features):
                        of_w[r, f] += gathered[f] * x[j, c, f]
                if by_x:
                    for f in range(features):
                        of_x[j, c, f] += gathered[f] * w[r, f]
