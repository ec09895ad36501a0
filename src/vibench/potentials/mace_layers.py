"""Blocks of the MACE architecture.

All weights are standard normal numbers at first, and are divided at run time by the square root of
the number of inputs, as in e3nn.

References
----------
I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, NeurIPS 2022 (arXiv:2206.07697).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.core.molecules import Array
from vibench.potentials.constants import ExactTable
from vibench.potentials.geometry import Geometry
from vibench.potentials.pair_index import PairIndex
from vibench.potentials.radial import BesselBasis, PolynomialCutoff
from vibench.potentials.spherical_harmonics import spherical_harmonics
from vibench.potentials.symmetric_contraction import (
    coupling_coefficients,
    folded_coefficients,
)
from vibench.potentials.symmetric_polynomial import evaluate
from vibench.potentials.wigner import wigner_3j

_SILU_SCALE: Final = 1.679176792398942
"""Factor that gives silu of a standard normal number a mean square of 1. This is e3nn's own
estimate from a million random numbers; the true value is 1.6765325, but weights from there, and
hyperparameters that were found with it, belong to this one."""

_ATOMS_AT_ONCE: Final = 64
"""Largest number of atoms whose products are made at once on a CPU."""


def scaled_silu(values: Tensor) -> Tensor:
    """Return silu, scaled to a mean square of 1 for standard normal numbers."""
    return silu(values) * _SILU_SCALE


type Features = dict[int, Tensor]
"""Degree l → (atoms, 2l+1, channels) features of that degree."""


def joined(parts: Sequence[Features]) -> Features:
    """Return the features of all atoms of all parts."""
    return {l: torch.cat([part[l] for part in parts]) for l in parts[0]}


class LinearByDegree(nn.Module):
    """Mix the channels of every degree by a matrix of its own: y_l = x_l W_l / √channels."""

    def __init__(self, degrees: Sequence[int], channels: int) -> None:
        super().__init__()
        self.degrees = tuple(degrees)
        self.weight = nn.Parameter(torch.randn(len(self.degrees), channels, channels))

    def forward(self, features: Features) -> Features:
        """Map the features of the layer's degrees."""
        scale = 1 / math.sqrt(self.weight.shape[1])
        matrices = zip(self.degrees, self.weight, strict=True)
        return {l: (features[l] @ matrix) * scale for l, matrix in matrices}


class LinearByElement(nn.Module):
    """Mix the channels of every degree by a matrix for every element.

    y_l = x_l W_l[Z] / √(channels × elements).
    """

    def __init__(self, degrees: Sequence[int], *, elements: int, channels: int) -> None:
        super().__init__()
        self.degrees = tuple(degrees)
        self.weight = nn.Parameter(torch.randn(len(self.degrees), channels, elements, channels))

    def forward(self, features: Features, element: int) -> Features:
        """Map the features of atoms of one element."""
        _, channels, elements, _ = self.weight.shape
        scale = 1 / math.sqrt(channels * elements)
        matrices = zip(self.degrees, self.weight[:, :, element], strict=True)
        return {l: (features[l] @ matrix) * scale for l, matrix in matrices}


class RadialNetwork(nn.Module):
    """Fully connected network without biases, from radial functions to weights of messages."""

    def __init__(self, sizes: Sequence[int], *, parts: int) -> None:
        super().__init__()
        self.parts = parts
        self.weights = nn.ParameterList(
            torch.randn(inputs, outputs) for inputs, outputs in pairwise(sizes)
        )

    def forward(self, values: Tensor) -> list[Tensor]:
        """Map (…, inputs) to equal parts of the outputs."""
        *hidden, last = (weight / math.sqrt(len(weight)) for weight in self.weights)
        for weight in hidden:
            values = scaled_silu(values @ weight)
        return [values @ weight for weight in last.chunk(self.parts, dim=1)]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """What every atom knows of its neighbours, in a table with as many places as any atom needs."""

    index: Tensor
    """(atoms, places) the neighbours."""
    harmonics: Tensor
    """(atoms, places, (lmax+1)²) spherical harmonics of the directions, divided by the mean number
    of neighbours; zero in empty places."""
    radial: Tensor
    """(atoms, places, functions) radial functions of the distances."""

    def split(self) -> list["Neighbours"]:
        """Divide the atoms so that, on a CPU, what is made of them stays in its cache."""
        at_once = _ATOMS_AT_ONCE if self.index.is_cpu else len(self.index)
        parts = (values.split(at_once) for values in (self.index, self.harmonics, self.radial))
        return [Neighbours(*part) for part in zip(*parts, strict=True)]


