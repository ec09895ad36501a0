"""The loop behind `vibench.potentials.neighbour_sums` on a CPU, compiled at its first use."""

import numba
import numpy as np

from vibench.core.molecules import Array


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def add_derivatives(  # noqa: C901, PLR0912, PLR0917  # one loop is the point
    pairs: tuple[Array, Array, Array],
    terms: tuple[Array, Array, Array, Array, Array, Array],
    a: Array,
    w: Array,
    x: Array,
    g: Array,
    of_a: Array,
    of_w: Array,
    of_x: Array,
    of_g: Array,
) -> None:
    """Add derivatives of M = Σ C[s, k, c, o] a[p, s] w[r, k, f] x[j, c, f] g[i, o, f].

    Those that are not wanted are empty, and so may be the one factor that no other derivative
    needs. Terms of direction -1 have 1 in the place of a.

    Parameters
    ----------
    pairs
        First pair of each centre, neighbour and row of each pair; see `PairIndex`.
    terms
        See `Coupling.terms`.
    a, w, x, g
        (pairs, s), (rows, k, features), (atoms, c, features), (atoms, o, features).
    of_a, of_w, of_x, of_g
        Derivatives by them.
    """
    first, neighbour, row = pairs
    kinds, components, start, directions, outputs, coefficients = terms
    by_a, by_w, by_x, by_g = of_a.size > 0, of_w.size > 0, of_x.size > 0, of_g.size > 0
    forward, backward = by_a or by_g, by_w or by_x
    features = max(w.shape[-1], x.shape[-1])
    weighted, gathered = np.empty(features, w.dtype), np.empty(features, w.dtype)
    for i in range(first.size - 1):
        for p in range(first[i], first[i + 1]):
            r, j = row[p], neighbour[p]
            for group in range(kinds.size):
                k, c = kinds[group], components[group]
                if forward:
                    for f in range(features):
                        weighted[f] = w[r, k, f] * x[j, c, f]
                if backward:
                    gathered[:] = 0
                for term in range(start[group], start[group + 1]):
                    s, o, factor = directions[term], outputs[term], coefficients[term]
                    if by_a and s >= 0:
                        total = w.dtype.type(0)
                        for f in range(features):
                            total += g[i, o, f] * weighted[f]
                        of_a[p, s] += factor * total
                    if s >= 0:
                        factor *= a[p, s]
                    if by_g:
                        for f in range(features):
                            of_g[i, o, f] += factor * weighted[f]
                    if backward:
                        for f in range(features):
                            gathered[f] += factor * g[i, o, f]
                if by_w and by_x:
                    for f in range(features):
                        of_w[r, k, f] += gathered[f] * x[j, c, f]
                        of_x[j, c, f] += gathered[f] * w[r, k, f]
                elif by_w:
                    for f in range(features):
                        of_w[r, k, f] += gathered[f] * x[j, c, f]
                elif by_x:
                    for f in range(features):
                        of_x[j, c, f] += gathered[f] * w[r, k, f]
