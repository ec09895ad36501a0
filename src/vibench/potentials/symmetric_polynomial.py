"""Symmetric polynomials of an atom's features: the products of MACE, evaluated all at once.

B_M(x) = Σ_s x_s Σ_a T[M, s, a] p_a(x), where the p_a are the monomials of degree 2, 1 and 0 and the
coefficients are those of polynomials that are symmetric in all factors. Therefore the derivative
needs no more than the value: ∂B_M/∂x_s = Σ_a d_a T[M, s, a] p_a(x), where d_a is the degree of p_a
plus one.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def evaluate(
    factors: Sequence[Tensor],
    tables: Sequence[Sequence[Tensor]],
    *,
    degrees: Sequence[int],
    correlation: int,
) -> tuple[Tensor, ...]:
    """Return (channels, 2l+1, atoms) values of B for each degree l, twice differentiable.

    Parameters
    ----------
    factors
        Features of even and of odd degree, each (channels, components, atoms).
    tables
        For each degree of the result the coefficients T of the even and of the odd monomials, each
        (channels, (2l+1) × components, monomials); see `vibench.potentials.symmetric_contraction`.
    degrees
        Degrees l of the results.
    correlation
        Largest number of factors of a product, 1 to 3.
    """
    flat = [table for pair in tables for table in pair]
    values: tuple[Tensor, ...] = _Polynomials.apply(tuple(degrees), correlation, *factors, *flat)
    return values


class _Polynomials(torch.autograd.Function):
    """The polynomials, with a derivative that is not traced back through the monomials.

    Without weights to train, the derivative is made along with the value. Where the derivative is
    to be differentiated again, it is made from operations that can be.
    """

    @staticmethod
    def forward(
        ctx: Any, degrees: tuple[int, ...], correlation: int, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        """Return the values for all degrees; *tensors* are the factors and the coefficients."""
        factors, tables = tensors[:2], tensors[2:]
        ctx.degrees, ctx.correlation = degrees, correlation
        trained = any(ctx.needs_input_grad[4:])
        monomials = _monomials(factors, correlation)
        weights = [_weights(factors, correlation, parity) for parity in (0, 1)]
        values, slopes = [], []
        for number, table in enumerate(tables):
            degree, parity = degrees[number // 2], number % 2
            partners = torch.bmm(table, monomials[parity])
            by_component = partners.unflatten(1, (2 * degree + 1, -1))
            factor = factors[(parity + degree) % 2]
            values.append((by_component * factor[:, None]).sum(dim=2))
            if not trained:
                missing = correlation - weights[parity]
                top = int((missing == 0).sum())
                lower = table[..., top:] * missing[top:]
                slope = torch.baddbmm(
                    partners, lower, monomials[parity][:, top:], beta=correlation, alpha=-1
                )
                slopes.append(slope)
        ctx.save_for_backward(*tensors, *slopes)
        return tuple(even + odd for even, odd in zip(values[::2], values[1::2], strict=True))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the derivatives with respect to factors and coefficients."""
        factors, rest = ctx.saved_tensors[:2], ctx.saved_tensors[2:]
        count = 2 * len(ctx.degrees)
        tables, slopes = rest[:count], rest[count:]
        by_hand = torch.is_grad_enabled() or not slopes
        monomials = _monomials(factors, ctx.correlation) if by_hand else []
        of_factors = [torch.zeros_like(factor) for factor in factors]
        of_tables: list[Tensor | None] = [None] * count
        for number, table in enumerate(tables):
            degree, parity = ctx.degrees[number // 2], number % 2
            group, gradient = (parity + degree) % 2, gradients[number // 2]
            if by_hand:
                weighted = table * _weights(factors, ctx.correlation, parity)
                slope = torch.bmm(weighted, monomials[parity])
            else:
                slope = slopes[number]
            by_component = slope.unflatten(1, (2 * degree + 1, -1))
            part = (by_component * gradient[:, :, None]).sum(dim=1)
            of_factors[group] = of_factors[group] + part
            if ctx.needs_input_grad[4 + number]:
                products = (gradient[:, :, None] * factors[group][:, None]).flatten(1, 2)
                of_tables[number] = torch.bmm(products, monomials[parity].transpose(1, 2))
        return (None, None, *of_factors, *of_tables)


def _monomials(factors: Sequence[Tensor], correlation: int) -> list[Tensor]:
    """Return the even and the odd monomials, in the order of the coefficients."""
    even, odd = factors
    one = torch.ones_like(even[:, :1])
    if correlation == 1:
        return [one, one[:, :0]]
    if correlation == 2:
        return [torch.cat([even, one], dim=1), odd]
    mixed = (even[:, :, None] * odd[:, None]).flatten(1, 2)
    return [
        torch.cat([*_squares(even), *_squares(odd), even, one], dim=1),
        torch.cat([mixed, odd], dim=1),
    ]


def _squares(factors: Tensor) -> list[Tensor]:
    """Return the unordered products of components with each other, in rows."""
    return [factors[:, i : i + 1] * factors[:, i:] for i in range(factors.shape[1])]


def _weights(factors: Sequence[Tensor], correlation: int, parity: int) -> Tensor:
    """Return the degrees, plus one, of the monomials of one parity."""
    a, b = (factor.shape[1] for factor in factors)
    squares = a * b if parity else (a * (a + 1) + b * (b + 1)) // 2
    numbers = [3] * (squares * (correlation > 2))
    numbers += [2] * ((a, b)[parity] * (correlation > 1))
    return factors[0].new_tensor(numbers + [1] * (parity == 0))
