"""A charged harmonic oscillator: the molecule whose dynamics and spectrum are known exactly."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_counts, single
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import FREQUENCY_PER_SQRT_CURVATURE


def oscillator_molecule(
    name: str = "oscillator", *, light_amu: float = 1.008, heavy_amu: float = 18.998
) -> Molecules[Array]:
    """Return two atoms, H and F by number, at rest at the minimum of `HarmonicOscillator`."""
    return single(name, [1, 9], np.zeros((2, 3)), [light_amu, heavy_amu])


class HarmonicOscillator:
    r"""Two atoms bound by a spring of zero length, with opposite charges.

    .. math:: E = \tfrac12 m ω^2 |\mathbf r|^2,\qquad \boldsymbol μ = D \sqrt m\, \mathbf r

    with **r** the vector from the heavier to the lighter element and m the reduced mass. The
    equations of motion are linear: three degenerate modes of exactly the given wavenumber, each
    with exactly the given ∂μ/∂Q, at any temperature and without any coupling to rotation.

    Parameters
    ----------
    wavenumber_cm1
        Harmonic wavenumber in cm⁻¹, the same for every pair of masses.
    dipole_derivative
        D = ∂μ/∂Q of each mode in e/√amu. The element of smaller atomic number is positive.
    """

    def __init__(self, *, wavenumber_cm1: float, dipole_derivative: float = 0.1) -> None:
        self.wavenumber_cm1 = wavenumber_cm1
        self.dipole_derivative = dipole_derivative

    @property
    def name(self) -> str:
        """Name with the wavenumber."""
        return f"oscillator-{self.wavenumber_cm1:g}"

    @property
    def capabilities(self) -> Capabilities:
        """Energy, forces and dipole of neutral pairs of unlike atoms."""
        return Capabilities(outputs=frozenset({"energy", "forces", "dipole"}))

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict energies, forces and dipoles.

        Raises
        ------
        InputError
            If a molecule is not a neutral pair of unlike atoms, or lies in an electric field.
        """
        if molecules.electric_field is not None:
            raise InputError(f"{self.name} cannot treat an external electric field")
        sign, curvature, charge = self._parameters(molecules)
        pairs = molecules.positions.reshape(-1, 2, 3)
        vector = np.einsum("ma,mai->mi", sign, pairs)
        pull = -curvature[:, None] * vector
        return Properties(
            energy=0.5 * curvature * np.einsum("mi,mi->m", vector, vector),
            forces=(sign[:, :, None] * pull[:, None, :]).reshape(-1, 3),
            dipole=charge[:, None] * vector,
        )

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return the exact Hessian (6, 6) in eV/Å² and dipole derivatives (6, 3) in e."""
        sign, curvature, charge = self._parameters(molecules)
        identity = np.eye(3)
        hessian = np.kron(np.outer(sign[0], sign[0]), curvature[0] * identity)
        return hessian, np.kron(sign[0][:, None], charge[0] * identity)

    def _parameters(self, molecules: Molecules[Array]) -> tuple[Array, Array, Array]:
        """Return signs (molecules, 2), force constants in eV/Å² and charges in e."""
        if np.any(atom_counts(molecules) != 2) or np.any(molecules.charge != 0):
            raise InputError("the harmonic oscillator takes neutral molecules of two atoms")
        numbers = molecules.numbers.reshape(-1, 2)
        masses = molecules.masses.reshape(-1, 2)
        sign = np.sign(numbers[:, ::-1] - numbers).astype(np.float64)
        if np.any(sign == 0):
            raise InputError("the harmonic oscillator takes pairs of unlike elements")
        reduced = masses.prod(axis=1) / masses.sum(axis=1)
        curvature = reduced * (self.wavenumber_cm1 / FREQUENCY_PER_SQRT_CURVATURE) ** 2
        return sign, curvature, self.dipole_derivative * np.sqrt(reduced)
