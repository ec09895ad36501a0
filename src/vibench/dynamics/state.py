"""State: everything the next integration step depends on."""

from dataclasses import dataclass, fields

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.dynamics.ensemble import Ensemble


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """All trajectories of a run at one instant, in float64.

    Stored whole it is a restart point: a run that continues from it, forces included, makes the
    same bits as one that was never interrupted.
    """

    step: int
    """Integration steps done since the start, equilibration included."""
    positions: Array
    """(atoms, 3) positions in Å."""
    velocities: Array
    """(atoms, 3) velocities in Å/fs."""
    forces: Array
    """(atoms, 3) forces in eV/Å; zero where a trajectory has failed."""
    potential_energy: Array
    """(trajectories,) potential energy in eV."""
    kinetic_energy: Array
    """(trajectories,) kinetic energy in eV."""
    dipole: Array
    """(trajectories, 3) dipole in e·Å about the centre of mass; NaN if none is predicted."""
    failure: Array
    """(trajectories,) `Failure` code, 0 while all is well."""
    failure_step: Array
    """(trajectories,) step of the failure, -1 while all is well."""

    @property
    def alive(self) -> Array:
        """(trajectories,) True where a trajectory has not failed."""
        alive: Array = self.failure == 0
        return alive


def state_to_restart(state: State) -> dict[str, Array]:
    """Return the state as numeric arrays by name."""
    return {field.name: np.array(getattr(state, field.name)) for field in fields(state)}


def state_from_restart(restart: dict[str, Array], ensemble: Ensemble) -> State:
    """Return the state that *restart* holds.

    Raises
    ------
    InputError
        If it belongs to other molecules or another number of replicas.
    """
    atoms, count = ensemble.molecules.n_atoms, len(ensemble)
    found = (restart["positions"].shape, restart["failure"].shape)
    if found != ((atoms, 3), (count,)):
        raise InputError(
            f"the restart point holds {len(restart['failure'])} trajectories with "
            f"{len(restart['positions'])} atoms, the run has {count} with {atoms}; "
            "it belongs to another run"
        )
    arrays = {
        field.name: np.array(restart[field.name]) for field in fields(State) if field.name != "step"
    }
    return State(step=int(restart["step"]), **arrays)
