"""Structures of a data set that are the same molecule, as arrays of equal shape."""

from dataclasses import dataclass

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import Array, atom_offsets, atom_selection


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """All structures of one molecule: same name, same atoms in the same order, same charge."""

    name: str
    """Name of the molecule."""
    numbers: Array
    """(atoms,) atomic numbers."""
    index: Array
    """(structures,) positions in the data set."""
    positions: Array
    """(structures, atoms, 3) positions in Å, centroid at the origin."""
    energy: Array | None
    """(structures,) energies in eV."""
    forces: Array | None
    """(structures, atoms, 3) forces in eV/Å."""

    def __len__(self) -> int:
        return len(self.index)


def group_molecules(dataset: Dataset) -> list[Group]:
    """Return the groups of a data set, in order of their first structure."""
    molecules, properties = dataset.molecules, dataset.properties
    offsets = atom_offsets(molecules)
    members: dict[tuple[str, bytes, float], list[int]] = {}
    for i, name in enumerate(molecules.names):
        numbers = molecules.numbers[offsets[i] : offsets[i + 1]].tobytes()
        members.setdefault((name, numbers, float(molecules.charge[i])), []).append(i)
    groups = []
    for (name, _, _), rows in members.items():
        index = np.array(rows)
        atoms = atom_selection(molecules, index)
        shape = (len(index), -1, 3)
        positions = molecules.positions[atoms].reshape(shape)
        groups.append(
            Group(
                name=name,
                numbers=molecules.numbers[atoms[: positions.shape[1]]],
                index=index,
                positions=positions - positions.mean(axis=1, keepdims=True),
                energy=None if properties.energy is None else properties.energy[index],
                forces=(
                    None if properties.forces is None else properties.forces[atoms].reshape(shape)
                ),
            )
        )
    return groups


def pair_distances(positions: Array) -> Array:
    """Return (structures, pairs) distances in Å of all atom pairs i < j, row by row.

    Parameters
    ----------
    positions : (structures, atoms, 3) in Å
    """
    first, second = np.triu_indices(positions.shape[1], 1)
    return np.asarray(np.linalg.norm(positions[:, first] - positions[:, second], axis=2))


def rotations_onto(targets: Array, positions: Array) -> Array:
    """Return (structures, 3, 3) proper rotations M; ``positions @ M`` lies best on *targets*.

    Both are (structures, atoms, 3) and centred.

    References
    ----------
    W. Kabsch, Acta Cryst. A 34, 827 (1978), doi:10.1107/S0567739478001680.
    """
    covariance = np.einsum("nai,naj->nij", positions, targets)
    left, _, right = np.linalg.svd(covariance)
    left[:, :, 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    return np.asarray(left @ right)
