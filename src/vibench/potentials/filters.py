"""Filters: features of a distance that weigh what neighbours send, and tables of them."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.autograd.functional import jvp
from torch.nn.functional import embedding_bag

from vibench.potentials.layers import shifted_softplus, two_layers
from vibench.potentials.radial import RadialFeatures

_INTERVALS: Final = 500
"""Intervals of a table between zero and the cutoff."""


class Filters(nn.Module):
    """Filter-generating network: features of the distance that vanish at the cutoff."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.network = two_layers(radial_functions, features, features, shifted_softplus)

    def forward(self, radial: RadialFeatures) -> Tensor:
        """Return (rows, features) filters."""
        filters: Tensor = self.network(radial.functions)
        return filters * radial.switch


class FilterTable(nn.Module):
    """Filters read from a table: cubic Hermite interpolation of values and slopes on a grid.

    The interpolant and its first derivative are continuous, and forces are its exact derivatives.
    It differs from the filters by at most h⁴/384, its derivative by h³/125 times the largest fourth
    derivative, h the width of an interval. Second derivatives jump: a table is for dynamics.

    Parameters
    ----------
    filters
        Makes (layers, rows, features) filters of (rows,) distances in Å.
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
        # Of every layer and interval the coefficients of 1, t, t² and t³, 0 ≤ t < 1.
        rows = torch.stack(coefficients, dim=2).to(like.dtype)
        self.register_buffer("rows", rows.flatten(0, 2), persistent=False)
        self.rows: Tensor
        places = 4 * _INTERVALS * torch.arange(len(values))[:, None, None] + torch.arange(4)
        self.register_buffer("places", places.to(like.device), persistent=False)
        self.places: Tensor

    def forward(self, distances: Tensor) -> Tensor:
        """Return (layers, rows, features) filters of (rows,) distances in Å."""
        scaled = (distances / self.width).clamp(max=_INTERVALS)
        interval = scaled.detach().to(torch.int64).clamp(max=_INTERVALS - 1)
        t = (scaled - interval)[:, None]
        powers = torch.cat([torch.ones_like(t), t, t * t, t * t * t], dim=1)
        places = self.places + 4 * interval[:, None]
        filters: Tensor = embedding_bag(
            places.flatten(0, 1),
            self.rows,
            per_sample_weights=powers.repeat(len(self.places), 1),
            mode="sum",
        )
        return filters.reshape(len(self.places), len(distances), -1)
