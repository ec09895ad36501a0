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
    factors: Sequence[Tensor], tables: Sequence[Tensor], *, degree: int, correlation: int
) -> Tensor:
    """Return (channels, 2 degree+1, atoms) values of B, twice differentiable.

    Parameters
    ----------
    factors
        Features of even and of odd l, each (channels, components, atoms).
    tables
        Coefficients T of the even and of the odd monomials, each (channels, (2 degree+1) ×
        components, monomials); see `vibench.potentials.symmetric_contraction`.
    degree
        Degree l of the result.
    correlation
        Largest number of factors of a product, 1 to 3.
    """
    value: Tensor = _Polynomial.apply(*factors, *tables, degree, correlation)
    return value


class _Polynomial(torch.autograd.Function):
    """The polynomial, with a derivative that is not traced back through the monomials.

    Without weights to train, the derivative is made along with the value. Where the derivative is
    to be differentiated again, it is made from operations that can be.
    """

    @staticmethod
    def forward(  # noqa: PLR0917
        ctx: Any,
        even: Tensor,
        odd: Tensor,
        even_table: Tensor,
        odd_table: Tensor,
        degree: int,
        correlation: int,
    ) -> Tensor:
        """Return the value."""
        ctx.degree, ctx.correlation = degree, correlation
        monomials = _monomials(even, odd, correlation)
        trained = any(ctx.needs_input_grad[2:4])
        parts, slopes = [], []
        for parity, table in enumerate((even_table, odd_table)):
            factor = (even, odd)[(parity + degree) % 2]
            partners = torch.bmm(table, monomials[parity])
            by_component = partners.unflatten(1, (2 * degree + 1, -1))
            parts.append((by_component * factor[:, None]).sum(dim=2))
            if not trained:
                missing = correlation - _weights(even, odd, correlation, parity)
                top = int((missing == 0).sum())
                lower = torch.bmm(table[..., top:] * missing[top:], monomials[parity][:, top:])
                slopes.append(partners.mul_(correlation).sub_(lower))
        ctx.save_for_backward(even, odd, even_table, odd_table, *slopes)
        value: Tensor = parts[0] + parts[1]
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the derivatives with respect to factors and coefficients."""
        even, odd, *rest = ctx.saved_tensors
        tables, slopes = rest[:2], rest[2:]
        (gradient,) = gradients
        by_hand = torch.is_grad_enabled() or not slopes
        monomials = _monomials(even, odd, ctx.correlation) if by_hand else []
        of_factors: list[Tensor | None] = [None, None]
        of_tables: list[Tensor | None] = [None, None]
        for parity, table in enumerate(tables):
            group = (parity + ctx.degree) % 2
            if by_hand:
                weighted = table * _weights(even, odd, ctx.correlation, parity)
                slope = torch.bmm(weighted, monomials[parity])
            else:
                slope = slopes[parity]
            by_component = slope.unflatten(1, (2 * ctx.degree + 1, -1))
            of_factors[group] = (by_component * gradient[:, :, None]).sum(dim=1)
            if ctx.needs_input_grad[2 + parity]:
                products = gradient[:, :, None] * (even, odd)[group][:, None]
                of_tables[parity] = torch.bmm(
                    products.flatten(1, 2), monomials[parity].transpose(1, 2)
                )
        return (*of_factors, *of_tables, None, None)


def _monomials(even: Tensor, odd: Tensor, correlation: int) -> list[Tensor]:
    """Return the even and the odd monomials, in the order of the coefficients."""
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


def _weights(even: Tensor, odd: Tensor, correlation: int, parity: int) -> Tensor:
    """Return the degrees, plus one, of the monomials of one parity."""
    a, b = even.shape[1], odd.shape[1]
    squares = a * b if parity else (a * (a + 1) + b * (b + 1)) // 2
    numbers = [3] * (squares * (correlation > 2))
    numbers += [2] * ((a, b)[parity] * (correlation > 1))
    return even.new_tensor(numbers + [1] * (parity == 0))