class NeighbourTable(nn.Module):
    """Expand the pairs of a batch in spherical harmonics and Bessel functions."""

    def __init__(
        self, *, lmax: int, functions: int, cutoff_angstrom: float, cutoff_power: int
    ) -> None:
        super().__init__()
        self.lmax = lmax
        self.basis = BesselBasis(functions=functions, cutoff_angstrom=cutoff_angstrom)
        self.cutoff = PolynomialCutoff(cutoff_angstrom=cutoff_angstrom, power=cutoff_power)

    def forward(self, geometry: Geometry, mean_neighbours: Tensor) -> Neighbours:
        """Lay out the pairs of a batch by the atoms that receive messages."""
        pairs = geometry.pairs()
        # MACE's vectors point from the atom that sends a message to the one that receives it.
        harmonics = spherical_harmonics(-pairs.directions(), self.lmax) / mean_neighbours
        radial = self.basis(pairs.distances) * self.cutoff(pairs.distances)[:, None]
        places, filled = _places(pairs.index)
        return Neighbours(
            index=pairs.index.neighbour[places],
            harmonics=harmonics[places] * filled[:, :, None],
            radial=radial[pairs.index.row[places]],
        )


def _places(index: PairIndex) -> tuple[Tensor, Tensor]:
    """Return (atoms, places) numbers of pairs, and whether there is one at the place."""
    counts = index.first.diff()
    places = int(counts.max())
    numbers = index.first[:-1, None] + torch.arange(places, device=counts.device)
    filled = numbers < index.first[1:, None]
    return numbers.where(filled, 0), filled


class AtomsByElement:
    """The atoms of a batch, grouped by element.

    Parameters
    ----------
    index : (atoms,)
        Which element each atom is of.
    elements
        Number of elements.
    """

    def __init__(self, index: Tensor, elements: int) -> None:
        self.index = index
        counts = torch.bincount(index, minlength=elements).tolist()
        self.present = [element for element, count in enumerate(counts) if count]
        self._counts = [counts[element] for element in self.present]
        self._order = torch.argsort(index, stable=True)
        self._back = torch.argsort(self._order)

    def split(self, features: Features) -> list[Features]:
        """Return the features of the atoms of each element that is present."""
        parts = {l: values[self._order].split(self._counts) for l, values in features.items()}
        return [{l: parts[l][place] for l in parts} for place in range(len(self.present))]

    def join(self, parts: Sequence[Features]) -> Features:
        """Undo `split`."""
        return {l: values[self._back] for l, values in joined(parts).items()}


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
        self.radial = RadialNetwork(
            [*radial_sizes, len(self.paths) * channels], parts=len(self.paths)
        )
        self.mix = nn.Parameter(torch.randn(len(self.paths), channels, channels))
        self.couplings = ExactTable(_message_couplings(self.paths, edge_lmax, channels))

    def forward(self, features: Features, neighbours: Neighbours) -> Features:
        """Return the messages of every degree."""
        sent = self.send(features)
        return joined([self._messages(sent, part) for part in neighbours.split()])

    def _messages(self, sent: Features, neighbours: Neighbours) -> Features:
        received = {l: values[neighbours.index] for l, values in sent.items()}
        weights = self.radial(neighbours.radial)
        couplings = neighbours.harmonics @ self.couplings.values
        sizes = [(2 * path.message + 1) * (2 * path.features + 1) for path in self.paths]
        summed: list[list[Tensor]] = [[] for _ in range(self.edge_lmax + 1)]
        for path, weight, coupling in zip(
            self.paths, weights, couplings.split(sizes, dim=-1), strict=True
        ):
            weighted = received[path.features] * weight[:, :, None]
            by_place = coupling.unflatten(-1, (2 * path.message + 1, -1)).transpose(1, 2)
            result = torch.bmm(by_place.flatten(2), weighted.flatten(1, 2))
            summed[path.message].append(result)
        return self._mixed(summed)

    def _mixed(self, summed: list[list[Tensor]]) -> Features:
        matrices = self.mix.split([len(group) for group in summed])
        return {
            l: torch.cat(group, dim=-1) @ matrix.flatten(0, 1)
            for l, (group, matrix) in enumerate(zip(summed, matrices, strict=True))
        }


