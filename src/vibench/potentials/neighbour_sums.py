"""Neighbour sums: what atoms receive from their neighbours, without storing a single message.

All sums over neighbours in SchNet, FieldSchNet, SO3net and PaiNN, and the products of an atom's
features in SO3net, are derivatives of one form that is linear in each of its four factors,

M = Σ_p Σ C[s, k, c, o] Σ_f a[p, s] W[r(p), k, f] x[j(p), c, f] g[i(p), o, f]:

directions a of a pair p, filters W of its distance, features x of the neighbour j that sends and g
of the centre i that receives, coupled by coefficients C. What a centre receives is ∂M/∂g. A
derivative of a derivative of M is a derivative of M again, with another factor in the place of the
one that it was differentiated by; terms whose direction is the constant a[p, 0] = 1 end with the
derivative by a. This holds to any order: forces, training on forces and Hessians need nothing else.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from vibench.potentials.coupling import SCALAR, Coupling
from vibench.potentials.neighbour_kernel import add_derivatives
from vibench.potentials.pair_index import PairIndex
from vibench.potentials.replay import recordable

type Factors = Sequence[Tensor | None]
type Shape = tuple[int, ...]

_NOTHING: Final = {
    np.dtype(kind): (np.empty((0, 0), kind), *[np.empty((0, 0, 0), kind)] * 3)
    for kind in (np.float32, np.float64)
}
"""Factors that are not there, for the loop on a CPU."""


def neighbour_sum(
    index: PairIndex,
    filters: Tensor,
    sent: Tensor,
    directions: Tensor | None = None,
    *,
    coupling: Coupling = SCALAR,
) -> Tensor:
    """Return (atoms, o, features) Σ_j Σ C[s, k, c, o] a_ij,s W_ij,k x_j,c, feature by feature.

    Parameters
    ----------
    index
        Which atoms see each other.
    filters : (rows, k, features)
        W, the same for both directions of a pair.
    sent : (atoms, c, features)
        x of the neighbours.
    directions : (pairs, s) or None
        a, where the coupling has any beside the factor 1.
    coupling
        The coefficients.
    """
    received: Tensor = _Derivative.apply(index, coupling, 3, directions, filters, sent)
    return received


class _Derivative(torch.autograd.Function):
    """The derivative of M by factor number *by* of (a, W, x, g), from the others, in this order."""

    @staticmethod
    def forward(
        ctx: Any, index: PairIndex, coupling: Coupling, by: int, *others: Tensor | None
    ) -> Tensor:
        coupling = coupling if by else coupling.directed
        ctx.index, ctx.coupling, ctx.by = index, coupling, by
        ctx.save_for_backward(*others)
        (found,) = _derivatives(index, coupling, [*others[:by], None, *others[by:]], [by])
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        index, coupling, by, saved = ctx.index, ctx.coupling, ctx.by, ctx.saved_tensors
        factors = [*saved[:by], gradient, *saved[by:]]
        others = [k for k in range(4) if k != by]
        wanted = [k for k, needed in zip(others, ctx.needs_input_grad[3:], strict=True) if needed]
        if torch.is_grad_enabled():
            found = [
                _Derivative.apply(index, coupling, k, *factors[:k], *factors[k + 1 :])
                for k in wanted
            ]
        else:
            found = _derivatives(index, coupling, factors, wanted)
        by_factor = dict(zip(wanted, found, strict=True))
        return (None, None, None, *(by_factor.get(k) for k in others))


@recordable
def _derivatives(
    index: PairIndex, coupling: Coupling, factors: Factors, wanted: Sequence[int]
) -> list[Tensor]:
    """Return the derivatives of M by the factors *wanted*; a factor by which it is may be None."""
    if index.first.is_cpu:
        return in_one_pass(index, coupling, factors, wanted)
    return [with_stored_messages(index, coupling, factors, by) for by in wanted]


def in_one_pass(
    index: PairIndex, coupling: Coupling, factors: Factors, wanted: Sequence[int]
) -> list[Tensor]:
    """Return derivatives of M by a loop over pairs; for tensors of a CPU."""
    arrays = [None if f is None else f.detach().contiguous().numpy() for f in factors]
    one = next(array for array in arrays[1:] if array is not None)
    nothing, shapes = _NOTHING[one.dtype], _shapes(index, coupling, one.shape[-1])
    found = {by: np.zeros(shapes[by], one.dtype) for by in wanted}
    given = (empty if f is None else f for empty, f in zip(nothing, arrays, strict=True))
    results = (found.get(by, empty) for by, empty in enumerate(nothing))
    add_derivatives(index.arrays, coupling.terms(one.dtype), *given, *results)
    return [torch.from_numpy(found[by]) for by in wanted]


def _shapes(index: PairIndex, coupling: Coupling, features: int) -> Sequence[Shape]:
    """Return the shapes of the four factors."""
    s, k, c, o = coupling.coefficients.shape
    return (
        (index.pairs, s - 1),
        (index.rows, k, features),
        (index.atoms, c, features),
        (index.atoms, o, features),
    )


def with_stored_messages(index: PairIndex, coupling: Coupling, factors: Factors, by: int) -> Tensor:
    """Return the derivative of M by one factor with operations of torch, which store messages."""
    places = (index.row, index.neighbour, index.centre)
    a, *fields = factors
    chosen = [
        field.index_select(0, place)
        for k, (field, place) in enumerate(zip(fields, places, strict=True), start=1)
        if field is not None and k != by
    ]
    table = torch.as_tensor(coupling.coefficients, dtype=chosen[0].dtype, device=chosen[0].device)
    if by == 0:
        return torch.einsum("skco,pkf,pcf,pof->ps", table[1:], *chosen)
    ones = chosen[0].new_ones((index.pairs, 1))
    coefficients = torch.tensordot(ones if a is None else torch.cat([ones, a], 1), table, dims=1)
    letters = "kco"
    others = ",".join(f"p{letter}f" for letter in letters.replace(letters[by - 1], ""))
    messages = torch.einsum(f"pkco,{others}->p{letters[by - 1]}f", coefficients, *chosen)
    shape = _shapes(index, coupling, messages.shape[-1])[by]
    return messages.new_zeros(shape).index_add(0, places[by - 1], messages)
