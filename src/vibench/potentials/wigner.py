"""Wigner 3j symbols of real spherical harmonics, in the convention of MACE and e3nn.

Components run over m = -l … l; for l = 1 they are x, y and z.
"""

from functools import cache
from typing import Final

import numpy as np

from vibench.core.molecules import Array
from vibench.potentials.so3 import clebsch_gordan

_OPPOSITE: Final = frozenset(
    {
        *((1, l, l) for l in range(2, 7)),
        (3, 4, 6),
        (4, 4, 5),
        (4, 5, 6),
        (5, 5, 5),
        (5, 6, 6),
    }
)
"""Ascending degrees of the symbols whose overall sign in e3nn 0.4.4 is the other one.

Their sum is odd, so that they couple no messages, but they occur as intermediates in products of
three neighbours: with the other sign, trained weights would mean something else.
"""


@cache
def wigner_3j(l1: int, l2: int, l3: int) -> Array:
    """Return the (2l1+1, 2l2+1, 2l3+1) real 3j symbol, normalised to Σ C² = 1.

    C[a, b, c] = Re Σ Q_l1[i, a] Q_l2[j, b] Q*_l3[k, c] ⟨l1 i l2 j|l3 k⟩ up to its norm, where Q_l
    is the unitary matrix from real to complex harmonics. C is invariant: rotating all three
    indices changes nothing, and Σ C[a, b, c] x_a y_b is a quantity of degree l3.

    Raises
    ------
    ValueError
        If the degrees do not form a triangle.

    References
    ----------
    M. Geiger, T. Smidt, arXiv:2207.09453 (e3nn).
    """
    if not abs(l1 - l2) <= l3 <= l1 + l2:
        raise ValueError(f"degrees {l1}, {l2} do not couple to {l3}")
    complex_basis = clebsch_gordan(l1, l2, l3)
    first, second, third = (_complex_from_real(l) for l in (l1, l2, l3))
    real = np.einsum("ia,jb,kc,ijk->abc", first, second, third.conj(), complex_basis).real
    sign = -1 if tuple(sorted((l1, l2, l3))) in _OPPOSITE else 1
    symbol: Array = sign * real / np.linalg.norm(real)
    symbol.flags.writeable = False
    return symbol


def _complex_from_real(l: int) -> Array:
    """Return the (2l+1, 2l+1) unitary whose rows are complex and whose columns real harmonics."""
    matrix = np.zeros((2 * l + 1, 2 * l + 1), dtype=np.complex128)
    matrix[l, l] = 1
    for m in range(1, l + 1):
        matrix[l - m, [l + m, l - m]] = np.array([1, -1j]) / np.sqrt(2)
        matrix[l + m, [l + m, l - m]] = (-1) ** m * np.array([1, 1j]) / np.sqrt(2)
    phased: Array = (-1j) ** l * matrix
    return phased
