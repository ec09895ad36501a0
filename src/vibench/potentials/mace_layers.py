"""Blocks of the MACE architecture, on features (atoms, (lmax+1)², channels).

All weights are standard normal numbers at first, and are divided at run time by the square root of
the number of inputs, as in e3nn.

References
----------
I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, NeurIPS 2022 (arXiv:2206.07697).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.core.molecules import Array
from vibench.potentials.constants import ExactTable
from vibench.potentials.geometry import Geometry, Pairs
from vibench.potentials.radial import BesselBasis, PolynomialCutoff
from vibench.potentials.spherical_harmonics import spherical_harmonics
from vibench.potentials.symmetric_contraction import (
    components,
    coupling_coefficients,
    folded_coefficients,
)
from vibench.potentials.wigner import wigner_3j

_SILU_SCALE: Final = 1.679176792398942
"""Factor that gives silu of a standard normal number a mean square of 1. This is e3nn's own
estimate from a million random numbers; the true value is 1.6765325, but weights from there, and
hyperparameters that were found with it, belong to this one."""


def scaled_silu(values: Tensor) -> Tensor:
    """Return silu, scaled to a mean square of 1 for standard normal numbers."""
    return silu(values) * _SILU_SCALE


def of_degree(features: Tensor, l: int) -> Tensor:
    """Return the (…, 2l+1, channels) components of degree *l*."""
    return features[..., l * l : (l + 1) ** 2, :]


class LinearByDegree(nn.Module):
    """Mix the channels of every degree by a matrix of its own.

    y_l = x_l W_l / √channels; features of degrees that are not named are left out.
    """

    def __init__(self, degrees: Sequence[int], channels: int) -> None:
        super().__init__()
        self.degrees = tuple(degrees)
        self.weight = nn.Parameter(torch.randn(len(self.degrees), channels, channels))

    def forward(self, blocks: Sequence[Tensor]) -> list[Tensor]:
        """Map one (atoms, 2l+1, channels) block for each degree."""
        scale = 1 / math.sqrt(self.weight.shape[1])
        weights = self.weight * scale
        return [torch.matmul(x, w) for x, w in zip(blocks, weights, strict=True)]


class LinearByElement(nn.Module):
    """Mix the channels of every degree by a matrix for every element.

    y_l = x_l W_l[Z] / √(channels × elements).
    """

    def __init__(self, degrees: Sequence[int], elements: int, channels: int) -> None:
        super().__init__()
        self.degrees = tuple(degrees)
        self.weight = nn.Parameter(torch.randn(len(self.degrees), channels, elements, channels))

    def forward(self, blocks: Sequence[Tensor], element: int) -> list[Tensor]:
        """Map (atoms, 2l+1, channels) blocks of atoms of one element."""
        scale = 1 / math.sqrt(self.weight.shape[1] * self.weight.shape[2])
        weights = self.weight[:, :, element] * scale
        return [torch.matmul(x, w) for x, w in zip(blocks, weights, strict=True)]


class RadialNetwork(nn.Module):
    """Fully connected network without biases, from radial functions to weights of messages."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.weights = nn.ParameterList(
            torch.randn(inputs, outputs)
            for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
        )

    def forward(self, values: Tensor) -> Tensor:
        """Map (…, inputs) to (…, outputs)."""
        *hidden, last = (weight / math.sqrt(len(weight)) for weight in self.weights)
        for weight in hidden:
            values = scaled_silu(values @ weight)
        return values @ last


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What every atom knows of its neighbours, in a table with as many places as any atom needs."""

    index: Tensor
    """(atoms, places) the neighbours."""
    harmonics: Tensor
    """(atoms, places, (lmax+1)²) spherical harmonics of the directions; zero in empty places."""
    radial: Tensor
    """(atoms, places, functions) radial functions of the distances."""


class NeighbourTable(nn.Module):
    """Expand the pairs of a batch in spherical harmonics and Bessel functions."""

    def __init__(
        self, *, lmax: int, functions: int, cutoff_angstrom: float, cutoff_power: int
    ) -> None:
        super().__init__()
        self.lmax = lmax
        self.basis = BesselBasis(functions=functions, cutoff_angstrom=cutoff_angstrom)
        self.cutoff = PolynomialCutoff(cutoff_angstrom=cutoff_angstrom, power=cutoff_power)

    def forward(self, geometry: Geometry) -> Neighbours:
        """Lay out the pairs of a batch by the atoms that receive messages."""
        pairs: Pairs = geometry.pairs()
        # MACE's vectors point from the atom that sends a message to the one that receives it.
        harmonics = spherical_harmonics(-pairs.directions, self.lmax)
        radial = self.basis(pairs.distances) * self.cutoff(pairs.distances)[:, None]
        places, filled = _places(geometry)
        return Neighbours(
            index=geometry.neighbour[places],
            harmonics=harmonics[places] * filled[:, :, None],
            radial=radial[places],
        )


def _places(geometry: Geometry) -> tuple[Tensor, Tensor]:
    """Return (atoms, places) indices of pairs, and whether there is one at the place."""
    counts = torch.bincount(geometry.centre, minlength=len(geometry.numbers))
    places = int(counts.max())
    order = torch.argsort(geometry.centre, stable=True)
    first = torch.cumsum(counts, dim=0) - counts
    rank = torch.arange(len(order), device=order.device) - first[geometry.centre[order]]
    index = order.new_zeros((len(counts), places))
    index[geometry.centre[order], rank] = order
    filled = torch.arange(places, device=order.device) < counts[:, None]
    return index, filled


@dataclass(frozen=True, slots=True)
class Path:
    """Coupling of a neighbour's features with the direction to it."""

    features: int
    """Degree of the features."""
    edge: int
    """Degree of the spherical harmonics."""
    message: int
    """Degree of the result."""


