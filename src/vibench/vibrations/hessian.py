"""Second derivatives of the energy and first derivatives of the dipole."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, select, with_positions
from vibench.core.protocols import Differentiable, Potential, missing_outputs
from vibench.vibrations.recipe import VibrationsRecipe


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Second derivatives of the energy, first ones of the dipole, and how they were made."""

    hessian: Array
    """(3 atoms, 3 atoms) symmetric ∂²E/∂R∂R in eV/Å²."""
    dipole: Array
    """(3 atoms, 3) ∂μ/∂R in e; NaN if the potential predicts no dipole."""
    method: str
    """In words."""


def derivatives(
    potential: Potential, molecule: Molecules[Array], recipe: VibrationsRecipe
) -> Derivatives:
    """Return the derivatives of one molecule, exact ones if recipe and potential allow.

    Raises
    ------
    InputError
        If *molecule* is not a batch of one, or the potential predicts no forces.
    """
    if len(molecule) != 1:
        raise InputError(f"expected one molecule, found a batch of {len(molecule)}")
    if recipe.hessian == "automatic" and isinstance(potential, Differentiable):
        hessian, dipole = potential.derivatives(molecule)
        return Derivatives(_symmetric(hessian), dipole, "automatic differentiation")
    return finite_differences(
        potential, molecule, displacement_angstrom=recipe.displacement_angstrom
    )


def finite_differences(
    potential: Potential, molecule: Molecules[Array], *, displacement_angstrom: float = 0.002
) -> Derivatives:
    r"""Return derivatives by central differences of forces and dipoles.

    .. math:: H_{ij} = -\frac{F_j(R + δ e_i) - F_j(R - δ e_i)}{2δ}, \qquad
              \frac{∂μ}{∂R_i} = \frac{μ(R + δ e_i) - μ(R - δ e_i)}{2δ}

    H is symmetrised. All displaced geometries are one batch of the potential.

    Parameters
    ----------
    potential
        Gives forces, and a dipole if there are to be dipole derivatives; in double precision,
        or the noise of single precision, some 10⁻⁶ eV/Å, is divided by 2δ.
    molecule
        A batch of one.
    displacement_angstrom
        δ in Å.

    Raises
    ------
    InputError
        If *molecule* is not a batch of one, or the potential predicts no forces.
    """
    if len(molecule) != 1:
        raise InputError(f"expected one molecule, found a batch of {len(molecule)}")
    if missing_outputs(potential, ["forces"]):
        raise InputError(f"{potential.name} predicts no forces: there is nothing to differentiate")
    size = 3 * molecule.n_atoms
    steps = displacement_angstrom * np.concatenate([np.eye(size), -np.eye(size)])
    displaced = select(molecule, np.zeros(2 * size, dtype=np.int64))
    found = potential(with_positions(displaced, displaced.positions + steps.reshape(-1, 3)))
    gradient = -np.asarray(found.forces, dtype=np.float64).reshape(2, size, size)
    hessian = (gradient[0] - gradient[1]) / (2 * displacement_angstrom)
    dipole = np.full((size, 3), np.nan)
    if found.dipole is not None:
        up, down = np.asarray(found.dipole, dtype=np.float64).reshape(2, size, 3)
        dipole = (up - down) / (2 * displacement_angstrom)
    method = f"central differences of forces, {displacement_angstrom:g} Å"
    return Derivatives(_symmetric(hessian), dipole, method)


def without_net_force(hessian: Array) -> Array:
    r"""Return a Hessian under which moving the whole molecule makes no force.

    .. math:: H \leftarrow P H P,\qquad
              P_{ia,jb} = δ_{ab}\left(δ_{ij} - \frac{1}{N}\right)

    for N atoms i, j and directions a, b: the acoustic sum rule Σ_j H_{ia,jb} = 0, fulfilled by the
    smallest change of H. Codes that work on a grid break it.

    Parameters
    ----------
    hessian : (3 atoms, 3 atoms)
        Symmetric second derivatives in eV/Å².
    """
    atoms = len(hessian) // 3
    project = np.kron(np.eye(atoms) - 1 / atoms, np.eye(3))
    free: Array = project @ hessian @ project
    return free


def _symmetric(matrix: Array) -> Array:
    matrix = np.asarray(matrix, dtype=np.float64)
    half: Array = 0.5 * (matrix + matrix.T)
    return half
