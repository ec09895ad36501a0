"""Normal modes of one molecule, at a given geometry or after relaxation."""

from dataclasses import replace

import numpy as np

from vibench.core.modes import Modes
from vibench.core.molecules import Array, Molecules
from vibench.core.protocols import Potential
from vibench.core.trajectory import FINISHED, Outcome
from vibench.core.units import FREQUENCY_PER_SQRT_CURVATURE
from vibench.potentials.requirements import require_forces
from vibench.vibrations.hessian import Derivatives, derivatives
from vibench.vibrations.intensities import infrared_intensities, mode_dipole_derivatives
from vibench.vibrations.recipe import VibrationsRecipe
from vibench.vibrations.relaxation import relax
from vibench.vibrations.rigid import Rigid, internal_motions


def relaxed_modes(
    potential: Potential, start: Molecules[Array], recipe: VibrationsRecipe | None = None
) -> Modes:
    """Relax one molecule, then return its normal modes.

    Parameters
    ----------
    potential
        Gives energy and forces, and a dipole for intensities.
    start
        A batch of one, by rule at the minimum of the reference method.
    recipe
        Settings; with ``relax=False`` the modes are those at *start*.

    Returns
    -------
    modes
        Their outcome is that of the relaxation if it failed, else that of `normal_modes`. There
        are no modes if no energy could be computed.

    Raises
    ------
    InputError
        If the potential predicts no forces.
    """
    require_forces(potential.name, potential.capabilities.outputs)
    recipe = recipe or VibrationsRecipe()
    if not recipe.relax:
        return normal_modes(potential, start, recipe)
    relaxation = relax(potential, start, recipe)
    if not np.isfinite(relaxation.energy):
        return _no_modes(start, relaxation.outcome)
    modes = normal_modes(potential, relaxation.molecule, recipe)
    return modes if relaxation.outcome.finished else replace(modes, outcome=relaxation.outcome)


def normal_modes(
    potential: Potential, molecule: Molecules[Array], recipe: VibrationsRecipe | None = None
) -> Modes:
    r"""Return the normal modes of one molecule at the geometry it has.

    The mass-weighted Hessian is diagonalised in the space orthogonal to all translations and
    rotations, so there are 3N - 6 modes, 3N - 5 of a linear molecule:

    .. math:: M^{-1/2} H M^{-1/2} e_n = λ_n e_n,\qquad ν̃_n = \sqrt{λ_n}/(2πc)

    Parameters
    ----------
    potential
        Gives forces, and a dipole for intensities, which are NaN without.
    molecule
        A batch of one at a stationary point.
    recipe
        How derivatives are made.

    Returns
    -------
    modes
        Wavenumbers ascending, imaginary ones negative. An imaginary mode or derivatives that are
        not finite make a failed outcome.

    References
    ----------
    E. B. Wilson, J. C. Decius, P. C. Cross, Molecular Vibrations, McGraw-Hill (1955), ch. 2.
    """
    found = derivatives(potential, molecule, recipe or VibrationsRecipe())
    if not np.isfinite(found.hessian).all():
        return _no_modes(molecule, Outcome("failed", "second derivatives are not finite"))
    energy = potential(molecule).energy
    modes = modes_from_derivatives(molecule, found)
    return modes if energy is None else replace(modes, energy=float(energy[0]))


def modes_from_derivatives(
    molecule: Molecules[Array], found: Derivatives, *, rigid: Rigid = "all"
) -> Modes:
    """Return the normal modes that belong to the derivatives *found* for *molecule*.

    Derivatives do not depend on masses: with other masses in *molecule* these are the modes of
    another isotopologue.

    Parameters
    ----------
    molecule
        A batch of one at the geometry of the derivatives.
    found
        Its derivatives.
    rigid
        Which motions are left out: all rigid ones, or translations alone for a molecule in a
        periodic box, whose rotations are hindered by its images and mix with soft modes. Apply
        `vibench.vibrations.hessian.without_net_force` first if the derivatives are those of a code
        that works on a grid.
    """
    masses, atoms = molecule.masses, molecule.n_atoms
    weight = np.repeat(1 / np.sqrt(masses), 3)
    basis = internal_motions(molecule.positions, masses, rigid=rigid)
    curvature, vectors = np.linalg.eigh(
        basis @ (weight[:, None] * found.hessian * weight[None, :]) @ basis.T
    )
    eigenvectors = (vectors.T @ basis).reshape(-1, atoms, 3)
    wavenumbers = np.sign(curvature) * np.sqrt(np.abs(curvature)) * FREQUENCY_PER_SQRT_CURVATURE
    dipole = mode_dipole_derivatives(eigenvectors, masses, found.dipole.reshape(atoms, 3, 3))
    return Modes(
        name=molecule.names[0],
        numbers=molecule.numbers,
        masses=masses,
        positions=molecule.positions,
        frequencies_cm1=wavenumbers,
        eigenvectors=eigenvectors,
        dipole_derivatives=dipole,
        intensities=infrared_intensities(dipole),
        method=found.method,
        outcome=_imaginary(wavenumbers),
    )


def _imaginary(wavenumbers_cm1: Array) -> Outcome:
    imaginary = wavenumbers_cm1[wavenumbers_cm1 < 0]
    if not imaginary.size:
        return FINISHED
    listing = ", ".join(f"{abs(value):.1f}i" for value in imaginary)
    return Outcome("failed", f"not a minimum: imaginary modes at {listing} cm^-1")


def _no_modes(molecule: Molecules[Array], outcome: Outcome) -> Modes:
    return Modes(
        name=molecule.names[0],
        numbers=molecule.numbers,
        masses=molecule.masses,
        positions=molecule.positions,
        frequencies_cm1=np.empty(0),
        eigenvectors=np.empty((0, molecule.n_atoms, 3)),
        dipole_derivatives=np.empty((0, 3)),
        intensities=np.empty(0),
        method="none",
        outcome=outcome,
    )