def message_paths(lmax: int, edge_lmax: int) -> list[Path]:
    """Return the paths from features up to *lmax* to messages up to *edge_lmax*, in order."""
    return [
        Path(features, edge, message)
        for message in range(edge_lmax + 1)
        for features in range(lmax + 1)
        for edge in range(edge_lmax + 1)
        if abs(features - edge) <= message <= features + edge
        and (features + edge + message) % 2 == 0
    ]


class Messages(nn.Module):
    """Sum over neighbours of their features, coupled with the directions to them.

    m_p = Σ_j w_p(d_ij) √(2l₃+1) Σ C[l₁, l₂, l₃] h_j,l₁ Y_l₂(u_ij) for every path
    p = (l₁, l₂, l₃); the results of one degree are mixed to the message of that degree.
    """

    def __init__(
        self, *, lmax: int, edge_lmax: int, channels: int, radial_sizes: Sequence[int]
    ) -> None:
        super().__init__()
        self.edge_lmax = edge_lmax
        self.paths = message_paths(lmax, edge_lmax)
        self.send = LinearByDegree(range(lmax + 1), channels)
        self.radial = RadialNetwork([*radial_sizes, len(self.paths) * channels])
        self.mix = nn.Parameter(torch.randn(len(self.paths), channels, channels))
        self.couplings = ExactTable(_message_couplings(self.paths, edge_lmax))

    def forward(self, features: Tensor, neighbours: Neighbours) -> list[Tensor]:
        """Return a (atoms, 2l+1, channels) message for every degree."""
        sent = self.send([of_degree(features, l) for l in self.send.degrees])
        received = [block[neighbours.index] for block in sent]
        weights = self.radial(neighbours.radial).unflatten(-1, (len(self.paths), -1))
        couplings = neighbours.harmonics @ self.couplings.values
        sizes = [(2 * path.message + 1) * (2 * path.features + 1) for path in self.paths]
        summed: list[list[Tensor]] = [[] for _ in range(self.edge_lmax + 1)]
        for number, (path, coupling) in enumerate(
            zip(self.paths, couplings.split(sizes, dim=-1), strict=True)
        ):
            weighted = received[path.features] * weights[:, :, number, None, :]
            by_place = coupling.unflatten(-1, (2 * path.message + 1, -1)).transpose(1, 2)
            result = torch.bmm(by_place.flatten(2), weighted.flatten(1, 2))
            summed[path.message].append(result)
        return self._mixed(summed)

    def _mixed(self, summed: list[list[Tensor]]) -> list[Tensor]:
        counts = [len(group) for group in summed]
        matrices = self.mix.split(counts)
        return [
            torch.cat(group, dim=-1) @ (matrix.flatten(0, 1) / math.sqrt(matrix.shape[:2].numel()))
            for group, matrix in zip(summed, matrices, strict=True)
        ]


