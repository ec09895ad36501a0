"""Geometry: what an architecture sees of a batch of molecules, as tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vibench.core.molecules import Array, Molecules, atom_counts
from vibench.potentials.neighbours import ALL_PAIRS_UP_TO, neighbour_pairs
from vibench.potentials.pair_index import PairIndex, pair_index
from vibench.tensors import to_tensor


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Where the neighbours of atoms are, seen from the atoms."""

    index: PairIndex
    """Which atoms see each other."""
    vectors: Tensor
    """(rows, 3) vectors in Å from the first atom to the second, one for both directions."""
    distances: Tensor
    """(rows,) their lengths in Å."""

    def directions(self) -> Tensor:
        """Return (pairs, 3) unit vectors from centre to neighbour."""
        forward = self.vectors / self.distances[:, None]
        return torch.cat([forward, -forward]).index_select(0, self.index.either)


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """A batch of molecules and its pairs, on one device in one precision."""

    numbers: Tensor
    """(atoms,) atomic numbers."""
    positions: Tensor
    """(atoms, 3) positions in Å, about each molecule's centroid."""
    molecule_index: Tensor
    """(atoms,) molecule of each atom."""
    index: PairIndex
    """Which atoms see each other."""
    charge: Tensor
    """(molecules,) total charge in e."""
    electric_field: Tensor
    """(molecules, 3) uniform external field in V/Å."""

    @property
    def n_molecules(self) -> int:
        """Number of molecules in the batch."""
        return len(self.charge)

    def pairs(self) -> Pairs:
        """Return the pairs of the batch at the present positions."""
        index = self.index
        one, other = (self.positions.index_select(0, atoms) for atoms in (index.one, index.other))
        vectors = other - one
        distances = torch.linalg.vector_norm(vectors, dim=1)
        return Pairs(index, vectors, distances)

    def sum_over_atoms(self, values: Tensor) -> Tensor:
        """Sum (atoms, ...) values into (molecules, ...)."""
        total = values.new_zeros((self.n_molecules, *values.shape[1:]))
        return total.index_add(0, self.molecule_index, values)


def centroids(molecules: Molecules[Array]) -> Array:
    """Return (molecules, 3) geometric centres in Å."""
    counts = atom_counts(molecules)
    starts = np.cumsum(counts) - counts
    return np.add.reduceat(molecules.positions, starts, axis=0) / counts[:, None]


def electric_field(
    molecules: Molecules[Array], *, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return (molecules, 3) the external field in V/Å, zero where there is none."""
    field = molecules.electric_field
    values = np.zeros((len(molecules), 3)) if field is None else field
    return to_tensor(values, dtype=dtype, device=device)


def geometry_of(
    molecules: Molecules[Array],
    *,
    cutoff_angstrom: float,
    all_pairs_up_to: int = ALL_PAIRS_UP_TO,
    dtype: torch.dtype,
    device: torch.device,
) -> Geometry:
    """Build the geometry of *molecules* for a network with this cutoff in Å.

    Positions are taken about each molecule's centroid in float64 first, so that single precision
    is not lost on molecules far from the origin.
    """
    centre, neighbour = neighbour_pairs(
        molecules, cutoff_angstrom=cutoff_angstrom, all_pairs_up_to=all_pairs_up_to
    )
    local = molecules.positions - centroids(molecules)[molecules.molecule_index]
    return Geometry(
        numbers=to_tensor(molecules.numbers, device=device),
        positions=to_tensor(local, dtype=dtype, device=device),
        molecule_index=to_tensor(molecules.molecule_index, device=device),
        index=pair_index(centre, neighbour, atoms=molecules.n_atoms, device=device),
        charge=to_tensor(molecules.charge, dtype=dtype, device=device),
        electric_field=electric_field(molecules, dtype=dtype, device=device),
    )
