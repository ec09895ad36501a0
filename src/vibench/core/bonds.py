"""Bonds: which pairs of atoms have them, and whether another geometry has the same ones."""

import numpy as np
from ase.data import covalent_radii

from vibench.core.molecules import Array, Molecules


def pair_distances(positions: Array) -> Array:
    """Return (..., pairs) distances in Å of each pair of atoms once, from (..., atoms, 3)."""
    first, second = np.triu_indices(positions.shape[-2], 1)
    difference = positions[..., first, :] - positions[..., second, :]
    distances: Array = np.linalg.norm(difference, axis=-1)
    return distances


def changed_bonds(distances: Array, like: Molecules[Array], factor: float) -> Array:
    """Return (..., pairs) whether a bond of a molecule is broken or one has formed.

    Two atoms of the molecule are bonded if they are closer than *factor* times the sum of their
    covalent radii. Such a bond is broken beyond *factor* times that sum or their distance in the
    molecule, whichever is the longer: bonds as that of H2 are long for their radii from the start.
    Other atoms form a bond when they come closer than *factor* times the sum.

    Parameters
    ----------
    distances : (..., pairs)
        Distances in Å as `pair_distances` orders them.
    like
        One molecule with the bonds that there should be.
    factor
        Above one.

    References
    ----------
    B. Cordero et al., Dalton Trans. 2832 (2008), doi:10.1039/B801115J (covalent radii).
    """
    first, second = np.triu_indices(like.n_atoms, 1)
    radii = covalent_radii[like.numbers]
    sums = radii[first] + radii[second]
    here = pair_distances(like.positions)
    bonded = here < factor * sums
    limit = factor * np.where(bonded, np.maximum(sums, here), sums)
    changed: Array = (distances < limit) != bonded
    return changed
