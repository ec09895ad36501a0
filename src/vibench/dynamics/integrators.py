"""Integrators: one step is a half before the new forces and a half after them.

Positions are in Å, velocities in Å/fs, forces in eV/Å, friction in fs⁻¹; arrays are (atoms, 3)
and coefficients (atoms, 1). An atom whose `kT_over_m` and `inverse_mass` are zero and whose
velocity is zero stays exactly where it is: that is how failed trajectories are frozen.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vibench.core.molecules import Array
from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION
from vibench.dynamics.ensemble import Ensemble
from vibench.dynamics.recipe import DynamicsRecipe


class Integrator(Protocol):
    """A scheme that needs forces once per step."""

    @property
    def draws(self) -> int:
        """Normal numbers per step, atom and direction."""

    def before_forces(
        self, positions: Array, velocities: Array, forces: Array, noise: Array
    ) -> tuple[Array, Array]:
        """Return positions at the end of the step and velocities in its middle."""

    def after_forces(self, velocities: Array, forces: Array, noise: Array) -> Array:
        """Return velocities at the end of the step from the new *forces*."""


@dataclass(frozen=True, slots=True, eq=False)
class VelocityVerlet:
    """Newton's equations by velocity Verlet.

    References
    ----------
    W. C. Swope, H. C. Andersen, P. H. Berens, K. R. Wilson, J. Chem. Phys. 76, 637 (1982),
    doi:10.1063/1.442716.
    """

    time_step_fs: float
    inverse_mass: Array
    """(atoms, 1) acceleration in Å/fs² of a force of 1 eV/Å."""
    draws: int = 0

    def before_forces(
        self, positions: Array, velocities: Array, forces: Array, noise: Array
    ) -> tuple[Array, Array]:
        """Half kick, drift."""
        velocities = self.after_forces(velocities, forces, noise)
        return positions + self.time_step_fs * velocities, velocities

    def after_forces(self, velocities: Array, forces: Array, noise: Array) -> Array:
        """Half kick."""
        kicked: Array = velocities + (0.5 * self.time_step_fs) * self.inverse_mass * forces
        return kicked


@dataclass(frozen=True, slots=True, eq=False)
class Baoab:
    r"""Langevin dynamics split as kick, drift, thermostat, drift, kick.

    .. math:: v \leftarrow e^{-γΔt} v + \sqrt{(1 - e^{-2γΔt})\, k_B T/m}\; ξ

    in the middle of the drift. For a harmonic oscillator ⟨x²⟩ is kT/k at any time step and
    ⟨v²⟩ is kT/m · (1 - (ωΔt)²/4).

    References
    ----------
    B. Leimkuhler, C. Matthews, J. Chem. Phys. 138, 174102 (2013), doi:10.1063/1.4802990.
    """

    time_step_fs: float
    inverse_mass: Array
    """(atoms, 1) acceleration in Å/fs² of a force of 1 eV/Å."""
    kT_over_m: Array  # noqa: N815  # the physicist's name
    """(atoms, 1) mean square thermal velocity per direction in Å²/fs²."""
    friction_per_fs: float
    draws: int = 1

    def before_forces(
        self, positions: Array, velocities: Array, forces: Array, noise: Array
    ) -> tuple[Array, Array]:
        """Half kick, half drift, thermostat, half drift."""
        half = 0.5 * self.time_step_fs
        exponent = -self.friction_per_fs * self.time_step_fs
        spread = np.sqrt(-np.expm1(2 * exponent) * self.kT_over_m)
        kicked = self.after_forces(velocities, forces, noise)
        middle = positions + half * kicked
        kicked = np.exp(exponent) * kicked + spread * noise[0]
        return middle + half * kicked, kicked

    def after_forces(self, velocities: Array, forces: Array, noise: Array) -> Array:
        """Half kick."""
        kicked: Array = velocities + (0.5 * self.time_step_fs) * self.inverse_mass * forces
        return kicked


@dataclass(frozen=True, slots=True, eq=False)
class AseLangevin:
    r"""The Langevin scheme of ASE, of weak second order in the time step.

    ======== ==================================== =============================
    name     value                                multiplies
    ======== ==================================== =============================
    c₁       Δt/2 - γΔt²/8                        force / mass
    c₂       γΔt/2 - γ²Δt²/8                      -velocity
    c₃       σ√Δt/2 - γσΔt^(3/2)/8                ξ
    c₄       γ c₅/2                               -η
    c₅       σΔt^(3/2)/(2√3)                      η, in the drift
    ======== ==================================== =============================

    with σ = √(2γkT/m); both half kicks of a step use the same ξ and η. The centre of mass is
    free: removing its noise would sample small molecules wrongly.

    References
    ----------
    E. Vanden-Eijnden, G. Ciccotti, Chem. Phys. Lett. 429, 310 (2006),
    doi:10.1016/j.cplett.2006.07.086, eq. 23; ASE, ``ase.md.langevin``.
    """

    time_step_fs: float
    inverse_mass: Array
    """(atoms, 1) acceleration in Å/fs² of a force of 1 eV/Å."""
    kT_over_m: Array  # noqa: N815  # the physicist's name
    """(atoms, 1) mean square thermal velocity per direction in Å²/fs²."""
    friction_per_fs: float
    draws: int = 2

    def before_forces(
        self, positions: Array, velocities: Array, forces: Array, noise: Array
    ) -> tuple[Array, Array]:
        """Half kick with noise, drift with noise."""
        kicked = self.after_forces(velocities, forces, noise)
        return positions + self.time_step_fs * kicked + self._c5() * noise[1], kicked

    def after_forces(self, velocities: Array, forces: Array, noise: Array) -> Array:
        """Half kick with noise."""
        step, friction = self.time_step_fs, self.friction_per_fs
        c1 = step / 2 - friction * step**2 / 8
        c2 = friction * step / 2 - (friction * step) ** 2 / 8
        c3 = self._sigma() * (step**0.5 / 2 - friction * step**1.5 / 8)
        c4 = friction / 2 * self._c5()
        kick = c1 * self.inverse_mass * forces - c2 * velocities
        kicked: Array = velocities + (kick + c3 * noise[0] - c4 * noise[1])
        return kicked

    def _sigma(self) -> Array:
        sigma: Array = np.sqrt(2 * self.friction_per_fs * self.kT_over_m)
        return sigma

    def _c5(self) -> Array:
        c5: Array = self._sigma() * self.time_step_fs**1.5 / (2 * np.sqrt(3))
        return c5


def build_integrators(
    ensemble: Ensemble, recipe: DynamicsRecipe, alive: Array
) -> tuple[Integrator, Integrator]:
    """Return the integrators of equilibration and production.

    Parameters
    ----------
    ensemble, recipe
        What is run and how.
    alive : (trajectories,)
        False for trajectories that are to stay where they are.
    """
    index = ensemble.molecules.molecule_index
    inverse_mass = FORCE_TO_ACCELERATION / ensemble.molecules.masses[:, None]
    inverse_mass = inverse_mass * alive[index, None]
    thermal = BOLTZMANN * ensemble.atom_temperature_k * inverse_mass
    step = recipe.time_step_fs
    warm = Baoab(step, inverse_mass, thermal, recipe.equilibration_friction_per_fs)
    match recipe.integrator:
        case "langevin-baoab":
            return warm, Baoab(step, inverse_mass, thermal, recipe.friction_per_fs)
        case "langevin-ase":
            ase = AseLangevin(step, inverse_mass, thermal, recipe.friction_per_fs)
            return ase, ase
        case "nve":
            return warm, VelocityVerlet(step, inverse_mass)
