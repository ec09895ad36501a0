"""MACE: message passing in which symmetric products couple several neighbours at once.

References
----------
I. Batatia, D. P. Kovács, G. N. C. Simm, C. Ortner, G. Csányi, NeurIPS 2022 (arXiv:2206.07697).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.geometry import Geometry
from vibench.potentials.mace_layers import (
    AtomsByElement,
    Features,
    LinearByDegree,
    LinearByElement,
    Messages,
    Neighbours,
    NeighbourTable,
    Products,
    scaled_silu,
)
from vibench.potentials.mace_plan import plan
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.training_statistics import TrainingStatistics


class _Layers(nn.Module):
    """Layers of messages and products with a readout after each.

    Parameters
    ----------
    recipe
        Size of the network.
    statistics
        What the network must know of its training data.
    """

    def __init__(
        self, recipe: MACERecipe | MACEDipoleRecipe, statistics: TrainingStatistics
    ) -> None:
        super().__init__()
        planned = plan(recipe)
        elements = statistics.elements
        self.embedding = nn.Parameter(torch.randn(len(elements), recipe.features))
        mean_neighbours = torch.tensor(statistics.mean_neighbours, dtype=torch.float64)
        self.register_buffer("mean_neighbours", mean_neighbours)
        self.mean_neighbours: Tensor
        self.register_buffer("element_of_number", _element_table(elements), persistent=False)
        self.element_of_number: Tensor
        self.neighbours = NeighbourTable(
            lmax=recipe.edge_lmax,
            functions=recipe.radial_functions,
            cutoff_angstrom=recipe.cutoff_angstrom,
            cutoff_power=recipe.cutoff_power,
        )
        self.layers = nn.ModuleList(
            _Layer(
                recipe,
                inputs=planned.inputs(layer),
                outputs=outputs,
                elements=len(elements),
                residual=planned.is_residual(layer),
            )
            for layer, outputs in enumerate(planned.degrees)
        )
        self.readouts = nn.ModuleList(
            LinearReadout(planned.outputs, channels=recipe.features)
            for _ in range(len(planned.degrees) - planned.gated)
        )
        if planned.gated:
            gated = GatedReadout(
                planned.outputs, channels=recipe.features, hidden=recipe.readout_features
            )
            self.readouts.append(gated)

    def read_out(self, geometry: Geometry) -> Features:
        """Return (molecules, 2l+1) sums over atoms and layers of what is read out, by degree l."""
        elements = AtomsByElement(self.element_of_number[geometry.numbers], len(self.embedding))
        embedded = self.embedding / math.sqrt(len(self.embedding))
        features: Features = {0: embedded[elements.index][:, None]}
        neighbours = self.neighbours(geometry, self.mean_neighbours)
        total: Features = {}
        for layer, readout in zip(self.layers, self.readouts, strict=True):
            features = layer(features, neighbours, elements)
            for l, values in readout(features).items():
                total[l] = total[l] + values if l in total else values
        return {l: geometry.sum_over_atoms(values) for l, values in total.items()}


class MACE(_Layers):
    """Energies, and dipoles where the recipe asks for them.

    Atomic energies and dipoles are sums over layers: linear in the features of all layers but the
    last, a small network of those of the last. Energies are multiplied by ``energy_scale``.
    """

    def __init__(self, recipe: MACERecipe, statistics: TrainingStatistics) -> None:
        super().__init__(recipe, statistics)
        scale = statistics.force_rms if recipe.scaling == "rms forces" else 1.0
        self.register_buffer("energy_scale", torch.tensor(scale, dtype=torch.float64))
        self.energy_scale: Tensor

    def forward(self, geometry: Geometry) -> Properties[Tensor]:
        """Return (molecules,) energies in eV and, if wanted, (molecules, 3) dipoles in e·Å."""
        found = self.read_out(geometry)
        return Properties(energy=found[0].squeeze(-1) * self.energy_scale, dipole=found.get(1))


class MACEDipole(_Layers):
    """Dipoles alone.

    The last layer of mace-torch's AtomicDipolesMACE makes vectors only, while the network that
    reads them out multiplies every vector by a gate made of scalars: there are none, so that the
    gates, and all that the last layer contributes, are exactly zero. With ``last_layer =
    "faithful"`` that layer is therefore left out, and of the layer before it only the vectors are
    made, which are all that is read out. With ``"fixed"`` the last layer makes scalars too.
    """

    def __init__(self, recipe: MACEDipoleRecipe, statistics: TrainingStatistics) -> None:
        super().__init__(recipe, statistics)

    def forward(self, geometry: Geometry) -> Properties[Tensor]:
        """Return (molecules, 3) dipoles in e·Å."""
        return Properties(dipole=self.read_out(geometry)[1])


class _Layer(nn.Module):
    """Messages from the neighbours, their symmetric products, and what is kept from before."""

    def __init__(
        self,
        recipe: MACERecipe | MACEDipoleRecipe,
        *,
        inputs: Sequence[int],
        outputs: Sequence[int],
        elements: int,
        residual: bool,
    ) -> None:
        super().__init__()
        channels = recipe.features
        self.messages = Messages(
            lmax=max(inputs),
            edge_lmax=recipe.edge_lmax,
            channels=channels,
            radial_sizes=[recipe.radial_functions, *recipe.radial_layers],
        )
        self.residual = residual
        mixed = [l for l in inputs if l in outputs] if residual else range(recipe.edge_lmax + 1)
        self.by_element = LinearByElement(mixed, elements=elements, channels=channels)
        self.products = Products(
            outputs,
            edge_lmax=recipe.edge_lmax,
            correlation=recipe.correlation,
            elements=elements,
            channels=channels,
        )
        self.update = LinearByDegree(outputs, channels)

    def forward(
        self, features: Features, neighbours: Neighbours, elements: AtomsByElement
    ) -> Features:
        """Return the new features of all atoms."""
        messages = elements.split(self.messages(features, neighbours))
        before = elements.split(features)
        products, kept = [], []
        for element, message, old in zip(elements.present, messages, before, strict=True):
            if self.residual:
                kept.append(self.by_element(old, element))
                products.append(self.products(message, element))
            else:
                products.append(self.products(self.by_element(message, element), element))
        updated: Features = self.update(elements.join(products))
        if self.residual:
            for l, values in elements.join(kept).items():
                updated[l] = updated[l] + values
        return updated


class LinearReadout(nn.Module):
    """One number per component: Σ_u w_l,u x_l,u / √channels."""

    def __init__(self, outputs: Sequence[int], *, channels: int) -> None:
        super().__init__()
        self.outputs = tuple(outputs)
        self.weight = nn.Parameter(torch.randn(len(self.outputs), channels))

    def forward(self, features: Features) -> Features:
        """Return (atoms, 2l+1) values for each degree l that is read out."""
        weight = self.weight / math.sqrt(self.weight.shape[1])
        return {l: features[l] @ row for l, row in zip(self.outputs, weight, strict=True)}


class GatedReadout(nn.Module):
    """Network with one hidden layer whose vectors are multiplied by gates made of scalars."""

    def __init__(self, outputs: Sequence[int], *, channels: int, hidden: int) -> None:
        super().__init__()
        self.outputs = tuple(outputs)
        self.scalars = nn.Parameter(torch.randn(channels, len(self.outputs) * hidden))
        """Columns of hidden scalars if scalars are read out, then of gates if vectors are."""
        if 1 in self.outputs:
            self.vectors = nn.Parameter(torch.randn(channels, hidden))
        self.weight = nn.Parameter(torch.randn(len(self.outputs), hidden))

    def forward(self, features: Features) -> Features:
        """Return (atoms, 2l+1) values for each degree l that is read out."""
        channels, hidden = len(self.scalars), self.weight.shape[1]
        scalars = scaled_silu(features[0] @ (self.scalars / math.sqrt(channels)))
        parts = dict(zip(self.outputs, scalars.split(hidden, dim=-1), strict=True))
        if 1 in parts:
            parts[1] = parts[1] * (features[1] @ (self.vectors / math.sqrt(channels)))
        weight = self.weight / math.sqrt(hidden)
        return {l: parts[l] @ row for l, row in zip(self.outputs, weight, strict=True)}


def _element_table(elements: Sequence[int]) -> Tensor:
    """Return the index of each atomic number among *elements*; too large for all others."""
    table = torch.full((max(elements) + 1,), len(elements))
    table[list(elements)] = torch.arange(len(elements))
    return table
