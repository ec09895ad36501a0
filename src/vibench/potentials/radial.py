"""Radial functions: how an interatomic distance enters a network."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class GaussianBasis(nn.Module):
    """Gaussians on an even grid of distances.

    φ_k(d) = exp(-(d - μ_k)² / 2σ²), μ_k from 0 to the cutoff, σ the grid spacing.

    The grid is made in single precision and widened afterwards, as in SchNetPack, so that models
    from there keep their meaning in double precision.

    References
    ----------
    K. T. Schütt et al., J. Chem. Phys. 148, 241722 (2018).
    """

    def __init__(self, *, functions: int, cutoff_angstrom: float) -> None:
        super().__init__()
        centres = torch.linspace(0.0, cutoff_angstrom, functions, dtype=torch.float32)
        self.register_buffer("centres", centres, persistent=False)
        self.centres: Tensor
        self.width = float(centres[1] - centres[0])

    def forward(self, distances: Tensor) -> Tensor:
        """Expand (pairs,) distances in Å into (pairs, functions)."""
        scaled = (distances[:, None] - self.centres) / self.width
        return torch.exp(-0.5 * scaled * scaled)


class BesselBasis(nn.Module):
    """Spherical Bessel functions that vanish at the cutoff: φ_n(d) = √(2/r_c) sin(nπd/r_c) / d.

    References
    ----------
    J. Gasteiger, J. Groß, S. Günnemann, ICLR 2020 (arXiv:2003.03123), eq. 7.
    """

    def __init__(self, *, functions: int, cutoff_angstrom: float) -> None:
        super().__init__()
        self.cutoff_angstrom = cutoff_angstrom
        self.register_buffer("orders", torch.arange(1.0, functions + 1), persistent=False)
        self.orders: Tensor

    def forward(self, distances: Tensor) -> Tensor:
        """Expand (pairs,) distances in Å into (pairs, functions)."""
        phases = distances[:, None] * (self.orders * (math.pi / self.cutoff_angstrom))
        return math.sqrt(2 / self.cutoff_angstrom) * torch.sin(phases) / distances[:, None]


class PolynomialCutoff(nn.Module):
    """Switch from 1 at zero distance to 0 at the cutoff, with two vanishing derivatives there.

    f(u) = 1 - (p+1)(p+2)/2 uᵖ + p(p+2) uᵖ⁺¹ - p(p+1)/2 uᵖ⁺², u = d/r_c.

    References
    ----------
    J. Gasteiger, J. Groß, S. Günnemann, ICLR 2020 (arXiv:2003.03123), eq. 8.
    """

    def __init__(self, *, cutoff_angstrom: float, power: int) -> None:
        super().__init__()
        self.cutoff_angstrom = cutoff_angstrom
        self.power = power

    def forward(self, distances: Tensor) -> Tensor:
        """Return (pairs,) switch values of distances in Å; zero at and beyond the cutoff."""
        p, u = self.power, distances / self.cutoff_angstrom
        lowest = u**p
        values = (
            1
            - ((p + 1) * (p + 2) / 2) * lowest
            + p * (p + 2) * lowest * u
            - (p * (p + 1) / 2) * lowest * u * u
        )
        return values * (distances < self.cutoff_angstrom)


class CosineCutoff(nn.Module):
    """Switch from 1 at zero distance to 0 at the cutoff: f(d) = (1 + cos(πd/r_c)) / 2.

    References
    ----------
    J. Behler, J. Chem. Phys. 134, 074106 (2011), eq. 4.
    """

    def __init__(self, *, cutoff_angstrom: float) -> None:
        super().__init__()
        self.cutoff_angstrom = cutoff_angstrom

    def forward(self, distances: Tensor) -> Tensor:
        """Return (pairs,) switch values of distances in Å; zero at and beyond the cutoff."""
        inside = distances < self.cutoff_angstrom
        values = 0.5 * (1 + torch.cos(distances * (math.pi / self.cutoff_angstrom)))
        return values * inside


@dataclass(frozen=True, slots=True, eq=False)
class RadialFeatures:
    """Distances as networks see them."""

    functions: Tensor
    """(rows, functions) expansion of the distances."""
    switch: Tensor
    """(rows, 1) cutoff function, zero beyond the cutoff."""

    def mixed(self, layer: nn.Linear, *, layers: int, kinds: int) -> list[Tensor]:
        """Return for each of *layers* (rows, kinds, features) filters.

        They are the values of a linear *layer* of the functions, times the cutoff function.
        """
        inputs = torch.cat([self.functions * self.switch, self.switch], dim=1)
        weights = torch.cat([layer.weight, layer.bias[:, None]], dim=1).chunk(layers)
        return [(inputs @ weight.T).unflatten(1, (kinds, -1)) for weight in weights]


class RadialFunctions(nn.Module):
    """Gaussians and cosine cutoff: the distances of SchNet and its descendants."""

    def __init__(self, *, functions: int, cutoff_angstrom: float) -> None:
        super().__init__()
        self.basis = GaussianBasis(functions=functions, cutoff_angstrom=cutoff_angstrom)
        self.cutoff = CosineCutoff(cutoff_angstrom=cutoff_angstrom)

    def forward(self, distances: Tensor) -> RadialFeatures:
        """Expand (pairs,) distances in Å."""
        return RadialFeatures(self.basis(distances), self.cutoff(distances)[:, None])
