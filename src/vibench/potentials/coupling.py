"""Coupling: which components of the factors of a neighbour sum multiply each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from vibench.core.molecules import Array

type Terms = tuple[Array, Array, Array, Array, Array, Array]


@dataclass(frozen=True, eq=False)
class Coupling:
    """Coefficients C[s, k, c, o] of directions s, filters k, what is sent c and received o.

    The first direction, s = 0, is no factor but 1; the others are those that a sum is given.
    """

    coefficients: Array
    """(1 + directions, filters, sent, received)."""

    @cached_property
    def directed(self) -> "Coupling":
        """The terms that have a direction."""
        coefficients = self.coefficients.copy()
        coefficients[0] = 0.0
        return Coupling(coefficients)

    def terms(self, dtype: np.dtype[Any]) -> Terms:
        """Return what a loop over the coefficients that are not zero needs.

        - filter and sent component of each group of terms,
        - (groups + 1,) first term of each group, and the number of terms at the end,
        - direction (-1 for the factor 1), received component and coefficient of each term, the
          last in *dtype*.
        """
        return self._terms[dtype]

    @cached_property
    def _terms(self) -> dict[np.dtype[Any], Terms]:
        ordered = self.coefficients.transpose(1, 2, 0, 3)
        k, c, s, o = np.nonzero(ordered)
        groups, start = np.unique(k * ordered.shape[1] + c, return_index=True)
        filters, sent = np.divmod(groups, ordered.shape[1])
        values = ordered[k, c, s, o]
        return {
            np.dtype(kind): (filters, sent, np.append(start, len(k)), s - 1, o, values.astype(kind))
            for kind in (np.float32, np.float64)
        }


def coupling(shape: Sequence[int], terms: Sequence[tuple[int, int, int, int]]) -> Coupling:
    """Return a coupling whose *terms* (s, k, c, o) have the coefficient 1 and all others 0."""
    coefficients = np.zeros(shape)
    coefficients[tuple(np.transpose(terms))] = 1.0
    return Coupling(coefficients)


SCALAR: Final = coupling((1, 1, 1, 1), [(0, 0, 0, 0)])
"""One component of everything."""
