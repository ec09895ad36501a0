"""Networks: build one from its recipe and turn its energy into forces."""

import torch
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.geometry import Geometry
from vibench.potentials.painn import PaiNN
from vibench.potentials.recipes import ArchitectureRecipe


def build_network(recipe: ArchitectureRecipe, *, seed: int) -> nn.Module:
    """Build the untrained network that *recipe* describes, its weights drawn from *seed*."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return PaiNN(recipe)


def predict(network: nn.Module, geometry: Geometry, *, training: bool) -> Properties[Tensor]:
    """Evaluate energies, forces -∂E/∂R and dipoles of a batch.

    With *training*, the result can be differentiated again with respect to the parameters.
    """
    positions = geometry.positions
    positions.requires_grad_()
    energy, dipole = network(geometry)
    (gradient,) = torch.autograd.grad(energy.sum(), positions, create_graph=training)
    if not training:
        energy, dipole = energy.detach(), dipole.detach()
    return Properties(energy=energy, forces=-gradient, dipole=dipole)
