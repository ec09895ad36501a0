"""Pairs of atoms that see each other.

In isolated small molecules every pair is kept: the cutoff function makes distant ones vanish, so
the list is exact at any geometry and never has to be rebuilt while atoms move. In larger ones only
the pairs within the cutoff are, found anew at every geometry by cells, at a cost linear in the
number of atoms.
"""

from itertools import pairwise
from typing import Final

import numpy as np
import vesin
from numpy.typing import NDArray

from vibench.core.molecules import Array, Molecules, atom_counts, atom_offsets

type IndexArray = NDArray[np.int64]

ALL_PAIRS_UP_TO: Final = 48
"""Number of atoms up to which a molecule keeps all its pairs, unless an architecture says else."""


def keeps_its_pairs(molecules: Molecules[Array], *, all_pairs_up_to: int = ALL_PAIRS_UP_TO) -> bool:
    """Return whether the pairs of all molecules stay the same while atoms move."""
    return bool(np.all(atom_counts(molecules) <= all_pairs_up_to))


def neighbour_pairs(
    molecules: Molecules[Array], *, cutoff_angstrom: float, all_pairs_up_to: int = ALL_PAIRS_UP_TO
) -> tuple[IndexArray, IndexArray]:
    """Return directed pairs of atoms, sorted by centre: all that are within the cutoff, or more.

    Parameters
    ----------
    molecules
        The batch.
    cutoff_angstrom
        Distance in Å beyond which atoms do not see each other.
    all_pairs_up_to
        Number of atoms up to which a molecule keeps all its pairs.

    Returns
    -------
    centre, neighbour : (pairs,)
        Atom indices; both (i, j) and (j, i) are listed.
    """
    if keeps_its_pairs(molecules, all_pairs_up_to=all_pairs_up_to):
        return atom_pairs(atom_counts(molecules))
    parts = []
    for start, stop in pairwise(atom_offsets(molecules)):
        if stop - start <= all_pairs_up_to:
            centre, neighbour = atom_pairs(np.array([stop - start]))
        else:
            centre, neighbour = near_pairs(molecules.positions[start:stop], cutoff_angstrom)
        parts.append((centre + start, neighbour + start))
    centres, neighbours = zip(*parts, strict=True)
    return np.concatenate(centres), np.concatenate(neighbours)


def near_pairs(positions: Array, cutoff_angstrom: float) -> tuple[IndexArray, IndexArray]:
    """Return the directed pairs of (atoms, 3) *positions* within the cutoff, sorted."""
    found = vesin.NeighborList(cutoff=cutoff_angstrom, full_list=True, n_threads=1)
    first, second = found.compute(
        points=positions, box=np.zeros((3, 3)), periodic=False, quantities="ij"
    )
    order = np.lexsort((second, first))
    return first[order].astype(np.int64), second[order].astype(np.int64)


def atom_pairs(atom_counts: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Return all directed pairs within each molecule of a batch, sorted by centre.

    Parameters
    ----------
    atom_counts : (molecules,)
        Number of atoms of each molecule, in the order of the batch.

    Returns
    -------
    centre, neighbour : (pairs,)
        Atom indices; both (i, j) and (j, i) are listed, (i, i) is not.
    """
    counts = np.asarray(atom_counts, dtype=np.int64)
    partners = np.repeat(counts, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    centre = np.repeat(np.arange(counts.sum()), partners)
    within = np.arange(partners.sum()) - np.repeat(np.cumsum(partners) - partners, partners)
    neighbour = np.repeat(first, partners) + within
    different = centre != neighbour
    return centre[different], neighbour[different]
