"""Named tolerances: how well a potential of a given precision can keep its promises."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Largest absolute errors that rounding explains, and the step of finite differences."""

    energy_ev: float
    """Energy, in eV."""
    forces_ev_per_angstrom: float
    """Forces, in eV/Å."""
    dipole_e_angstrom: float
    """Dipole, in e·Å."""
    gradient_ev_per_angstrom: float
    """Forces against finite differences of the energy, in eV/Å."""
    hessian_ev_per_angstrom2: float
    """Exact against finite-difference second derivatives, in eV/Å²."""
    displacement_angstrom: float
    """Displacement of these finite differences in Å (four-point formula)."""
    field_step_v_per_angstrom: float = 0.01
    """Step in V/Å of finite differences with respect to an electric field."""


FLOAT64: Final = Tolerances(
    energy_ev=1e-9,
    forces_ev_per_angstrom=1e-9,
    dipole_e_angstrom=1e-9,
    gradient_ev_per_angstrom=1e-6,
    hessian_ev_per_angstrom2=1e-5,
    displacement_angstrom=2e-3,
)
"""Double precision, analytic expressions."""

FLOAT32: Final = Tolerances(
    energy_ev=2e-4,
    forces_ev_per_angstrom=5e-4,
    dipole_e_angstrom=2e-4,
    gradient_ev_per_angstrom=2e-2,
    hessian_ev_per_angstrom2=2e-2,
    displacement_angstrom=2e-2,
    field_step_v_per_angstrom=0.1,
)
"""Single precision, energies up to some ten eV from their offset."""

SELF_CONSISTENT: Final = Tolerances(
    energy_ev=1e-6,
    forces_ev_per_angstrom=1e-5,
    dipole_e_angstrom=1e-5,
    gradient_ev_per_angstrom=2e-4,
    hessian_ev_per_angstrom2=2e-3,
    displacement_angstrom=5e-3,
)
"""Electronic-structure methods whose self-consistent cycle is converged tightly."""
