"""Neighbour sums: what atoms receive from their neighbours, without storing a single message.

All sums over neighbours in SchNet, FieldSchNet, SO3net and PaiNN are derivatives of one form that
is linear in each of its four factors,

M = Σ_p Σ_s Σ_c Σ_f a[p, s] W[r(p), f] x[j(p), c, f] g[i(p), s, c, f]:

directions a of a pair p, filters W of its distance, features x of the neighbour j that sends and g
of the centre i that receives. What a centre receives is ∂M/∂g. A derivative of a derivative of M
is a derivative of M again, with another factor in the place of the one that it was differentiated
by. This holds to any order: forces, training on forces and Hessians need nothing else.
"""

import functools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vibench.potentials.neighbour_kernel import add_derivatives
from vibench.potentials.pair_index import PairIndex

type Shape = tuple[int, ...]

_NOTHING: Final = {
    np.dtype(kind): tuple(np.empty((0,) * axes, kind) for axes in (2, 2, 3, 4))
    for kind in (np.float32, np.float64)
}
"""Factors that are not there, for the loop on a CPU."""


def neighbour_sum(
    index: PairIndex, filters: Tensor, sent: Tensor, directions: Tensor | None = None
) -> Tensor:
    """Return what atoms receive: Σ_j a_ij ⊗ (W_ij ∘ x_j).

    Parameters
    ----------
    index
        Which atoms see each other.
    filters : (rows, features)
        W, the same for both directions of a pair.
    sent : (senders, …, features)
        x, with any number of components before the features.
    directions : (pairs, s) or None
        a; without it the factor is 1.

    Returns
    -------
    received : (receivers, s, …, features), without s if there are no *directions*
    """
    directed = directions is not None
    received: Tensor = _Derivative.apply(index, directed, 3, directions, filters, sent)
    return received


class _Derivative(torch.autograd.Function):
    """The derivative of M by factor number *by* of (a, W, x, g), from the others, in this order."""

    @staticmethod
    def forward(
        ctx: Any,
        index: PairIndex,
        directed: bool,  # noqa: FBT001  # torch passes no keywords
        by: int,
        *others: Tensor | None,
    ) -> Tensor:
        ctx.index, ctx.directed, ctx.by = index, directed, by
        ctx.save_for_backward(*others)
        (found,) = _derivatives(index, directed, [*others[:by], None, *others[by:]], [by])
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        index, directed, by, saved = ctx.index, ctx.directed, ctx.by, ctx.saved_tensors
        factors = [*saved[:by], gradient, *saved[by:]]
        others = [k for k in range(4) if k != by]
        wanted = [k for k, needed in zip(others, ctx.needs_input_grad[3:], strict=True) if needed]
        if torch.is_grad_enabled():
            found = [
                _Derivative.apply(index, directed, k, *factors[:k], *factors[k + 1 :])
                for k in wanted
            ]
        else:
            found = _derivatives(index, directed, factors, wanted)
        by_factor = dict(zip(wanted, found, strict=True))
        return (None, None, None, *(by_factor.get(k) for k in others))


def _derivatives(
    index: PairIndex, directed: int, factors: Sequence[Tensor | None], wanted: Sequence[int]
) -> list[Tensor]:
    """Return the derivatives of M by the factors *wanted*; a factor by which it is may be None."""
    shapes = _shapes(index, directed, factors)
    derivatives = in_one_pass if index.first.is_cpu else with_stored_messages
    return derivatives(index, shapes, factors, wanted)


def _shapes(index: PairIndex, directed: int, factors: Sequence[Tensor | None]) -> Sequence[Shape]:
    """Return the shapes of all factors, of which one may be missing."""
    a, _, x, g = factors
    kinds: Shape
    inner: Shape
    if g is not None:
        kinds, inner = g.shape[1 : 1 + directed], g.shape[1 + directed :]
    elif x is not None:
        kinds, inner = () if a is None else a.shape[1:], x.shape[1:]
    return (
        (len(index.row), *kinds),
        (index.rows, inner[-1]),
        (index.senders, *inner),
        (index.receivers, *kinds, *inner),
    )


def _laid_out(shapes: Sequence[Shape]) -> Sequence[Shape]:
    """Return the shapes of the factors in M itself: s and c with one entry where there is none."""
    (pairs, *kinds), (rows, features), (senders, *_), (receivers, *_) = shapes
    s = kinds[0] if kinds else 1
    return (pairs, s), (rows, features), (senders, -1, features), (receivers, s, -1, features)


def in_one_pass(
    index: PairIndex,
    shapes: Sequence[Shape],
    factors: Sequence[Tensor | None],
    wanted: Sequence[int],
) -> list[Tensor]:
    """Return derivatives of M by a loop over pairs; for tensors of a CPU."""
    arrays = [None if f is None else f.detach().contiguous().numpy() for f in factors]
    kind = next(array.dtype for array in arrays if array is not None)
    found = {by: np.zeros(shapes[by], kind) for by in wanted}
    nothing = _NOTHING[kind]
    loop = [
        nothing[k] if array is None else array.reshape(shape)
        for results in (arrays, [found.get(by) for by in range(4)])
        for k, (array, shape) in enumerate(zip(results, _laid_out(shapes), strict=True))
    ]
    add_derivatives(*index.arrays, *loop)
    return [torch.from_numpy(found[by]) for by in wanted]


def with_stored_messages(
    index: PairIndex,
    shapes: Sequence[Shape],
    factors: Sequence[Tensor | None],
    wanted: Sequence[int],
) -> list[Tensor]:
    """Return derivatives of M by operations of torch, which store all messages."""
    layout = _laid_out(shapes)
    a, w, x, g = (
        None if factor is None else factor.reshape(shape)
        for factor, shape in zip(factors, layout, strict=True)
    )
    terms = [
        None if a is None else a[:, :, None, None],
        None if w is None else w[index.row][:, None, None, :],
        None if x is None else x[index.neighbour][:, None],
        None if g is None else g[index.centre],
    ]
    return [
        _summed(
            index, by, [term for k, term in enumerate(terms) if k != by and term is not None]
        ).reshape(shapes[by])
        for by in wanted
    ]


def _summed(index: PairIndex, by: int, terms: Sequence[Tensor]) -> Tensor:
    """Return the sum over pairs of the product of *terms*, each (pairs, s, c, features) or 1."""
    messages = functools.reduce(torch.mul, terms)
    if by == 0:
        return messages.sum(dim=(2, 3))
    rows = (index.row, index.neighbour, index.centre)[by - 1]
    parts = (messages.sum(dim=(1, 2)), messages.sum(dim=1), messages)[by - 1]
    count = (index.rows, index.senders, index.receivers)[by - 1]
    return parts.new_zeros((count, *parts.shape[1:])).index_add(0, rows, parts)
