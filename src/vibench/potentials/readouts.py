"""Readouts: from atomic features to energies and dipoles."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from vibench.potentials.geometry import Geometry
from vibench.potentials.layers import Dense, pyramid, two_layers
from vibench.potentials.representation import Representation

_TINY = 1e-30  # keeps the gradient of a vector's norm finite where the vector vanishes


class EnergyReadout(nn.Module):
    """Energy as a sum of atomic terms from scalar features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.network = pyramid(features, 1, activation=silu)

    def forward(self, geometry: Geometry, representation: Representation) -> Tensor:
        """Return (molecules,) energies."""
        return geometry.sum_over_atoms(self.network(representation.scalars).squeeze(-1))


class GatedEquivariantBlock(nn.Module):
    """Mix scalar and vector features without breaking rotational symmetry.

    References
    ----------
    K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021 (PaiNN), figure 3.
    """

    def __init__(self, inputs: int, outputs: int, *, activate_scalars: bool) -> None:
        super().__init__()
        self.outputs = outputs
        self.activate_scalars = activate_scalars
        self.mix_vectors = Dense(inputs, 2 * outputs, bias=False)
        self.scalar_network = two_layers(inputs + outputs, inputs, 2 * outputs, silu)

    def forward(self, scalars: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Map (atoms, inputs), (atoms, 3, inputs) to the same with *outputs* features."""
        normed, gated = self.mix_vectors(vectors).split(self.outputs, dim=-1)
        norm = torch.sqrt((normed * normed).sum(dim=1) + _TINY)
        context = self.scalar_network(torch.cat([scalars, norm], dim=-1))
        scalars, gate = context.split(self.outputs, dim=-1)
        if self.activate_scalars:
            scalars = silu(scalars)
        return scalars, gate[:, None, :] * gated


class ChargeReadout(nn.Module):
    """Dipole from atomic charges: μ = Σ_i q_i R_i, for representations of scalars alone."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.network = pyramid(features, 1, activation=silu)

    def forward(self, geometry: Geometry, representation: Representation) -> Tensor:
        """Return (molecules, 3) dipoles."""
        charges = neutralise(geometry, self.network(representation.scalars).squeeze(-1))
        return geometry.sum_over_atoms(charges[:, None] * geometry.positions)


class DipoleReadout(nn.Module):
    """Dipole from atomic charges and atomic dipoles: μ = Σ_i (q_i R_i + d_i).

    Charges are shifted by one constant per molecule so that they add up to its total charge.
    Positions are those of the geometry, about each molecule's centroid.

    References
    ----------
    K. T. Schütt, O. T. Unke, M. Gastegger, ICML 2021 (PaiNN), section on tensorial properties.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        hidden = features // 2
        self.first = GatedEquivariantBlock(features, hidden, activate_scalars=True)
        self.second = GatedEquivariantBlock(hidden, 1, activate_scalars=False)

    def forward(self, geometry: Geometry, representation: Representation) -> Tensor:
        """Return (molecules, 3) dipoles."""
        hidden = self.first(representation.scalars, representation.vectors)
        charges, dipoles = self.second(*hidden)
        charges = neutralise(geometry, charges.squeeze(-1))
        atomic = charges[:, None] * geometry.positions + dipoles.squeeze(-1)
        return geometry.sum_over_atoms(atomic)


def neutralise(geometry: Geometry, charges: Tensor) -> Tensor:
    """Shift (atoms,) charges evenly so that each molecule has its total charge."""
    excess = geometry.sum_over_atoms(charges) - geometry.charge
    atoms = geometry.sum_over_atoms(torch.ones_like(charges))
    return charges - (excess / atoms)[geometry.molecule_index]
