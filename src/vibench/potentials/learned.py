"""LearnedPotential: a trained network that takes and gives NumPy arrays."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_offsets, select
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.reading import understood
from vibench.core.weights import Weights
from vibench.potentials.geometry import Geometry, centroids, geometry_of
from vibench.potentials.neighbours import keeps_its_pairs
from vibench.potentials.network import build_network, predict, tabulated
from vibench.potentials.recipes import FieldSchNetRecipe, parse_architecture, predicted
from vibench.potentials.replay import Replay
from vibench.potentials.requirements import no_dipole
from vibench.potentials.training_statistics import TrainingStatistics
from vibench.tensors import to_array, to_tensor, torch_device, torch_dtype

_ATOMS_AT_ONCE: Final = 400
"""Largest number of atoms that are treated together on a CPU."""


class LearnedPotential:
    """A trained network as a `Potential`, with exact derivatives of what it predicts.

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
        recipe = parse_architecture(weights.architecture)
        self.capabilities = Capabilities(
            outputs=predicted(recipe),
            elements=frozenset(weights.reference_energies),
            charged=weights.charged,
            electric_field=isinstance(recipe, FieldSchNetRecipe),
        )
        known = TrainingStatistics(elements=tuple(sorted(weights.reference_energies)))
        with understood(f"model {name}", "arrays that fit its architecture"):
            self.network = build_network(recipe, seed=0, statistics=known)
            self.network.to(dtype=self.dtype, device=self.device)
            self._load(weights)
        self.network.requires_grad_(requires_grad=False)
        self._fast = tabulated(self.network) if self.dtype == torch.float32 else self.network
        self._last: _Repeated | None = None

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict energies in eV, forces in eV/Å and dipoles in e·Å, as far as the model can.

        In single precision, filters of SchNet and FieldSchNet are read from tables.
        """
        parts = self._predictions(molecules)
        found: dict[str, Any] = {
            name: np.concatenate([to_array(getattr(part, name)) for part in parts])
            for name in parts[0].available()
        }
        if "energy" in found:
            found["energy"] += reference_energy(molecules, self.weights)
        if "dipole" in found:
            found["dipole"] += molecules.charge[:, None] * centroids(molecules)
        return Properties(**found)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to the last molecules, so that a copy starts afresh."""
        return self.__dict__ | {"_last": None}

    def cutoff_angstrom(self) -> float:
        """Return the distance in Å beyond which atoms do not interact directly."""
        return parse_architecture(self.weights.architecture).cutoff_angstrom

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return Hessian (3 atoms, 3 atoms) in eV/Å² and ∂μ/∂R (3 atoms, 3) in e, one molecule.

        Raises
        ------
        InputError
            If there is more than one molecule, or the model predicts no energy.
        """
        geometry, found = self._with_graph(molecules)
        if found.forces is None:
            raise InputError(f"{self.name} predicts dipoles only, so it has no Hessian")
        hessian = _jacobian(-found.forces.reshape(-1), geometry.positions)
        dipole = np.full((len(hessian), 3), np.nan)
        if found.dipole is not None:
            dipole = _jacobian(found.dipole.reshape(-1), geometry.positions).T
        return 0.5 * (hessian + hessian.T), dipole

    def dipole_derivatives(self, molecules: Molecules[Array]) -> Array:
        """Return ∂μ/∂R (3 atoms, 3) in e of one molecule.

        Raises
        ------
        InputError
            If there is more than one molecule, or the model predicts no dipole.
        """
        geometry, found = self._with_graph(molecules)
        return _jacobian(self._dipole(found).reshape(-1), geometry.positions).T

    def dipole_flux(self, molecules: Molecules[Array], velocities: Array) -> Array:
        """Return (molecules, 3) Σ_i ∂μ/∂R_i · v_i in e·Å/fs for *velocities* (atoms, 3) in Å/fs.

        Raises
        ------
        InputError
            If the model predicts no dipole.
        """
        parts = []
        for geometry in self._parts(molecules):
            dipole = self._dipole(predict(self.network, geometry, training=True))
            parts.append(_gradients_per_molecule(dipole, geometry.positions))
        gradients = np.concatenate(parts, axis=1)
        rates = np.einsum("xai,ai->ax", gradients, velocities)
        flux: Array = np.add.reduceat(rates, atom_offsets(molecules)[:-1])
        return flux

    def polarizability(self, molecules: Molecules[Array]) -> Array:
        """Return (molecules, 3, 3) ∂μ/∂F in e·Å²/V, of models that feel an electric field.

        Raises
        ------
        InputError
            If the model does not feel an electric field.
        """
        if not self.capabilities.electric_field:
            raise InputError(
                f"{self.name} does not feel an electric field, so it has no polarizability; "
                "models of architecture 'field_schnet' have one"
            )
        parts = []
        for geometry in self._parts(molecules):
            dipole = self._dipole(predict(self.network, geometry, training=True))
            parts.append(_gradients_per_molecule(dipole, geometry.electric_field))
        return np.concatenate(parts, axis=1).transpose(1, 0, 2)

    def _load(self, weights: Weights) -> None:
        state = {key: torch.tensor(value) for key, value in weights.arrays.items()}
        try:
            self.network.load_state_dict(state)
        except RuntimeError as error:
            raise InputError(
                f"the weights of {self.name} do not fit their architecture "
                f"{weights.architecture.get('architecture')!r} (they may come from another version "
                f"of vibench; train or import the model again): {error}"
            ) from error

    def _with_graph(self, molecules: Molecules[Array]) -> tuple[Geometry, Properties[Tensor]]:
        """Evaluate one molecule so that it can be differentiated again.

        The dipole of the local positions moves with them by the charge, exactly as the true one
        does: the centroid drops out of its derivatives.
        """
        if len(molecules) != 1:
            raise InputError(f"derivatives take one molecule at a time, found {len(molecules)}")
        (geometry,) = self._parts(molecules)
        return geometry, predict(self.network, geometry, training=True)

    def _dipole(self, found: Properties[Tensor]) -> Tensor:
        if found.dipole is None:
            raise no_dipole(self.name)
        return found.dipole

    def _predictions(self, molecules: Molecules[Array]) -> list[Properties[Tensor]]:
        """Evaluate a batch; on a CPU, molecules that come again are recorded and then replayed."""
        before = self._last
        parts = self._parts(molecules)
        if self._last is None or self._last is not before or self.device.type != "cpu":
            return [predict(self._fast, part, training=False) for part in parts]
        if not self._last.replays:
            self._last.replays = [_recorded(self._fast, part) for part in parts]
        together: list[dict[str, Any]] = [
            replay(part.positions) for replay, part in zip(self._last.replays, parts, strict=True)
        ]
        return [Properties(**found) for found in together]

    def _parts(self, molecules: Molecules[Array]) -> list[Geometry]:
        """Return the geometry in parts whose intermediate results stay in a CPU's cache.

        For the same molecules at new positions only the atoms are moved, if they keep their pairs.
        """
        if self._last is not None and _same_molecules(self._last.molecules, molecules):
            local = molecules.positions - centroids(molecules)[molecules.molecule_index]
            positions = to_tensor(local, dtype=self.dtype, device=self.device)
            parts = self._last.parts
            pieces = positions.split([len(part.numbers) for part in parts])
            return [
                replace(part, positions=piece) for part, piece in zip(parts, pieces, strict=True)
            ]
        self._check(molecules)
        at_once = _ATOMS_AT_ONCE if self.device.type == "cpu" else molecules.n_atoms
        architecture = parse_architecture(self.weights.architecture)
        up_to = architecture.all_pairs_up_to
        parts = [
            geometry_of(
                select(molecules, index),
                cutoff_angstrom=architecture.cutoff_angstrom,
                all_pairs_up_to=up_to,
                dtype=self.dtype,
                device=self.device,
            )
            for index in _blocks(molecules, at_once)
        ]
        static = keeps_its_pairs(molecules, all_pairs_up_to=up_to)
        self._last = _Repeated(molecules, parts) if static else None
        return parts

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
        if molecules.electric_field is None:
            return
        if not self.capabilities.electric_field:
            raise InputError(
                f"{self.name} does not feel an electric field; models of architecture "
                "'field_schnet' do"
            )
        if np.any(molecules.charge != 0):
            raise InputError(f"{self.name} treats neutral molecules only in an electric field")


@dataclass(slots=True)
class _Repeated:
    """Molecules that may come again at other positions."""

    molecules: Molecules[Array]
    parts: list[Geometry]
    replays: list[Replay] = field(default_factory=list)
    """One of each part, once the molecules have come again."""


def reference_energy(molecules: Molecules[Array], weights: Weights) -> Array:
    """Return (molecules,) sums of reference energies in eV."""
    table = np.zeros(max(weights.reference_energies) + 1)
    for number, energy in weights.reference_energies.items():
        table[number] = energy
    return np.bincount(molecules.molecule_index, table[molecules.numbers], minlength=len(molecules))


def _blocks(molecules: Molecules[Array], atoms: int) -> list[Array]:
    """Divide molecules into equal blocks of about *atoms* atoms at most, one molecule at least."""
    blocks = -(-molecules.n_atoms // atoms)
    block = atom_offsets(molecules)[:-1] * blocks // molecules.n_atoms
    return np.split(np.arange(len(molecules)), np.flatnonzero(np.diff(block)) + 1)


def _same_molecules(one: Molecules[Array], other: Molecules[Array]) -> bool:
    return (
        _same(one.numbers, other.numbers)
        and _same(one.molecule_index, other.molecule_index)
        and _same(one.charge, other.charge)
        and _same(one.electric_field, other.electric_field)
    )


def _same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other)


def _recorded(network: nn.Module, geometry: Geometry) -> Replay:
    def evaluate(positions: Tensor) -> dict[str, Tensor]:
        found = predict(network, replace(geometry, positions=positions), training=False)
        return {name: getattr(found, name) for name in found.available()}

    return Replay(evaluate, geometry.positions)


def _first_with(molecules: Molecules[Array], number: int) -> int:
    return int(molecules.molecule_index[np.argmax(molecules.numbers == number)])


def _jacobian(values: Tensor, positions: Tensor) -> Array:
    """Return (values, positions) first derivatives."""
    rows = [
        torch.autograd.grad(value, positions, retain_graph=True)[0].reshape(-1) for value in values
    ]
    return to_array(torch.stack(rows))


def _gradients_per_molecule(vectors: Tensor, variable: Tensor) -> Array:
    """Return (3, …) gradients of the components of (molecules, 3) vectors.

    A molecule's vector depends on its own part of the variable only.
    """
    columns = [vectors[:, axis].sum() for axis in range(3)]
    rows = [torch.autograd.grad(column, variable, retain_graph=True)[0] for column in columns]
    return to_array(torch.stack(rows))
