"""Trajectory: one molecule, one replica, and how it ended."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of work ended; a failure is a result that is recorded and reported."""

    status: str
    """``"finished"`` or ``"failed"``."""
    reason: str = ""
    """Why it failed, in words; empty if it finished."""
    step: int | None = None
    """The integration step (or iteration) at which it failed."""

    @property
    def finished(self) -> bool:
        """True unless the work failed."""
        return self.status == "finished"


FINISHED = Outcome("finished")


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Molecular dynamics of one replica of one molecule.

    The dipole is kept at every step; positions and velocities at every `frame_stride`-th one.
    Row k of `dipole` belongs to production step k; row j of `positions` to step j * frame_stride.
    """

    name: str
    """Name of the molecule."""
    replica: int
    """Index of the replica; with the name, temperature and seed it fixes the random stream."""
    numbers: Array
    """(atoms,) atomic numbers."""
    masses: Array
    """(atoms,) masses in amu."""
    dipole: Array
    """(steps, 3) dipole in e·Å."""
    potential_energy: Array
    """(steps,) potential energy in eV."""
    kinetic_energy: Array
    """(steps,) kinetic energy in eV, at the same instants."""
    positions: Array
    """(frames, atoms, 3) positions in Å."""
    velocities: Array
    """(frames, atoms, 3) velocities in Å/fs."""
    time_step_fs: float
    """Integration time step in fs, which is also the spacing of `dipole`."""
    frame_stride: int
    """Integration steps between two rows of `positions`."""
    temperature_k: float
    """Temperature in K of the thermostat, or of the ensemble that NVE runs started from."""
    thermostat: str
    """Integrator and friction in words, e.g. ``"BAOAB Langevin, friction 0.001 fs^-1"``."""
    friction_per_fs: float = 0.0
    """Friction in fs⁻¹ under which the frames were made; 0 without a thermostat."""
    dipole_flux: Array | None = None
    """(steps, 3) exact time derivative of the dipole, Σ ∂μ/∂R·v, in e·Å/fs, or None."""
    outcome: Outcome = FINISHED
    """Finished, or why and when it failed."""

    def __post_init__(self) -> None:
        steps, atoms = len(self.dipole), len(self.numbers)
        shapes = {
            "dipole": (steps, 3),
            "potential_energy": (steps,),
            "kinetic_energy": (steps,),
            "masses": (atoms,),
            "positions": (len(self.positions), atoms, 3),
            "velocities": (len(self.positions), atoms, 3),
        }
        if self.dipole_flux is not None:
            shapes["dipole_flux"] = (steps, 3)
        for name, shape in shapes.items():
            found = np.shape(getattr(self, name))
            if found != shape:
                raise InputError(f"trajectory {name} has shape {found}, expected {shape}")
        if not 0 < self.time_step_fs < np.inf:
            raise InputError(f"time_step_fs must be positive, found {self.time_step_fs}")
