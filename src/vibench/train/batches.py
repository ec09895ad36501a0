"""Batches: labelled structures on a device, gathered by index."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vibench.core.dataset import Dataset
from vibench.core.molecules import Array, atom_counts
from vibench.core.properties import Properties
from vibench.core.weights import Weights
from vibench.potentials.geometry import Geometry, centroids, electric_field
from vibench.potentials.learned import reference_energy
from vibench.potentials.neighbours import neighbour_pairs
from vibench.potentials.pair_index import pair_index
from vibench.tensors import to_tensor


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some structures with the labels a network is to reproduce."""

    geometry: Geometry
    labels: Properties[Tensor]


class TrainingData:
    """All structures and labels as tensors.

    Labels are what the raw network predicts: energies without the reference energies, dipoles
    about the centroid.
    """

    def __init__(
        self,
        dataset: Dataset,
        weights: Weights,
        *,
        cutoff_angstrom: float,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        molecules, labels = dataset.molecules, dataset.properties
        centre = centroids(molecules)
        self.device = device
        self.counts = atom_counts(molecules)
        self.starts = np.cumsum(self.counts) - self.counts
        self.centre, self.neighbour = neighbour_pairs(molecules, cutoff_angstrom=cutoff_angstrom)
        self.first_pair = np.searchsorted(self.centre, np.append(self.starts, molecules.n_atoms))

        def tensor(array: Array | None) -> Tensor | None:
            return None if array is None else to_tensor(array, dtype=dtype, device=device)

        self.numbers = to_tensor(molecules.numbers, device=device)
        self.positions = to_tensor(
            molecules.positions - centre[molecules.molecule_index], dtype=dtype, device=device
        )
        self.charge = to_tensor(molecules.charge, dtype=dtype, device=device)
        self.electric_field = electric_field(molecules, dtype=dtype, device=device)
        self.energy = tensor(
            None if labels.energy is None else labels.energy - reference_energy(molecules, weights)
        )
        self.forces = tensor(labels.forces)
        self.dipole = tensor(
            None if labels.dipole is None else labels.dipole - molecules.charge[:, None] * centre
        )

    def __len__(self) -> int:
        return len(self.counts)

    def batch(self, index: Array) -> Batch:
        """Gather the structures at *index*."""
        counts = self.counts[index]
        ends = np.cumsum(counts)
        moved = ends - counts - self.starts[index]
        atoms = np.arange(ends[-1]) - np.repeat(moved, counts)
        pairs, shift = self._pairs(index, moved)
        centre, neighbour = self.centre[pairs] + shift, self.neighbour[pairs] + shift
        molecule_index = np.repeat(np.arange(len(index)), counts)
        rows, molecules = self._index(atoms), self._index(index)
        geometry = Geometry(
            numbers=self.numbers[rows],
            positions=self.positions[rows],
            molecule_index=self._index(molecule_index),
            index=pair_index(centre, neighbour, atoms=len(atoms), device=self.device),
            charge=self.charge[molecules],
            electric_field=self.electric_field[molecules],
        )
        labels = Properties(
            energy=None if self.energy is None else self.energy[molecules],
            forces=None if self.forces is None else self.forces[rows],
            dipole=None if self.dipole is None else self.dipole[molecules],
        )
        return Batch(geometry, labels)

    def batches(self, order: Array, size: int) -> Iterator[Batch]:
        """Yield batches of *size* structures in the given order; the last may be smaller."""
        for start in range(0, len(order), size):
            yield self.batch(order[start : start + size])

    def _pairs(self, index: Array, moved: Array) -> tuple[Array, Array]:
        """Return the pairs of the structures at *index*, and by how much their atoms are moved."""
        first = self.first_pair[index]
        counts = self.first_pair[index + 1] - first
        ends = np.cumsum(counts)
        pairs = np.arange(ends[-1]) + np.repeat(first - ends + counts, counts)
        return pairs, np.repeat(moved, counts)

    def _index(self, index: Array) -> Tensor:
        return torch.as_tensor(index, device=self.device)
