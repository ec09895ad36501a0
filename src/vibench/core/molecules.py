"""Molecules: a ragged batch of isolated molecules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vibench.core.errors import InputError

type Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Molecules[A]:
    """A ragged batch of molecules; ``A`` is a NumPy array or a torch tensor.

    Atoms of one molecule are contiguous and molecules follow each other in order.
    """

    numbers: A
    """(atoms,) atomic numbers."""
    positions: A
    """(atoms, 3) Cartesian positions in Å."""
    masses: A
    """(atoms,) masses in amu."""
    molecule_index: A
    """(atoms,) index of the molecule that each atom belongs to; never decreases."""
    charge: A
    """(molecules,) total charge in e."""
    unpaired_electrons: A
    """(molecules,) number of unpaired electrons."""
    names: tuple[str, ...]
    """(molecules,) names."""
    electric_field: A | None = None
    """(molecules, 3) uniform external field in V/Å, or None for no field."""

    def __post_init__(self) -> None:
        atoms, molecules = len(self.numbers), len(self.names)  # type: ignore[arg-type]
        shapes = {
            "positions": (atoms, 3),
            "masses": (atoms,),
            "molecule_index": (atoms,),
            "charge": (molecules,),
            "unpaired_electrons": (molecules,),
            "electric_field": (molecules, 3),
        }
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and tuple(value.shape) != shape:
                raise InputError(f"{name} has shape {tuple(value.shape)}, expected {shape}")
        if isinstance(self.molecule_index, np.ndarray):
            _check_index(self.molecule_index, molecules)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_atoms(self) -> int:
        """Total number of atoms in the batch."""
        return len(self.numbers)  # type: ignore[arg-type]


def _check_index(index: Array, molecules: int) -> None:
    counts = np.bincount(index, minlength=molecules) if index.size else np.zeros(molecules)
    if len(counts) != molecules or not counts.all() or (index[1:] < index[:-1]).any():
        raise InputError(
            f"molecule_index must run in order over {molecules} non-empty molecules; "
            f"atom counts found: {counts.tolist()[:20]}"
        )


def single(
    name: str,
    numbers: ArrayLike,
    positions: ArrayLike,
    masses: ArrayLike,
    *,
    charge: float = 0.0,
    unpaired_electrons: int = 0,
) -> Molecules[Array]:
    """Build a batch of one molecule from arrays (shapes and units as in `Molecules`)."""
    numbers = np.asarray(numbers, dtype=np.int64)
    return Molecules(
        numbers=numbers,
        positions=np.asarray(positions, dtype=np.float64).reshape(len(numbers), 3),
        masses=np.asarray(masses, dtype=np.float64),
        molecule_index=np.zeros(len(numbers), dtype=np.int64),
        charge=np.array([charge], dtype=np.float64),
        unpaired_electrons=np.array([unpaired_electrons], dtype=np.int64),
        names=(name,),
    )


def concatenate(batches: Sequence[Molecules[Array]]) -> Molecules[Array]:
    """Join batches end to end; either all or none of them carry an electric field."""
    if not batches:
        raise InputError("cannot join an empty list of molecules")
    fields = [batch.electric_field for batch in batches]
    present = [field for field in fields if field is not None]
    if present and len(present) != len(fields):
        raise InputError("cannot join molecules with and without an electric field")
    starts = np.cumsum([0] + [len(batch) for batch in batches[:-1]])
    return Molecules(
        numbers=np.concatenate([batch.numbers for batch in batches]),
        positions=np.concatenate([batch.positions for batch in batches]),
        masses=np.concatenate([batch.masses for batch in batches]),
        molecule_index=np.concatenate(
            [batch.molecule_index + start for batch, start in zip(batches, starts, strict=True)]
        ),
        charge=np.concatenate([batch.charge for batch in batches]),
        unpaired_electrons=np.concatenate([batch.unpaired_electrons for batch in batches]),
        names=tuple(name for batch in batches for name in batch.names),
        electric_field=np.concatenate(present) if present else None,
    )


def atom_counts(molecules: Molecules[Array]) -> Array:
    """Return (molecules,) numbers of atoms."""
    return np.bincount(molecules.molecule_index, minlength=len(molecules))


def atom_offsets(molecules: Molecules[Array]) -> Array:
    """Return (molecules + 1,) first atom of each molecule, and the total at the end."""
    return np.concatenate([[0], np.cumsum(atom_counts(molecules))])


def atom_selection(molecules: Molecules[Array], index: ArrayLike) -> Array:
    """Return the atom indices of the molecules in *index*, in that order."""
    offsets, counts = atom_offsets(molecules), atom_counts(molecules)
    index = np.asarray(index, dtype=np.int64)
    starts = np.repeat(offsets[index] - np.cumsum(counts[index]) + counts[index], counts[index])
    return starts + np.arange(counts[index].sum())


def select(molecules: Molecules[Array], index: ArrayLike) -> Molecules[Array]:
    """Return the molecules at the positions *index* (repeats allowed), in that order."""
    index = np.atleast_1d(np.asarray(index, dtype=np.int64))
    atoms = atom_selection(molecules, index)
    return Molecules(
        numbers=molecules.numbers[atoms],
        positions=molecules.positions[atoms],
        masses=molecules.masses[atoms],
        molecule_index=np.repeat(np.arange(len(index)), atom_counts(molecules)[index]),
        charge=molecules.charge[index],
        unpaired_electrons=molecules.unpaired_electrons[index],
        names=tuple(molecules.names[i] for i in index),
        electric_field=(
            None if molecules.electric_field is None else molecules.electric_field[index]
        ),
    )


def iterate(molecules: Molecules[Array]) -> Iterator[Molecules[Array]]:
    """Yield the molecules one by one, each as a batch of one."""
    for i in range(len(molecules)):
        yield select(molecules, i)


def with_positions[A](molecules: Molecules[A], positions: A) -> Molecules[A]:
    """Return the same molecules at other *positions* (atoms, 3) in Å."""
    return replace(molecules, positions=positions)


def copies_at(molecule: Molecules[Array], positions: Array) -> Molecules[Array]:
    """Return copies of a batch of one molecule at *positions* (copies, atoms, 3) in Å."""
    copies = select(molecule, np.zeros(len(positions), np.int64))
    return with_positions(copies, positions.reshape(-1, 3))


def composition(molecules: Molecules[Array], elements: Sequence[int]) -> Array:
    """Return (molecules, elements) how many atoms of each of *elements* a molecule has."""
    columns = [
        np.bincount(molecules.molecule_index, molecules.numbers == z, minlength=len(molecules))
        for z in elements
    ]
    return np.stack(columns, axis=1)
