"""Time derivative of the dipole of moving molecules."""

from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_offsets, with_positions
from vibench.core.protocols import DipoleDifferentiable, Potential

LARGEST_DISPLACEMENT_ANGSTROM: Final = 0.002
"""How far the fastest atom is displaced for a difference; the error is of second order in it."""


def dipole_flux(potential: Potential, molecules: Molecules[Array], velocities: Array) -> Array:
    r"""Return the time derivative of the dipoles of moving molecules.

    .. math:: \dot μ = \sum_i \frac{∂μ}{∂R_i} \cdot v_i

    Exact where the potential has derivatives of its dipole, else the central difference
    [μ(R + hv) - μ(R - hv)]/2h, where h moves the fastest atom of each molecule by 0.002 Å. It is
    exact for the velocities it is given; those of velocity Verlet are central differences of
    positions, so they damp high wavenumbers themselves, by 1 - (ωΔt)²/4 in intensity.

    Parameters
    ----------
    potential
        Gives dipoles.
    molecules
        Any batch.
    velocities : (atoms, 3)
        Velocities in Å/fs.

    Returns
    -------
    flux : (molecules, 3) in e·Å/fs

    Raises
    ------
    InputError
        If the potential predicts no dipole.
    """
    if isinstance(potential, DipoleDifferentiable):
        return potential.dipole_flux(molecules, velocities)
    speed = np.maximum.reduceat(np.linalg.norm(velocities, axis=1), atom_offsets(molecules)[:-1])
    duration = LARGEST_DISPLACEMENT_ANGSTROM / np.where(speed > 0, speed, 1.0)
    displacement = duration[molecules.molecule_index, None] * velocities
    ends = []
    for sign in (1, -1):
        found = potential(with_positions(molecules, molecules.positions + sign * displacement))
        if found.dipole is None:
            raise InputError(f"{potential.name} predicts no dipole, so its dipole has no flux")
        ends.append(np.asarray(found.dipole, dtype=np.float64))
    return (ends[0] - ends[1]) / (2 * duration[:, None])
