"""Images of a minimum: the wells a molecule can reach that differ only in which hydrogen is which.

A methyl group that turns by a third, or a chiral conformer that turns into its mirror image, ends
in a well of its own with the same vibrations. An image is the minimum with atoms exchanged, and
reflected if need be, so that such a well has eigenvectors to project on.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ase.data import covalent_radii

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.superposition import centred, mean_square_distance

MOST_EXCHANGES: Final = 20_000
"""A molecule with more ways to exchange its hydrogens is refused: the search would take long."""

_BOND_FACTOR: Final = 1.25
_SAME_ANGSTROM: Final = 0.05
_REFLECTION: Final = np.array([1.0, 1.0, -1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One well: a geometry about its centre of mass, and the modes in it."""

    minimum: int
    """Index of the minimum that it is an image of."""
    positions: Array
    """(atoms, 3) geometry in Å about the centre of mass."""
    eigenvectors: Array
    """(modes, atoms, 3) mass-weighted eigenvectors, in the order of the minimum's modes."""


def images(minima: Sequence[Modes]) -> list[Image]:
    """Return all wells that are equivalent to one of *minima*, each once.

    Terminal hydrogens (of equal mass) on one atom are exchanged in every way, with and without a
    reflection of the molecule. Kept is what can be reached without breaking a bond, that is, with
    the same arrangement of the neighbours of every four-bonded atom; what a turn of the molecule
    lays upon an image that is already there is not kept.

    Raises
    ------
    InputError
        If there are more than 20 000 ways to exchange hydrogens.

    Notes
    -----
    Not found are wells that exchange heavy atoms or groups larger than one atom (a ring flip, an
    exchanged pair of methyl groups), unless they are among *minima*.
    """
    found: list[Image] = []
    for index, modes in enumerate(minima):
        kept: list[Image] = []
        for image in _candidates(index, modes):
            limit = _SAME_ANGSTROM**2
            distances = (
                float(mean_square_distance(image.positions, other.positions, modes.masses))
                for other in kept
            )
            if all(distance > limit for distance in distances):
                kept.append(image)
        found += kept
    return found


def bonds(numbers: Array, positions: Array) -> Array:
    """Return (atoms, atoms) whether atoms are closer than 1.25 times their covalent radii."""
    radii = covalent_radii[numbers]
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    bonded: Array = (distance < _BOND_FACTOR * (radii[:, None] + radii)) & (distance > 0)
    return bonded


def hydrogen_groups(modes: Modes) -> list[list[int]]:
    """Return the sets of two or more terminal hydrogens of equal mass that share a neighbour."""
    bonded = bonds(modes.numbers, modes.positions)
    groups: dict[tuple[int, float], list[int]] = {}
    for atom in np.flatnonzero((modes.numbers == 1) & (bonded.sum(axis=1) == 1)).tolist():
        neighbour = int(np.flatnonzero(bonded[atom])[0])
        groups.setdefault((neighbour, float(modes.masses[atom])), []).append(atom)
    return [group for group in groups.values() if len(group) > 1]


def _candidates(index: int, modes: Modes) -> Iterator[Image]:
    """Yield the identity and all reachable exchanges, first without, then with reflection."""
    positions = centred(modes.positions, modes.masses)
    centres = _four_bonded(modes)
    handedness = _handedness(positions, centres)
    for mirror in (np.ones(3), _REFLECTION):
        for order in _exchanges(modes):
            image = Image(
                minimum=index,
                positions=positions[order] * mirror,
                eigenvectors=modes.eigenvectors[:, order] * mirror,
            )
            if np.array_equal(_handedness(image.positions, centres), handedness):
                yield image


def _exchanges(modes: Modes) -> Iterator[Array]:
    groups = hydrogen_groups(modes)
    ways = math.prod(math.factorial(len(group)) for group in groups)
    if ways > MOST_EXCHANGES:
        raise InputError(
            f"{modes.name}: its hydrogens can be exchanged in {ways} ways, more than the "
            f"{MOST_EXCHANGES} that are searched; project it without equivalent wells"
        )
    for choice in itertools.product(*(itertools.permutations(group) for group in groups)):
        order = np.arange(len(modes.numbers))
        for group, exchanged in zip(groups, choice, strict=True):
            order[group] = exchanged
        yield order


def _four_bonded(modes: Modes) -> Array:
    """Return (centres, 4) the neighbours of every atom with four bonds."""
    bonded = bonds(modes.numbers, modes.positions)
    listed = [np.flatnonzero(row) for row in bonded if row.sum() == 4]
    return np.array(listed, dtype=np.int64).reshape(-1, 4)


def _handedness(positions: Array, centres: Array) -> Array:
    """Return (centres,) on which side of three neighbours the fourth lies."""
    corner = positions[centres]
    edges = corner[:, 1:] - corner[:, :1]
    sides: Array = np.sign(np.round(np.linalg.det(edges), 3))
    return sides
