"""SchNet: continuous-filter convolutions over interatomic distances.

References
----------
K. T. Schütt, H. E. Sauceda, P.-J. Kindermans, A. Tkatchenko, K.-R. Müller, J. Chem. Phys. 148,
241722 (2018), doi:10.1063/1.5019779.
"""

from torch import Tensor, nn

from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense, shifted_softplus, two_layers
from vibench.potentials.radial import RadialFeatures, RadialFunctions
from vibench.potentials.recipes import SchNetRecipe
from vibench.potentials.representation import Representation, embedding


class SchNet(nn.Module):
    """Scalar features that pass from atom to atom through filters of the distance."""

    def __init__(self, recipe: SchNetRecipe) -> None:
        super().__init__()
        self.embedding = embedding(recipe.features)
        self.radial = RadialFunctions(
            functions=recipe.radial_functions, cutoff_angstrom=recipe.cutoff_angstrom
        )
        self.interactions = nn.ModuleList(
            Convolution(recipe.features, recipe.radial_functions)
            for _ in range(recipe.interactions)
        )

    def forward(self, geometry: Geometry) -> Representation:
        """Return scalar features."""
        radial = self.radial(geometry.pairs().distances)
        scalars = self.embedding(geometry.numbers)
        for interaction in self.interactions:
            scalars = scalars + interaction(geometry, scalars, radial)
        return Representation(scalars)


class Convolution(nn.Module):
    """Interaction block: filters of the distance weigh what the neighbours send (figure 2)."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.filters = Filters(features, radial_functions)
        self.sent = Dense(features, features, bias=False)
        self.received = two_layers(features, features, features, shifted_softplus)

    def forward(self, geometry: Geometry, scalars: Tensor, radial: RadialFeatures) -> Tensor:
        """Return the (atoms, features) change of *scalars* (atoms, features)."""
        messages = self.sent(scalars)[geometry.neighbour] * self.filters(radial)
        received: Tensor = self.received(geometry.sum_over_neighbours(messages))
        return received


class Filters(nn.Module):
    """Filter-generating network: features of the distance that vanish at the cutoff."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.network = two_layers(radial_functions, features, features, shifted_softplus)

    def forward(self, radial: RadialFeatures) -> Tensor:
        """Return (pairs, features) filters."""
        filters: Tensor = self.network(radial.functions)
        return filters * radial.switch
