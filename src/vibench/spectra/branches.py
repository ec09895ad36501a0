"""Branches of the dipole of a periodic cell."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

AMBIGUOUS: Final = 0.4
"""A step this far from the nearest branch, in quanta, could as well lead to the next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Unwrapped:
    """A dipole on one branch, and where that was in doubt."""

    dipole: Array
    """(steps, 3) in e·Å."""
    jumps: int
    """Steps at which the branch changed."""
    ambiguous: Array
    """Steps whose distance from the nearest branch was more than `AMBIGUOUS` quanta."""


def unwrap_branches(dipole: Array, cell_angstrom: Array, *, quantum_e: float = 1.0) -> Unwrapped:
    """Put the dipole of a periodic cell on one branch.

    The dipole of a cell with lattice vectors a_k is defined up to multiples of q·a_k only (the
    quantum of polarisation times the volume). With μ = Σ_k f_k q a_k, each step changes f_k by the
    multiple of 1 that makes it smallest:

        f_k(n) ← f_k(n) - round[f_k(n) - f_k(n - 1)].

    That is right as long as no true change within one time step reaches half a quantum. The first
    step keeps its branch; a constant says nothing in a spectrum. In a cell that varies, f_k is made
    with the cell of each step.

    Parameters
    ----------
    dipole : (steps, 3)
        Dipoles in e·Å.
    cell_angstrom : (3, 3) or (steps, 3, 3)
        Lattice vectors as rows, in Å.
    quantum_e
        The charge q in e. 1 is right for the total dipole of any code, closed shells too, if it
        takes its principal value after adding up all charges (as CP2K does); 2 if doubly occupied
        Wannier centres are folded into the cell one by one.

    Raises
    ------
    InputError
        If the cell has no volume or another number of steps.

    References
    ----------
    R. D. King-Smith and D. Vanderbilt, Phys. Rev. B 47, 1651 (1993),
    doi:10.1103/PhysRevB.47.1651; N. A. Spaldin, J. Solid State Chem. 195, 2 (2012),
    doi:10.1016/j.jssc.2012.05.010.
    """
    quantum = _quantum(dipole, cell_angstrom, quantum_e)
    fraction = np.linalg.solve(np.swapaxes(quantum, -1, -2), dipole[..., None])[..., 0]
    change = np.diff(fraction, axis=0)
    turns = np.round(change)
    doubtful = (np.abs(change - turns) > AMBIGUOUS).any(axis=1)
    moved = fraction.copy()
    moved[1:] -= np.cumsum(turns, axis=0)
    return Unwrapped(
        dipole=np.einsum("nk,...kx->nx", moved, quantum)
        if quantum.ndim == 2
        else np.einsum("nk,nkx->nx", moved, quantum),
        jumps=int(turns.any(axis=1).sum()),
        ambiguous=np.flatnonzero(doubtful) + 1,
    )


def _quantum(dipole: Array, cell_angstrom: Array, quantum_e: float) -> Array:
    cell = np.asarray(cell_angstrom, dtype=np.float64)
    if cell.shape not in {(3, 3), (len(dipole), 3, 3)}:
        raise InputError(
            f"the cell has shape {cell.shape}, expected (3, 3) or ({len(dipole)}, 3, 3)"
        )
    lengths = np.linalg.norm(cell, axis=-1).prod(axis=-1)
    if not (np.abs(np.linalg.det(cell)) > 1e-6 * lengths).all():
        raise InputError(f"the cell {cell.tolist()} has no volume: dipoles cannot be unwrapped")
    return cell * quantum_e
