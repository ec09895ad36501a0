"""FieldSchNet: one energy in an electric field, whose derivatives are forces and dipole.

References
----------
M. Gastegger, K. T. Schütt, K.-R. Müller, Chem. Sci. 12, 11473 (2021), doi:10.1039/D1SC02742E.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final

import torch
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.coupling import coupling
from vibench.potentials.filter_table import FilterTable
from vibench.potentials.filters import Filters
from vibench.potentials.geometry import Geometry, Pairs
from vibench.potentials.layers import Dense, shifted_softplus
from vibench.potentials.neighbour_sums import neighbour_sum
from vibench.potentials.pair_index import PairIndex
from vibench.potentials.radial import RadialFeatures, RadialFunctions
from vibench.potentials.readouts import EnergyReadout
from vibench.potentials.recipes import FieldSchNetRecipe
from vibench.potentials.representation import Representation, embedding
from vibench.potentials.schnet import Convolution

_ALONG: Final = coupling((4, 1, 1, 3), [(1 + axis, 0, 0, axis) for axis in range(3)])
"""Scalars send vectors along the directions."""
_DIPOLES: Final = coupling(
    (10, 1, 3, 3), [(1 + 3 * o + c, 0, c, o) for o in range(3) for c in range(3)]
)
"""Vectors send vectors, multiplied by a matrix."""


class FieldSchNet(nn.Module):
    """SchNet whose atoms also carry dipoles, which feel the field and each other."""

    def __init__(self, recipe: FieldSchNetRecipe) -> None:
        super().__init__()
        features, functions = recipe.features, recipe.radial_functions
        self.embedding = embedding(features)
        self.radial = RadialFunctions(functions=functions, cutoff_angstrom=recipe.cutoff_angstrom)
        self.first_dipoles = DipoleUpdate(features)
        self.interactions = nn.ModuleList(
            FieldInteraction(features, functions, last=layer == recipe.interactions - 1)
            for layer in range(recipe.interactions)
        )
        self.energy = EnergyReadout(features)
        self.table: FilterTable | None = None

    def forward(self, geometry: Geometry) -> Properties[Tensor]:
        """Return (molecules,) energies in the field of *geometry*."""
        pairs = geometry.pairs()
        surroundings = _surroundings(geometry, pairs, self.radial.cutoff(pairs.distances))
        scalars = self.embedding(geometry.numbers)
        dipoles = self.first_dipoles(surroundings, scalars)
        filters = self.filters(pairs.distances)[:, :, None].unbind()
        for interaction, own in zip(self.interactions, batched(filters, 2), strict=True):
            scalars, dipoles = interaction(surroundings, own, scalars, dipoles)
        return Properties(energy=self.energy(geometry, Representation(scalars)))

    def filters(self, distances: Tensor) -> Tensor:
        """Return (2 interactions, rows, features) filters of (rows,) distances in Å.

        Those of the convolution and of the interaction of dipoles follow each other.
        """
        if self.table is not None:
            found: Tensor = self.table(distances)
            return found
        radial = self.radial(distances)
        both = [
            interaction.filters(radial)  # type: ignore[operator]
            for interaction in self.interactions
        ]
        return torch.stack([filters for two in both for filters in two])


class FieldInteraction(nn.Module):
    """What an atom learns from its neighbours, from the field and from the dipoles around it."""

    def __init__(self, features: int, radial_functions: int, *, last: bool) -> None:
        super().__init__()
        self.convolution = Convolution(features, radial_functions)
        self.field = Dense(features, features, activation=shifted_softplus)
        self.dipole_interaction = DipoleInteraction(features, radial_functions)
        # Nothing reads the dipoles after the last layer.
        self.dipole_update = None if last else DipoleUpdate(features)

    def filters(self, radial: RadialFeatures) -> tuple[Tensor, Tensor]:
        """Return the (rows, features) filters of the convolution and between dipoles."""
        return self.convolution.filters(radial), self.dipole_interaction.filters(radial)

    def forward(
        self,
        surroundings: "Surroundings",
        filters: Sequence[Tensor],
        scalars: Tensor,
        dipoles: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) dipoles.

        *filters* are those of the convolution and between dipoles, (rows, 1, features) each.
        """
        change = (
            self.convolution(surroundings.index, scalars, filters[0])
            + self.field((dipoles * surroundings.field).sum(dim=1))
            + self.dipole_interaction(surroundings, dipoles, filters[1])
        )
        if self.dipole_update is not None:
            dipoles = dipoles + self.dipole_update(surroundings, change)
        return scalars + change, dipoles


class DipoleInteraction(nn.Module):
    """Atomic dipoles in the field of the dipoles around them, their coupling learned."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.filters = Filters(features, radial_functions)
        nn.init.zeros_(self.filters.network[1].get_parameter("weight"))
        self.transform = Dense(features, features, activation=shifted_softplus)

    def forward(self, surroundings: "Surroundings", dipoles: Tensor, filters: Tensor) -> Tensor:
        """Return the (atoms, features) change of scalars by *dipoles* (atoms, 3, features)."""
        filters = filters * surroundings.inverse_cubes
        couplings = surroundings.couplings
        felt = neighbour_sum(surroundings.index, filters, dipoles, couplings, coupling=_DIPOLES)
        change: Tensor = self.transform((dipoles * felt).sum(dim=1))
        return change


class DipoleUpdate(nn.Module):
    """Atomic dipoles made by the features of the neighbours, along the directions to them."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.transform = Dense(features, features, bias=False)

    def forward(self, surroundings: "Surroundings", scalars: Tensor) -> Tensor:
        """Return (atoms, 3, features) dipoles of *scalars* (atoms, features)."""
        sent = self.transform(scalars)[:, None]
        lengths = surroundings.lengths.expand(-1, sent.shape[2])[:, None]
        directions = surroundings.directions
        return neighbour_sum(surroundings.index, lengths, sent, directions, coupling=_ALONG)


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Where the neighbours of atoms are, and the field; the same for all layers."""

    index: PairIndex
    """Which atoms see each other."""
    field: Tensor
    """(atoms, 3, 1) external field in V/Å."""
    directions: Tensor
    """(pairs, 3) unit vectors u from centre to neighbour."""
    lengths: Tensor
    """(rows, 1) distances times the cutoff function."""
    inverse_cubes: Tensor
    """(rows, 1, 1) 1/d³."""
    couplings: Tensor
    """(pairs, 9) field of unit dipoles along x, y and z, times d³: the matrix 1 - 3 u uᵀ."""


def _surroundings(geometry: Geometry, pairs: Pairs, switch: Tensor) -> Surroundings:
    directions = pairs.directions()
    identity = torch.eye(3, dtype=directions.dtype, device=directions.device)
    couplings = identity - 3 * directions[:, :, None] * directions[:, None, :]
    return Surroundings(
        index=pairs.index,
        field=geometry.electric_field[geometry.molecule_index][:, :, None],
        directions=directions,
        lengths=(pairs.distances * switch)[:, None],
        inverse_cubes=pairs.distances[:, None, None] ** -3,
        couplings=couplings.flatten(1),
    )