def _message_couplings(paths: Sequence[Path], edge_lmax: int) -> Array:
    """Return ((edge_lmax+1)², columns): for every path √(2l₃+1) C as (l₂) × (l₃ l₁) matrix."""
    columns = []
    for path in paths:
        symbol = wigner_3j(path.features, path.edge, path.message) * np.sqrt(2 * path.message + 1)
        block = np.zeros(((edge_lmax + 1) ** 2, symbol.shape[2] * symbol.shape[0]))
        rows = slice(path.edge**2, (path.edge + 1) ** 2)
        block[rows] = symbol.transpose(1, 2, 0).reshape(symbol.shape[1], -1)
        columns.append(block)
    return np.concatenate(columns, axis=1)


class Coupling(nn.Module):
    """Symmetric products of an atom's messages with themselves, of one degree.

    B_M = Σ_ν Σ_k W_ν[Z, k] Σ U_ν[M, s1 … sν, k] A_s1 ⋯ A_sν, channel by channel. The sums over
    products are folded over monomials (see `folded_coefficients`).
    """

    def __init__(
        self, *, degree: int, edge_lmax: int, correlation: int, elements: int, channels: int
    ) -> None:
        super().__init__()
        self.degree = degree
        self.weights = nn.ParameterList()
        for order in range(1, correlation + 1):
            paths = coupling_coefficients(edge_lmax, order, degree).shape[-1]
            self.weights.append(torch.randn(elements, paths, channels) / max(paths, 1))
        tables = [folded_coefficients(edge_lmax, correlation, degree, p) for p in (0, 1)]
        self.tables = nn.ModuleList(ExactTable(table) for table in tables)

    def forward(self, factors: Sequence[Tensor], monomials: Sequence[Tensor], element: int) -> Tensor:
        """Return (channels, 2 degree+1, atoms) products.

        Parameters
        ----------
        factors
            Even and odd components, each (channels, components, atoms).
        monomials
            Even and odd monomials, each (channels, monomials, atoms).
        element
            Which element the atoms are of.
        """
        weights = torch.cat([weight[element] for weight in self.weights]).T
        total = None
        for parity, table in enumerate(self.tables):
            folded = (weights @ table.values.flatten(1)).unflatten(1, table.values.shape[1:])
            partners = (folded @ monomials[parity]).unflatten(1, (2 * self.degree + 1, -1))
            factor = factors[(parity + self.degree) % 2][:, None]
            part = (partners * factor).sum(dim=2)
            total = part if total is None else total + part
        return total


class Products(nn.Module):
    """Symmetric products of an atom's messages of all wanted degrees."""

    def __init__(
        self,
        degrees: Sequence[int],
        *,
        edge_lmax: int,
        correlation: int,
        elements: int,
        channels: int,
    ) -> None:
        super().__init__()
        self.correlation = correlation
        self.couplings = nn.ModuleList(
            Coupling(
                degree=degree,
                edge_lmax=edge_lmax,
                correlation=correlation,
                elements=elements,
                channels=channels,
            )
            for degree in degrees
        )
        for name, parity in (("even", 0), ("odd", 1)):
            index = torch.tensor(components(edge_lmax, parity))
            self.register_buffer(name, index, persistent=False)
        self.even: Tensor
        self.odd: Tensor

    def forward(self, messages: Tensor, element: int) -> list[Tensor]:
        """Return (atoms, 2l+1, channels) products of (atoms, components, channels) messages."""
        by_channel = messages.permute(2, 1, 0)
        factors = [by_channel.index_select(1, self.even), by_channel.index_select(1, self.odd)]
        monomials = self._monomials(*factors)
        return [
            coupling(factors, monomials, element).permute(2, 1, 0) for coupling in self.couplings
        ]

    def _monomials(self, even: Tensor, odd: Tensor) -> list[Tensor]:
        one = torch.ones_like(even[:, :1])
        if self.correlation == 1:
            return [one, one[:, :0]]
        if self.correlation == 2:
            return [torch.cat([even, one], dim=1), odd]
        mixed = (even[:, :, None] * odd[:, None]).flatten(1, 2)
        return [
            torch.cat([*_squares(even), *_squares(odd), even, one], dim=1),
            torch.cat([mixed, odd], dim=1),
        ]


def _squares(factors: Tensor) -> list[Tensor]:
    """Return the unordered products of components with each other, in rows."""
    return [factors[:, i : i + 1] * factors[:, i:] for i in range(factors.shape[1])]
