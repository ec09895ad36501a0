"""FieldSchNet: one energy in an electric field, whose derivatives are forces and dipole.

References
----------
M. Gastegger, K. T. Schütt, K.-R. Müller, Chem. Sci. 12, 11473 (2021), doi:10.1039/D1SC02742E.
"""

from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.geometry import Geometry, Pairs
from vibench.potentials.layers import Dense, shifted_softplus
from vibench.potentials.radial import RadialFeatures, RadialFunctions
from vibench.potentials.readouts import EnergyReadout
from vibench.potentials.recipes import FieldSchNetRecipe
from vibench.potentials.representation import Representation, embedding
from vibench.potentials.schnet import Convolution, Filters


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

    def forward(self, geometry: Geometry) -> Properties[Tensor]:
        """Return (molecules,) energies in the field of *geometry*."""
        pairs = geometry.pairs()
        radial = self.radial(pairs.distances)
        scalars = self.embedding(geometry.numbers)
        dipoles = self.first_dipoles(geometry, pairs, radial, scalars)
        for interaction in self.interactions:
            scalars, dipoles = interaction(geometry, pairs, radial, scalars, dipoles)
        return Properties(energy=self.energy(geometry, Representation(scalars)))


class FieldInteraction(nn.Module):
    """What an atom learns from its neighbours, from the field and from the dipoles around it."""

    def __init__(self, features: int, radial_functions: int, *, last: bool) -> None:
        super().__init__()
        self.convolution = Convolution(features, radial_functions)
        self.field = Dense(features, features, activation=shifted_softplus)
        self.dipole_interaction = DipoleInteraction(features, radial_functions)
        # Nothing reads the dipoles after the last layer.
        self.dipole_update = None if last else DipoleUpdate(features)

    def forward(
        self,
        geometry: Geometry,
        pairs: Pairs,
        radial: RadialFeatures,
        scalars: Tensor,
        dipoles: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) dipoles."""
        field = geometry.electric_field[geometry.molecule_index]
        change = (
            self.convolution(geometry, scalars, radial)
            + self.field((dipoles * field[:, :, None]).sum(dim=1))
            + self.dipole_interaction(geometry, pairs, radial, dipoles)
        )
        if self.dipole_update is not None:
            dipoles = dipoles + self.dipole_update(geometry, pairs, radial, change)
        return scalars + change, dipoles


class DipoleInteraction(nn.Module):
    """Atomic dipoles in the field of the dipoles around them, their coupling learned."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.filters = Filters(features, radial_functions)
        nn.init.zeros_(self.filters.network[1].get_parameter("weight"))
        self.transform = Dense(features, features, activation=shifted_softplus)

    def forward(
        self, geometry: Geometry, pairs: Pairs, radial: RadialFeatures, dipoles: Tensor
    ) -> Tensor:
        """Return the (atoms, features) change of scalars by *dipoles* (atoms, 3, features)."""
        sent, vectors = dipoles[geometry.neighbour], pairs.vectors[:, :, None]
        squared = (pairs.distances**2)[:, None]
        along = (sent * vectors).sum(dim=1)
        weights = self.filters(radial) / (squared * squared * pairs.distances[:, None])
        fields = (sent * squared[:, :, None] - 3 * vectors * along[:, None, :]) * weights[:, None]
        felt = geometry.sum_over_neighbours(fields)
        change: Tensor = self.transform((dipoles * felt).sum(dim=1))
        return change


class DipoleUpdate(nn.Module):
    """Atomic dipoles made by the features of the neighbours, along the directions to them."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.transform = Dense(features, features, bias=False)

    def forward(
        self, geometry: Geometry, pairs: Pairs, radial: RadialFeatures, scalars: Tensor
    ) -> Tensor:
        """Return (atoms, 3, features) dipoles of *scalars* (atoms, features)."""
        sent = self.transform(scalars)[geometry.neighbour]
        vectors = pairs.vectors * radial.switch
        return geometry.sum_over_neighbours(vectors[:, :, None] * sent[:, None, :])
