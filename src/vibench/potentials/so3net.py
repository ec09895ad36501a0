"""SO3net: features of all angular momenta up to lmax, coupled by Clebsch-Gordan products.

References
----------
K. T. Schütt, S. S. P. Hessmann, N. W. A. Gebauer, J. Lederer, M. Gastegger, J. Chem. Phys. 158,
144801 (2023), doi:10.1063/5.0138367 (SchNetPack 2.0).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from vibench.potentials.coupling import Coupling
from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense
from vibench.potentials.neighbour_sums import neighbour_sum
from vibench.potentials.pair_index import PairIndex
from vibench.potentials.radial import RadialFeatures, RadialFunctions
from vibench.potentials.recipes import SO3netRecipe
from vibench.potentials.representation import Representation, embedding
from vibench.potentials.so3 import RealSphericalHarmonics, degrees, real_coupling

_XYZ = [3, 1, 2]
"""Where x, y and z are among the components of l = 1."""


class SO3net(nn.Module):
    """Features x_s, s = (l, m), that are convolved with spherical harmonics of the neighbours."""

    def __init__(self, recipe: SO3netRecipe) -> None:
        super().__init__()
        self.components = (recipe.lmax + 1) ** 2
        self.embedding = embedding(recipe.features)
        self.radial = RadialFunctions(
            functions=recipe.radial_functions, cutoff_angstrom=recipe.cutoff_angstrom
        )
        self.harmonics = RealSphericalHarmonics(
            recipe.lmax, float32_constants=recipe.float32_constants
        )
        self.couplings = _couplings(recipe)
        self.interactions = nn.ModuleList(Interaction(recipe) for _ in range(recipe.interactions))

    def forward(self, geometry: Geometry) -> Representation:
        """Return scalar features and, from l = 1, vector features."""
        pairs = geometry.pairs()
        radial = self.radial(pairs.distances)
        harmonics = self.harmonics(pairs.directions())
        scalars = self.embedding(geometry.numbers)
        features = scalars.new_zeros((len(scalars), self.components, scalars.shape[1]))
        features = torch.cat([scalars[:, None], features[:, 1:]], dim=1)
        for interaction in self.interactions:
            features = features + interaction(
                pairs.index, features, radial, harmonics, self.couplings
            )
        vectors = features[:, _XYZ] if self.components > 1 else None
        return Representation(features[:, 0], vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Couplings:
    """Clebsch-Gordan coefficients of the two products."""

    convolution: Coupling
    """Of harmonics s1, whose filter is that of their l, with the features s2 of neighbours."""
    product: Coupling
    """Of the features s1 of an atom, in the place of filters, with its features s2."""


def _couplings(recipe: SO3netRecipe) -> Couplings:
    coefficients = real_coupling(recipe.lmax, float32=recipe.float32_constants)
    l = degrees(recipe.lmax).numpy()
    of_l = l[:, None] == np.arange(recipe.lmax + 1)
    convolution = coefficients[:, None] * of_l[:, :, None, None]
    return Couplings(
        convolution=Coupling(np.pad(convolution, [(1, 0), (0, 0), (0, 0), (0, 0)])),
        product=Coupling(coefficients[None]),
    )


class Interaction(nn.Module):
    """Convolution, product of an atom's features with each other, and gate, with mixing between."""

    def __init__(self, recipe: SO3netRecipe) -> None:
        super().__init__()
        features, orders = recipe.features, recipe.lmax + 1
        self.orders = orders
        self.register_buffer("degrees", degrees(recipe.lmax), persistent=False)
        self.degrees: Tensor
        self.filters = Dense(recipe.radial_functions, orders * features)
        self.mix_partner = nn.Linear(features, features, bias=False)
        self.mix_product = nn.Linear(features, features, bias=False)
        self.gates = nn.Linear(features, orders * features)
        self.mix_gated = nn.Linear(features, features, bias=False)

    def forward(
        self,
        index: PairIndex,
        features: Tensor,
        radial: RadialFeatures,
        harmonics: Tensor,
        couplings: Couplings,
    ) -> Tensor:
        """Return the (atoms, (lmax+1)², features) change of *features*.

        It is Σ_j Σ C[s1, s2, s3] W_l1(d_ij) Y_s1(u_ij) x_j,s2 at first, channel by channel.
        """
        (filters,) = radial.mixed(self.filters, layers=1, kinds=self.orders)
        change = neighbour_sum(index, filters, features, harmonics, coupling=couplings.convolution)
        partner = self.mix_partner(change)
        change = change + neighbour_sum(index.own, change, partner, coupling=couplings.product)
        change = self.mix_product(change)
        gates = self.gates(change[:, 0]).sigmoid().unflatten(1, (self.orders, -1))
        mixed: Tensor = self.mix_gated(change * gates[:, self.degrees])
        return mixed
