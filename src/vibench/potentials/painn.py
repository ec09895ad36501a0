"""PaiNN: polarizable atom interaction neural network.

References
----------
K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021, PMLR 139, 9377 (arXiv:2102.03150).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.potentials.coupling import coupling
from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense, two_layers
from vibench.potentials.neighbour_sums import neighbour_sum
from vibench.potentials.pair_index import PairIndex
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
        radial, directions = self.radial(pairs.distances), pairs.directions()
        filters = radial.mixed(self.filters, layers=len(self.messages), kinds=3)

        scalars = self.embedding(geometry.numbers)
        vectors = scalars.new_zeros((scalars.shape[0], 3, scalars.shape[1]))
        for message, update, own in zip(self.messages, self.updates, filters, strict=True):
            scalars, vectors = message(pairs.index, directions, own, scalars, vectors)
            scalars, vectors = update(scalars, vectors)
        return Representation(scalars, vectors)


_MESSAGE: Final = coupling(
    (4, 3, 5, 4),
    [
        (0, 0, 0, 0),
        *((1 + axis, 1, 1, 1 + axis) for axis in range(3)),
        *((0, 2, 2 + axis, 1 + axis) for axis in range(3)),
    ],
)
"""Scalars send scalars, scalars along the directions send vectors, vectors send vectors."""


class Message(nn.Module):
    """Exchange between neighbours (equations 7 and 8 of the paper)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.context = two_layers(features, features, 3 * features, silu)

    def forward(
        self,
        index: PairIndex,
        directions: Tensor,
        filters: Tensor,
        scalars: Tensor,
        vectors: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return new (atoms, features) scalars and (atoms, 3, features) vectors.

        *directions* are (pairs, 3) unit vectors, *filters* (rows, 3, features).
        """
        own, gate = self.context(scalars).unflatten(1, (3, -1)).split([2, 1], dim=1)
        sent = torch.cat([own, gate * vectors], dim=1)
        received = neighbour_sum(index, filters, sent, directions, coupling=_MESSAGE)
        to_scalars, to_vectors = received.split([1, 3], dim=1)
        return scalars + to_scalars.squeeze(1), vectors + to_vectors


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
