"""Filters read from a table, where their networks would take most of the time."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.autograd.functional import jvp
from torch.nn.functional import pad

from vibench.potentials.replay import recordable
from vibench.potentials.table_kernel import gradient_by_distance, interpolate

_INTERVALS: Final = 500
"""Intervals of a table between zero and the cutoff."""


class FilterTable(nn.Module):
    """Filters read from a table: cubic Hermite interpolation of values and slopes on a grid.

    The interpolant and its first derivative are continuous, and forces are its exact derivatives.
    It differs from the filters by at most h⁴/384, its derivative by h³/125 times the largest fourth
    derivative, h the width of an interval. Second derivatives jump: a table is for dynamics, and
    can be differentiated once.

    Parameters
    ----------
    filters
        Makes (layers, rows, features) filters of (rows,) distances in Å, zero at the cutoff.
    cutoff_angstrom
        Distance at which filters vanish.
    like
        Tensor of the precision and on the device that the table is to have.
    """

    def __init__(
        self, filters: Callable[[Tensor], Tensor], *, cutoff_angstrom: float, like: Tensor
    ) -> None:
        super().__init__()
        self.width = cutoff_angstrom / _INTERVALS
        grid = torch.arange(_INTERVALS + 1, dtype=torch.float64, device=like.device) * self.width
        values, slopes = jvp(filters, grid, torch.ones_like(grid))
        slopes = slopes * self.width
        rise = values[:, 1:] - values[:, :-1]
        coefficients = (
            values[:, :-1],
            slopes[:, :-1],
            3 * rise - 2 * slopes[:, :-1] - slopes[:, 1:],
            slopes[:, :-1] + slopes[:, 1:] - 2 * rise,
        )
        table = pad(torch.stack(coefficients, dim=2), (0, 0, 0, 0, 0, 1)).to(like.dtype)
        self.register_buffer("coefficients", table, persistent=False)
        self.coefficients: Tensor
        """(layers, intervals + 1, 4, features) coefficients of 1, t, t² and t³, 0 ≤ t < 1, and
        zeros for what lies beyond."""

    def forward(self, distances: Tensor) -> Tensor:
        """Return (layers, rows, features) filters of (rows,) distances in Å."""
        filters: Tensor = _Interpolation.apply(distances, self.coefficients, self.width)
        return filters


class _Interpolation(torch.autograd.Function):
    """Filters of distances."""

    @staticmethod
    def forward(ctx: Any, distances: Tensor, coefficients: Tensor, width: float) -> Tensor:
        ctx.save_for_backward(distances, coefficients)
        ctx.width = width
        return _values(distances, coefficients, width)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        distances, coefficients = ctx.saved_tensors
        return _gradient(distances, coefficients, ctx.width, gradient), None, None


@recordable
def _values(distances: Tensor, coefficients: Tensor, width: float) -> Tensor:
    if distances.is_cpu:
        return torch.from_numpy(interpolate(distances.numpy(), coefficients.numpy(), width))
    return gathered(distances, coefficients, width)


@recordable
def _gradient(distances: Tensor, coefficients: Tensor, width: float, gradient: Tensor) -> Tensor:
    if distances.is_cpu:
        found = gradient_by_distance(
            distances.numpy(), coefficients.numpy(), gradient.contiguous().numpy(), width
        )
        return torch.from_numpy(found)
    return (gathered(distances, coefficients, width, slopes=True) * gradient).sum(dim=(0, 2))


def gathered(
    distances: Tensor, coefficients: Tensor, width: float, *, slopes: bool = False
) -> Tensor:
    """Return (layers, rows, features) values or *slopes* with operations of torch."""
    scaled = distances / width
    interval = scaled.to(torch.int64).clamp(max=coefficients.shape[1] - 1)
    t = scaled - interval
    one, zero = torch.ones_like(t), torch.zeros_like(t)
    powers = (
        [zero, one / width, 2 * t / width, 3 * t**2 / width] if slopes else [one, t, t**2, t**3]
    )
    chosen = coefficients.index_select(1, interval)
    return torch.einsum("lnkf,nk->lnf", chosen, torch.stack(powers, dim=1))
