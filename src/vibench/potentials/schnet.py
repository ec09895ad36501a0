"""SchNet: continuous-filter convolutions over interatomic distances.

References
----------
K. T. Schütt, H. E. Sauceda, P.-J. Kindermans, A. Tkatchenko, K.-R. Müller, J. Chem. Phys. 148,
241722 (2018), doi:10.1063/1.5019779.
"""

import torch
from torch import Tensor, nn

from vibench.potentials.filter_table import FilterTable
from vibench.potentials.filters import Filters
from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense, shifted_softplus, two_layers
from vibench.potentials.neighbour_sums import neighbour_sum
from vibench.potentials.pair_index import PairIndex
from vibench.potentials.radial import RadialFunctions
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
        self.table: FilterTable | None = None

    def forward(self, geometry: Geometry) -> Representation:
        """Return scalar features."""
        pairs = geometry.pairs()
        scalars = self.embedding(geometry.numbers)
        filters = self.filters(pairs.distances)[:, :, None]
        for interaction, own in zip(self.interactions, filters.unbind(), strict=True):
            scalars = scalars + interaction(pairs.index, scalars, own)
        return Representation(scalars)

    def filters(self, distances: Tensor) -> Tensor:
        """Return (interactions, rows, features) filters of (rows,) distances in Å."""
        if self.table is not None:
            found: Tensor = self.table(distances)
            return found
        radial = self.radial(distances)
        return torch.stack(
            [
                interaction.filters(radial)  # type: ignore[operator]
                for interaction in self.interactions
            ]
        )


class Convolution(nn.Module):
    """Interaction block: filters of the distance weigh what the neighbours send (figure 2)."""

    def __init__(self, features: int, radial_functions: int) -> None:
        super().__init__()
        self.filters = Filters(features, radial_functions)
        self.sent = Dense(features, features, bias=False)
        self.received = two_layers(features, features, features, shifted_softplus)

    def forward(self, index: PairIndex, scalars: Tensor, filters: Tensor) -> Tensor:
        """Return the (atoms, features) change of *scalars* (atoms, features).

        *filters* are (rows, 1, features).
        """
        filtered = neighbour_sum(index, filters, self.sent(scalars)[:, None])
        received: Tensor = self.received(filtered.squeeze(1))
        return received