def _message_couplings(paths: Sequence[Path], edge_lmax: int, channels: int) -> Array:
    """Return ((edge_lmax+1)², columns): for every path √(2l₃+1) C as (l₂) × (l₃ l₁) matrix.

    They are divided by √(paths to l₃ × channels), which normalises the mixing of the results.
    """
    columns = []
    for path in paths:
        inputs = channels * sum(other.message == path.message for other in paths)
        symbol = wigner_3j(path.features, path.edge, path.message)
        symbol = symbol * np.sqrt((2 * path.message + 1) / inputs)
        block = np.zeros(((edge_lmax + 1) ** 2, symbol.shape[2] * symbol.shape[0]))
        rows = slice(path.edge**2, (path.edge + 1) ** 2)
        block[rows] = symbol.transpose(1, 2, 0).reshape(symbol.shape[1], -1)
        columns.append(block)
    return np.concatenate(columns, axis=1)


class Coupling(nn.Module):
    """Coefficients of the symmetric products of one degree.

    B_M = Σ_ν Σ_k W_ν[Z, k] Σ U_ν[M, s1 … sν, k] A_s1 ⋯ A_sν, channel by channel. The sums over
    products are folded over monomials (see `folded_coefficients`).
    """

    def __init__(
        self, *, degree: int, edge_lmax: int, correlation: int, elements: int, channels: int
    ) -> None:
        super().__init__()
        self.order = nn.ParameterDict()
        for order in range(1, correlation + 1):
            paths = coupling_coefficients(edge_lmax, order, degree).shape[-1]
            self.order[str(order)] = torch.randn(elements, paths, channels) / max(paths, 1)
        self.even = ExactTable(folded_coefficients(edge_lmax, correlation, degree, 0))
        self.odd = ExactTable(folded_coefficients(edge_lmax, correlation, degree, 1))
        self._folded: dict[int, list[Tensor]] = {}
        self._folded_from: tuple[object, ...] = ()

    def forward(self, element: int) -> list[Tensor]:
        """Return the coefficients of the even and odd monomials for atoms of one element.

        Those of weights that are not trained are made only once.
        """
        weights = list(self.order.values())
        if any(weight.requires_grad for weight in weights):
            return self._fold(element)
        version = tuple((weight._version, weight.dtype, weight.device) for weight in weights)  # noqa: SLF001
        if version != self._folded_from:
            self._folded, self._folded_from = {}, version
        if element not in self._folded:
            self._folded[element] = self._fold(element)
        return self._folded[element]

    def _fold(self, element: int) -> list[Tensor]:
        weights = torch.cat([weight[element] for weight in self.order.values()]).T
        return [
            (weights @ table.flatten(1)).unflatten(1, table.shape[1:])
            for table in (self.even.values, self.odd.values)
        ]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:  # noqa: FBT001, FBT002
        self._folded_from = ()
        return super()._apply(fn, recurse)  # type: ignore[no-untyped-call, no-any-return]


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
        self.degree = nn.ModuleDict()
        for degree in degrees:
            self.degree[str(degree)] = Coupling(
                degree=degree,
                edge_lmax=edge_lmax,
                correlation=correlation,
                elements=elements,
                channels=channels,
            )

    def forward(self, messages: Features, element: int) -> Features:
        """Return the products of the messages to atoms of one element."""
        degrees = [int(degree) for degree in self.degree]
        tables = [coupling(element) for coupling in self.degree.values()]
        parts = [
            evaluate(
                [_channels_first(part, parity) for parity in (0, 1)],
                tables,
                degrees=degrees,
                correlation=self.correlation,
            )
            for part in _few_atoms(messages)
        ]
        return joined(
            [dict(zip(degrees, map(_channels_last, part), strict=True)) for part in parts]
        )


def _few_atoms(features: Features) -> list[Features]:
    """Divide the atoms so that, on a CPU, what is made of them stays in its cache."""
    blocks = {
        l: values.split(_ATOMS_AT_ONCE if values.is_cpu else len(values))
        for l, values in features.items()
    }
    return [dict(zip(blocks, part, strict=True)) for part in zip(*blocks.values(), strict=True)]


def _channels_first(features: Features, parity: int) -> Tensor:
    """Return the (channels, components, atoms) components of even (0) or odd (1) degrees."""
    blocks = [values.transpose(0, 1) for l, values in features.items() if l % 2 == parity]
    stacked = torch.cat(blocks)
    turned: Tensor = stacked.flatten(0, 1).T.contiguous().unflatten(1, stacked.shape[:2])
    return turned


def _channels_last(values: Tensor) -> Tensor:
    """Turn (channels, components, atoms) into (atoms, components, channels)."""
    turned: Tensor = values.flatten(1).T.contiguous().unflatten(0, values.shape[1:])
    return turned.transpose(0, 1)
