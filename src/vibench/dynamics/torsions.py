"""Rotatable bonds of a molecule, and their dihedral angles along trajectories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ase.data import chemical_symbols, covalent_radii

from vibench.core.molecules import Array
from vibench.core.trajectory import Trajectory
from vibench.statistics.convergence import split_r_hat

BOND_FACTOR: Final = 1.25
"""Atoms closer than this times the sum of their covalent radii are bonded."""


@dataclass(frozen=True, slots=True)
class Torsion:
    """A dihedral angle by its four atoms."""

    atoms: tuple[int, int, int, int]
    """Indices of the atoms from 0; the bond in the middle can turn."""
    name: str
    """Elements and numbers from 1, e.g. ``"H6-O3-C2-C1"``."""


@dataclass(frozen=True, slots=True)
class TorsionConvergence:
    """How well replicas agree in one dihedral angle."""

    torsion: Torsion
    """Which one."""
    r_hat: float
    """R̂ of cosine or sine, whichever is larger; NaN if there are too few frames."""
    frames: int
    """Frames per replica behind it."""


def find_torsions(numbers: Array, positions: Array) -> tuple[Torsion, ...]:
    """Find the bonds of a molecule that can turn, one dihedral angle for each.

    Bonds are pairs closer than 1.25 times the sum of their covalent radii. One can turn if it is in
    no ring and both ends have further neighbours. Left out is a bond with an end whose further
    neighbours are two or more single atoms of one element, such as CH₃: turning it merely
    exchanges equal atoms, which no spectrum sees. Double bonds are not told apart: replicas that
    were started from two sides of one have not mixed, and that deserves to be said.

    Parameters
    ----------
    numbers : (atoms,)
        Atomic numbers.
    positions : (atoms, 3)
        Geometry in Å.

    Returns
    -------
    torsions
        The outer atoms are the heaviest neighbours, of equal ones the first.

    References
    ----------
    B. Cordero et al., Dalton Trans. 2832 (2008), doi:10.1039/B801115J (covalent radii).
    """
    radii = covalent_radii[numbers]
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=-1)
    bonded = distance < BOND_FACTOR * (radii[:, None] + radii[None])
    np.fill_diagonal(bonded, val=False)
    found = []
    for first, second in zip(*np.nonzero(np.triu(bonded)), strict=True):
        left = np.flatnonzero(bonded[first] & (np.arange(len(numbers)) != second))
        right = np.flatnonzero(bonded[second] & (np.arange(len(numbers)) != first))
        if not left.size or not right.size or _in_ring(bonded, int(first), int(second)):
            continue
        if any(_exchangeable(bonded, numbers, end) for end in (left, right)):
            continue
        outer = [int(end[np.argmax(numbers[end])]) for end in (left, right)]
        atoms = (outer[0], int(first), int(second), outer[1])
        name = "-".join(f"{chemical_symbols[numbers[atom]]}{atom + 1}" for atom in atoms)
        found.append(Torsion(atoms, name))
    return tuple(found)


def _exchangeable(bonded: Array, numbers: Array, neighbours: Array) -> bool:
    terminal = bonded[neighbours].sum(axis=1) == 1
    return len(neighbours) > 1 and bool(terminal.all()) and np.ptp(numbers[neighbours]) == 0


def _in_ring(bonded: Array, first: int, second: int) -> bool:
    """Return whether two bonded atoms are still connected without their bond."""
    cut = bonded.copy()
    cut[first, second] = cut[second, first] = False
    reached = np.zeros(len(cut), dtype=bool)
    reached[first] = True
    for _ in range(len(cut)):
        reached |= cut[reached].any(axis=0)
    return bool(reached[second])


def dihedral_angles(positions: Array, torsion: Torsion) -> Array:
    """Return (frames,) dihedral angles in radians, from -π to π.

    Parameters
    ----------
    positions : (frames, atoms, 3)
        Geometries in Å.
    torsion
        Which angle.
    """
    a, b, c, d = (positions[:, atom] for atom in torsion.atoms)
    axis = c - b
    first, second = np.cross(b - a, axis), np.cross(axis, d - c)
    sine = np.einsum("fi,fi->f", np.cross(first, second), axis) / np.linalg.norm(axis, axis=1)
    return np.asarray(np.arctan2(sine, np.einsum("fi,fi->f", first, second)))


def torsion_convergence(trajectories: Sequence[Trajectory]) -> tuple[TorsionConvergence, ...]:
    """Say for every rotatable bond whether replicas have visited the same angles.

    R̂ is made on cosine and sine, which have no jump, and the larger one counts.

    Parameters
    ----------
    trajectories
        Finished replicas of one molecule; the longest is cut to the shortest. Bonds are those of
        the first frame.
    """
    frames = min((len(run.positions) for run in trajectories), default=0)
    if frames == 0 or len(trajectories) < 2:
        return ()
    found = []
    for torsion in find_torsions(trajectories[0].numbers, trajectories[0].positions[0]):
        angles = np.stack(
            [dihedral_angles(run.positions[:frames], torsion) for run in trajectories]
        )
        r_hat = max(split_r_hat(np.cos(angles)), split_r_hat(np.sin(angles)))
        found.append(TorsionConvergence(torsion, r_hat, frames))
    return tuple(found)
