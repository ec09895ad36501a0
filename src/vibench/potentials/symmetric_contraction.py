"""Coefficients of the symmetric products of MACE: how features of one atom are coupled.

References
----------
I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, NeurIPS 2022 (arXiv:2206.07697),
eq. 10.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, permutations

import numpy as np

from vibench.core.molecules import Array
from vibench.potentials.wigner import wigner_3j


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """One way of coupling several factors to a quantity of degree l."""

    l: int
    parity: int
    coefficients: Array
    """(2l+1, components of the first factor, …)."""


@cache
def coupling_coefficients(lmax: int, order: int, degree: int) -> Array:
    """Return U (2 degree+1, n, …, n, paths): products of *order* factors of degrees up to *lmax*.

    Σ U[M, s1, …, sν, k] x_s1 ⋯ x_sν is, for each path k, a quantity of the given degree and of
    its natural parity (-1)^degree. Factors are coupled one after the other, each step multiplied
    by √(2l+1) of its result; after each step the paths are sorted by degree and parity, odd first.
    This order and the redundant paths are those of mace-torch, whose weights belong to them.

    Parameters
    ----------
    lmax
        Largest degree of a factor, which has n = (lmax+1)² components.
    order
        Number of factors.
    degree
        Degree of the product.
    """
    identity = np.eye((lmax + 1) ** 2)
    paths = [_Path(l, (-1) ** l, identity[l * l : (l + 1) ** 2]) for l in range(lmax + 1)]
    for step in range(2, order + 1):
        paths = _with_one_more_factor(paths, lmax, only=degree if step == order else None)
    found = [p.coefficients for p in paths if (p.l, p.parity) == (degree, (-1) ** degree)]
    if not found:
        return np.zeros((2 * degree + 1, *[len(identity)] * order, 0))
    return np.stack(found, axis=-1)


def _with_one_more_factor(paths: list[_Path], lmax: int, *, only: int | None) -> list[_Path]:
    coupled = []
    for path in paths:
        for right in range(lmax + 1):
            for l in range(abs(path.l - right), path.l + right + 1):
                if only is not None and l != only:
                    continue
                symbol = np.sqrt(2 * l + 1) * wigner_3j(l, path.l, right)
                block = np.einsum("mlr,l...->m...r", symbol, path.coefficients)
                full = np.zeros((*block.shape[:-1], (lmax + 1) ** 2))
                full[..., right * right : (right + 1) ** 2] = block
                coupled.append(_Path(l, path.parity * (-1) ** right, full))
    return sorted(coupled, key=lambda path: (path.l, path.parity))


@dataclass(frozen=True, slots=True, eq=False)
class Monomials:
    """Products of at most two components, of one parity.

    Components are divided into those of even and of odd l. Only even monomials multiply a
    component whose parity is that of the result, only odd ones the others, which halves the work.
    """

    squares: tuple[tuple[int, int], ...]
    """Products of two components, as pairs of indices."""
    singles: tuple[int, ...]
    """Components by themselves."""
    constant: bool
    """Whether the number 1 is among them."""


def components(lmax: int, parity: int) -> tuple[int, ...]:
    """Return the indices of the components whose l is even (*parity* 0) or odd (1)."""
    return tuple(s for l in range(parity, lmax + 1, 2) for s in range(l * l, (l + 1) ** 2))


def monomials(lmax: int, correlation: int, parity: int) -> Monomials:
    """Return the monomials of one parity in the order in which networks compute them.

    Even squares are the unordered products within the even and then within the odd components,
    odd ones the products of each even with each odd component.
    """
    even, odd = components(lmax, 0), components(lmax, 1)
    if parity == 0:
        squares = [
            *combinations_with_replacement(even, 2),
            *combinations_with_replacement(odd, 2),
        ]
    else:
        squares = [(i, j) for i in even for j in odd]
    return Monomials(
        squares=tuple(squares) if correlation >= 3 else (),
        singles=components(lmax, parity) if correlation >= 2 else (),
        constant=parity == 0,
    )


@cache
def folded_coefficients(lmax: int, correlation: int, degree: int, parity: int) -> Array:
    """Return (paths, (2 degree+1) × last factors, monomials) coefficients of all orders.

    With symmetrised coefficients, the sum over all products is a sum over monomials of one parity
    times one more component s: Σ_s x_s Σ_a T[M, s, a] p_a. The paths of the orders 1, 2, … follow
    each other; T is the sum over paths of their weights times these coefficients. The last factors
    are the components of degrees l with (l + degree) of the given *parity*.
    """
    chosen = monomials(lmax, correlation, parity)
    last = list(components(lmax, (parity + degree) % 2))
    squares, singles = len(chosen.squares), len(chosen.singles)
    blocks = []
    for order in range(1, correlation + 1):
        table = symmetrised(coupling_coefficients(lmax, order, degree))[:, last]
        shape = (*table.shape[:2], squares + singles + chosen.constant, table.shape[-1])
        block = np.zeros(shape)
        if order == 3:
            i, j = np.transpose(chosen.squares)
            occurs = np.where(i == j, 1, 2)
            block[:, :, :squares] = table[:, :, i, j] * occurs[:, None]
        elif order == 2:
            block[:, :, squares : squares + singles] = table[:, :, list(chosen.singles)]
        elif chosen.constant:
            block[:, :, -1] = table
        blocks.append(block.reshape(shape[0] * shape[1], *shape[2:]))
    folded: Array = np.moveaxis(np.concatenate(blocks, axis=-1), -1, 0)
    return np.ascontiguousarray(folded)


def symmetrised(table: Array) -> Array:
    """Average over all orders of the factors, which are the axes between the first and the last."""
    order = table.ndim - 2
    turned = [
        table.transpose(0, *(1 + axis for axis in axes), order + 1)
        for axes in permutations(range(order))
    ]
    mean: Array = sum(turned[1:], turned[0]) / len(turned)
    return mean
