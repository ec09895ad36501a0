"""Rigid motions: translations and rotations, which are not vibrations."""

from typing import Literal

import numpy as np

from vibench.core.molecules import Array

LINEAR_BELOW = 1e-5
"""A molecule is linear if its smallest moment of inertia is below this part of the largest."""

type Rigid = Literal["all", "translations"]
"""Which motions are not vibrations: translations and rotations of a free molecule, translations
alone of one that cannot turn freely, such as a molecule in a periodic box."""


def rigid_motions(positions: Array, masses: Array, *, rigid: Rigid = "all") -> Array:
    """Return orthonormal mass-weighted rigid motions (count, 3 atoms).

    Three translations and the rotations about the principal axes with a moment of inertia: six
    motions, five for a linear molecule, three for an atom or with ``rigid="translations"``.

    Parameters
    ----------
    positions : (atoms, 3)
        Geometry in Å.
    masses : (atoms,)
        Masses in amu.
    rigid
        Whether rotations are among them.
    """
    centred = positions - masses @ positions / masses.sum()
    inertia = np.einsum(
        "a,aij->ij",
        masses,
        np.einsum("ak,ak->a", centred, centred)[:, None, None] * np.eye(3)
        - np.einsum("ai,aj->aij", centred, centred),
    )
    moments, axes = np.linalg.eigh(inertia)
    turning = moments > LINEAR_BELOW * moments[-1] if moments[-1] > 0 else np.zeros(3, dtype=bool)
    weight = np.sqrt(masses)[:, None]
    motions = [weight * axis for axis in np.eye(3)]
    if rigid == "translations":
        turning[:] = False
    motions += [weight * np.cross(axis, centred) for axis in axes.T[turning]]
    flat = np.array([motion.reshape(-1) for motion in motions])
    orthonormal: Array = np.linalg.qr(flat.T)[0].T
    return orthonormal


def internal_motions(positions: Array, masses: Array, *, rigid: Rigid = "all") -> Array:
    """Return an orthonormal basis (3 atoms - rigid, 3 atoms) of all that is not rigid."""
    motions = rigid_motions(positions, masses, rigid=rigid)
    complete = np.linalg.qr(motions.T, mode="complete")[0].T
    internal: Array = complete[len(motions) :]
    return internal
