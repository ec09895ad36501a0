"""LearnedPotential: a trained network that takes and gives NumPy arrays."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_offsets
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.weights import Weights
from vibench.potentials.geometry import Geometry, centroids, geometry_of
from vibench.potentials.network import build_network, predict
from vibench.potentials.recipes import parse_architecture
from vibench.tensors import to_array, to_tensor, torch_device, torch_dtype


class LearnedPotential:
    """A trained network as a `Potential`, with exact second derivatives.

    Parameters
    ----------
    weights
        The trained model.
    name
        Name in tables and figures.
    dtype
        ``"float32"`` for dynamics, ``"float64"`` for Hessians and comparisons between codes.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or a device with its number.
    """

    def __init__(
        self, weights: Weights, *, name: str, dtype: str = "float32", device: str = "auto"
    ) -> None:
        self.name = name
        self.weights = weights
        self.dtype = torch_dtype(dtype)
        self.device = torch_device(device)
        self.capabilities = Capabilities(
            outputs=frozenset({"energy", "forces", "dipole"}),
            elements=frozenset(weights.reference_energies),
            charged=weights.charged,
        )
        self.network = build_network(parse_architecture(weights.architecture), seed=0)
        self.network.to(dtype=self.dtype, device=self.device)
        state = {key: torch.tensor(value) for key, value in weights.arrays.items()}
        self.network.load_state_dict(state)
        self.network.requires_grad_(requires_grad=False)
        self._last: tuple[Molecules[Array], Geometry] | None = None

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict energies in eV, forces in eV/Å and dipoles in e·Å."""
        geometry = self._geometry(molecules)
        raw = predict(self.network, geometry, training=False)
        offset = reference_energy(molecules, self.weights)
        moved = molecules.charge[:, None] * centroids(molecules)
        return Properties(
            energy=_array(raw.energy) + offset,
            forces=_array(raw.forces),
            dipole=_array(raw.dipole) + moved,
        )

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return Hessian (3 atoms, 3 atoms) in eV/Å² and ∂μ/∂R (3 atoms, 3) in e, one molecule."""
        if len(molecules) != 1:
            raise InputError(f"derivatives take one molecule at a time, found {len(molecules)}")
        geometry = self._geometry(molecules)
        positions = geometry.positions.requires_grad_()
        energy, dipole = self.network(geometry)
        (gradient,) = torch.autograd.grad(energy.sum(), positions, create_graph=True)
        # The dipole of the local positions moves with them by the charge, exactly as the true one
        # does: the centroid drops out of both derivatives.
        hessian = _jacobian(gradient.reshape(-1), positions)
        dipole_derivatives = _jacobian(dipole.reshape(-1), positions).T
        return 0.5 * (hessian + hessian.T), dipole_derivatives

    def dipole_flux(self, molecules: Molecules[Array], velocities: Array) -> Array:
        """Return (molecules, 3) Σ_i ∂μ/∂R_i · v_i in e·Å/fs for *velocities* (atoms, 3) in Å/fs."""
        geometry = self._geometry(molecules)
        positions = geometry.positions.requires_grad_()
        _, dipole = self.network(geometry)
        components = [
            torch.autograd.grad(dipole[:, axis].sum(), positions, retain_graph=axis < 2)[0]
            for axis in range(3)
        ]
        # As for Hessians, the centroid drops out: local positions move the dipole as true ones do.
        gradients = to_array(torch.stack(components))
        rates = np.einsum("xai,ai->ax", gradients, velocities)
        flux: Array = np.add.reduceat(rates, atom_offsets(molecules)[:-1])
        return flux

    def _geometry(self, molecules: Molecules[Array]) -> Geometry:
        """Build the geometry; for the same molecules at new positions, only move the atoms."""
        if self._last is not None and _same_molecules(self._last[0], molecules):
            local = molecules.positions - centroids(molecules)[molecules.molecule_index]
            positions = to_tensor(local, dtype=self.dtype, device=self.device)
            return replace(self._last[1], positions=positions)
        self._check(molecules)
        geometry = geometry_of(molecules, dtype=self.dtype, device=self.device)
        self._last = (molecules, geometry)
        return geometry

    def _check(self, molecules: Molecules[Array]) -> None:
        known = self.weights.reference_energies
        unknown = sorted({int(z) for z in molecules.numbers} - set(known))
        if unknown:
            raise InputError(
                f"{self.name} was not trained on atomic number {unknown[0]}, "
                f"found in {molecules.names[_first_with(molecules, unknown[0])]!r}; "
                f"it knows {sorted(known)}. Train on data with it, or take another potential."
            )
        if not self.weights.charged and np.any(molecules.charge != 0):
            raise InputError(
                f"{self.name} was trained on neutral molecules only and cannot predict ions"
            )


def reference_energy(molecules: Molecules[Array], weights: Weights) -> Array:
    """Return (molecules,) sums of reference energies in eV."""
    table = np.zeros(max(weights.reference_energies) + 1)
    for number, energy in weights.reference_energies.items():
        table[number] = energy
    return np.bincount(molecules.molecule_index, table[molecules.numbers], minlength=len(molecules))


def _same_molecules(one: Molecules[Array], other: Molecules[Array]) -> bool:
    return (
        one.numbers is other.numbers
        and one.molecule_index is other.molecule_index
        and one.charge is other.charge
    )


def _first_with(molecules: Molecules[Array], number: int) -> int:
    return int(molecules.molecule_index[np.argmax(molecules.numbers == number)])


def _jacobian(values: Tensor, positions: Tensor) -> Array:
    """Return (values, positions) first derivatives."""
    rows = [
        torch.autograd.grad(value, positions, retain_graph=True)[0].reshape(-1) for value in values
    ]
    return to_array(torch.stack(rows))


def _array(tensor: Tensor | None) -> Array:
    if tensor is None:
        raise InputError("the network did not predict an expected property")
    return to_array(tensor)
