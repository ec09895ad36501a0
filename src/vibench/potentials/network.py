"""Networks: build one from its recipe, and derive forces and dipoles from its energy."""

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.potentials.field_schnet import FieldSchNet
from vibench.potentials.filter_table import FilterTable
from vibench.potentials.geometry import Geometry
from vibench.potentials.mace import MACE, MACEDipole
from vibench.potentials.painn import PaiNN
from vibench.potentials.readouts import ChargeReadout, DipoleReadout, EnergyReadout
from vibench.potentials.recipes import (
    AnyArchitecture,
    FieldSchNetRecipe,
    MACEDipoleRecipe,
    MACERecipe,
    PaiNNRecipe,
    SchNetRecipe,
    SO3netRecipe,
)
from vibench.potentials.schnet import SchNet
from vibench.potentials.so3net import SO3net
from vibench.potentials.training_statistics import TrainingStatistics


class AtomisticNetwork(nn.Module):
    """A representation with readouts on it: SchNet, SO3net and PaiNN."""

    def __init__(self, recipe: SchNetRecipe | SO3netRecipe | PaiNNRecipe) -> None:
        super().__init__()
        self.representation = _representation(recipe)
        if "energy" in recipe.outputs:
            self.energy = EnergyReadout(recipe.features)
        if "dipole" in recipe.outputs:
            scalar = isinstance(recipe, SchNetRecipe)
            self.dipole = (ChargeReadout if scalar else DipoleReadout)(recipe.features)
        self.outputs = recipe.outputs

    def forward(self, geometry: Geometry) -> Properties[Tensor]:
        """Return (molecules,) energies and (molecules, 3) dipoles, as far as they are read out."""
        representation = self.representation(geometry)
        found = {name: getattr(self, name)(geometry, representation) for name in self.outputs}
        return Properties(**found)


def _representation(recipe: SchNetRecipe | SO3netRecipe | PaiNNRecipe) -> nn.Module:
    match recipe:
        case SchNetRecipe():
            return SchNet(recipe)
        case SO3netRecipe():
            return SO3net(recipe)
        case PaiNNRecipe():
            return PaiNN(recipe)


def build_network(
    recipe: AnyArchitecture, *, seed: int, statistics: TrainingStatistics | None = None
) -> nn.Module:
    """Build the untrained network that *recipe* describes.

    Parameters
    ----------
    recipe
        Architecture and size.
    seed
        Seed of the initial weights.
    statistics
        What the network must know of its training data; for a network whose weights will be
        replaced they do not matter.
    """
    known = TrainingStatistics() if statistics is None else statistics
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        match recipe:
            case FieldSchNetRecipe():
                return FieldSchNet(recipe)
            case MACERecipe():
                return MACE(recipe, known)
            case MACEDipoleRecipe():
                return MACEDipole(recipe, known)
            case _:
                return AtomisticNetwork(recipe)


def tabulated(network: nn.Module) -> nn.Module:
    """Return a copy of a network that reads filters with hidden layers from tables.

    It is for energies and first derivatives; see `FilterTable`. Other networks are returned as
    they are.
    """
    body = getattr(network, "representation", network)
    if not isinstance(body, SchNet | FieldSchNet):
        return network
    like, exact = next(body.parameters()), copy.deepcopy(body).double()
    table = FilterTable(
        exact.filters, cutoff_angstrom=body.radial.cutoff.cutoff_angstrom, like=like
    )
    fast = copy.deepcopy(network)
    getattr(fast, "representation", fast).table = table
    return fast


def predict(network: nn.Module, geometry: Geometry, *, training: bool) -> Properties[Tensor]:
    """Evaluate a batch: what the network reads out, and the derivatives of its energy.

    Forces are -∂E/∂R; for networks that feel an electric field F the dipole is -∂E/∂F. With
    *training*, the result can be differentiated again with respect to parameters, positions and
    field.
    """
    positions = geometry.positions.requires_grad_()
    feels_field = isinstance(network, FieldSchNet)
    if feels_field:
        geometry.electric_field.requires_grad_()
    found: Properties[Tensor] = network(geometry)
    if found.energy is not None:
        variables = [positions, geometry.electric_field] if feels_field else [positions]
        gradients = torch.autograd.grad(found.energy.sum(), variables, create_graph=training)
        dipole = -gradients[1] if feels_field else found.dipole
        found = replace(found, forces=-gradients[0], dipole=dipole)
    return found if training else _detached(found)


def _detached(found: Properties[Tensor]) -> Properties[Tensor]:
    return Properties(**{name: getattr(found, name).detach() for name in found.available()})
