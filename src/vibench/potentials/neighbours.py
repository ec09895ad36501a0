"""Pairs of atoms that see each other.

In isolated small molecules every pair is kept: the cutoff function makes distant ones vanish, so
the list is exact at any geometry and never has to be rebuilt while atoms move.
"""

import numpy as np
from numpy.typing import NDArray

type IndexArray = NDArray[np.int64]


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
