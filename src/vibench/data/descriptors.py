"""Descriptors: numbers that tell structures of one molecule apart, whatever their orientation."""

from itertools import combinations_with_replacement

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


def sorted_distances(numbers: Array, positions: Array) -> Array:
    """Return the distances between atoms, sorted within every pair of elements.

    The bags of the "bag of bonds": for the elements A ≤ B one bag holds |R_i - R_j| of all pairs of
    an atom of A and another one of B, in ascending order, and the bags follow each other by atomic
    numbers. The entries are the distances themselves in place of Z_i Z_j / |R_i - R_j|, so that all
    pairs count alike and a turned methyl group shows as much as a stretched bond.

    Rotation, translation and exchange of atoms of one element change nothing; nor does reflection,
    so mirror images are the same. The descriptor is continuous. Structures that differ may share
    all their distances (homometric ones), but not neighbours of each other in a trajectory.

    Parameters
    ----------
    numbers : (atoms,)
        Atomic numbers.
    positions : (structures, atoms, 3)
        Positions in Å.

    Returns
    -------
    (structures, atoms (atoms - 1) / 2)
        Distances in Å.

    Raises
    ------
    InputError
        If positions do not belong to these atoms.

    References
    ----------
    K. Hansen, F. Biegler, R. Ramakrishnan, W. Pronobis, O. A. von Lilienfeld, K.-R. Müller and
    A. Tkatchenko, J. Phys. Chem. Lett. 6, 2326 (2015), doi:10.1021/acs.jpclett.5b00831.
    """
    if positions.ndim != 3 or positions.shape[1:] != (len(numbers), 3):
        raise InputError(
            f"positions have shape {positions.shape}, expected (structures, {len(numbers)}, 3)"
        )
    first, second = np.triu_indices(len(numbers), k=1)
    lighter = np.minimum(numbers[first], numbers[second])
    heavier = np.maximum(numbers[first], numbers[second])
    bags = []
    for low, high in combinations_with_replacement(np.unique(numbers), 2):
        bag = np.flatnonzero((lighter == low) & (heavier == high))
        vectors = positions[:, first[bag]] - positions[:, second[bag]]
        bags.append(np.sort(np.linalg.norm(vectors, axis=2), axis=1))
    return np.concatenate(bags, axis=1)
