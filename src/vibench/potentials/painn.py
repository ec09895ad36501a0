"""PaiNN: polarizable atom interaction neural network.

References
----------
K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021, PMLR 139, 9377 (arXiv:2102.03150).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense, two_layers
from vibench.potentials.radial import RadialFunctions
from vibench.potentials.recipes import PaiNNRecipe
from vibench.potentials.representation import Representation, embedding


class PaiNN(nn.Module):
    """Scalar and vector features that exchange messages."""

    def __init__(self, recipe: PaiNNRecipe) -> None:
        super().__init__()
        features = recipe.features
        self.embedding = embedding(features)
        self.radial = RadialFunctions(
            functions=recipe.radial_functions, cutoff_angstrom=recipe.cutoff_angstrom
        )
        self.filters = Dense(recipe.radial_functions, recipe.interactions * 3 * features)
        self.messages = nn.ModuleList(Message(features) for _ in range(recipe.interactions))
        self.updates = nn.ModuleList(
            Update(features, epsilon=recipe.epsilon) for _ in range(recipe.interactions)
        )

    def forward(self, geometry: Geometry) -> Representation:
        """Return scalar and vector features."""
        pairs = geometry.pairs()
        radial = self.radial(pairs.distances)
        filters = self.filters(radial.functions) * radial.switch
        directions = pairs.directions

        scalars = self.embedding(geometry.numbers)
        vectors = scalars.new_zeros((scalars.shape[0], 3, scalars.shape[1]))
        layers = zip(
            self.messages, self.updates, filters.chunk(len(self.messages), dim=1), strict=True
        )
        for message, update, layer_filters in layers:
            scalars, vectors = message(geometry, scalars, vectors, layer_filters, directions)
            scalars, vectors = update(scalars, vectors)
        return Representation(scalars, vectors)


class Message(nn.Module):
    """Exchange between neighbours (equations 7 and 8 of the paper)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.context = two_layers(features, features, 3 * features, silu)

    def forward(
        self,
        geometry: Geometry,
        scalars: Tensor,
        vectors: Tensor,
        filters: Tensor,
        directions: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) vectors.

        *filters* are (pairs, 3 features), *directions* (pairs, 3) unit vectors.
        """
        messages = filters * self.context(scalars)[geometry.neighbour]
        scalar, radial, carried = messages.chunk(3, dim=1)
        vector = (
            radial[:, None, :] * directions[:, :, None]
            + carried[:, None, :] * vectors[geometry.neighbour]
        )
        return (
            scalars + geometry.sum_over_neighbours(scalar),
            vectors + geometry.sum_over_neighbours(vector),
        )


class Update(nn.Module):
    """Exchange between scalar and vector features of one atom (equations 9 and 10)."""

    def __init__(self, features: int, *, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.mix_vectors = Dense(features, 2 * features, bias=False)
        self.context = two_layers(2 * features, features, 3 * features, silu)

    def forward(self, scalars: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) vectors."""
        normed, mixed = self.mix_vectors(vectors).chunk(2, dim=-1)
        norm = torch.sqrt((normed * normed).sum(dim=1) + self.epsilon)
        context = self.context(torch.cat([scalars, norm], dim=-1))
        added, gate, coupling = context.chunk(3, dim=1)
        scalars = scalars + added + coupling * (normed * mixed).sum(dim=1)
        return scalars, vectors + gate[:, None, :] * mixed
