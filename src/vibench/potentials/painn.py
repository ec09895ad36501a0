"""PaiNN: polarizable atom interaction neural network.

References
----------
K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021, PMLR 139, 9377 (arXiv:2102.03150).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.potentials.geometry import Geometry, Pairs
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
        parts = 3 * len(self.messages)
        filters = self.radial(pairs.distances).mixed(self.filters, parts).unflatten(0, (-1, 3))
        directions = pairs.directions()

        scalars = self.embedding(geometry.numbers)
        vectors = scalars.new_zeros((scalars.shape[0], 3, scalars.shape[1]))
        for message, update, own in zip(self.messages, self.updates, filters, strict=True):
            scalars, vectors = message(pairs, directions, scalars, vectors, own)
            scalars, vectors = update(scalars, vectors)
        return Representation(scalars, vectors)


class Message(nn.Module):
    """Exchange between neighbours (equations 7 and 8 of the paper)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.context = two_layers(features, features, 3 * features, silu)

    def forward(
        self,
        pairs: Pairs,
        directions: Tensor,
        scalars: Tensor,
        vectors: Tensor,
        filters: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) vectors.

        *directions* are (pairs, 3) unit vectors, *filters* (3, rows, features).
        """
        scalar, radial, carried = self.context(scalars).chunk(3, dim=1)
        scalars = scalars + pairs.sum_over_neighbours(filters[0], scalar)
        received = pairs.sum_over_neighbours(filters[1], radial, directions)
        carried = pairs.sum_over_neighbours(filters[2], carried[:, None] * vectors)
        return scalars, vectors + received + carried


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
