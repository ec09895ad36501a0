"""Modes: harmonic vibrations of one molecule."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.trajectory import FINISHED, Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """Normal modes at a stationary point, rigid translations and rotations removed."""

    name: str
    """Name of the molecule."""
    numbers: Array
    """(atoms,) atomic numbers."""
    masses: Array
    """(atoms,) masses in amu."""
    positions: Array
    """(atoms, 3) geometry in Å."""
    frequencies_cm1: Array
    """(modes,) harmonic wavenumbers in cm⁻¹, ascending; imaginary ones are negative."""
    eigenvectors: Array
    """(modes, atoms, 3) orthonormal eigenvectors of the mass-weighted Hessian."""
    dipole_derivatives: Array
    """(modes, 3) ∂μ/∂Q in e/√amu."""
    intensities: Array
    """(modes,) infrared intensities in km/mol."""
    method: str
    """How second derivatives were made: ``"automatic differentiation"`` or the displacement."""
    energy: float = float("nan")
    """Potential energy in eV at the geometry."""
    outcome: Outcome = FINISHED
    """Finished, or what went wrong: not converged, another conformer, imaginary modes."""

    def __post_init__(self) -> None:
        modes, atoms = len(self.frequencies_cm1), len(self.numbers)
        shapes = {
            "masses": (atoms,),
            "positions": (atoms, 3),
            "eigenvectors": (modes, atoms, 3),
            "dipole_derivatives": (modes, 3),
            "intensities": (modes,),
        }
        for name, shape in shapes.items():
            found = np.shape(getattr(self, name))
            if found != shape:
                raise InputError(f"modes {name} has shape {found}, expected {shape}")
