"""Trajectories: a run's frames taken apart by molecule, temperature and replica."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, atom_offsets
from vibench.core.trajectory import Outcome, Trajectory
from vibench.dynamics.ensemble import Ensemble
from vibench.dynamics.failures import outcomes
from vibench.dynamics.recipe import DynamicsRecipe


class MemorySink:
    """Keeps the frames of a run in memory."""

    def __init__(self) -> None:
        self._chunks: list[dict[str, Array]] = []
        self._restart: dict[str, Array] | None = None

    def restart(self) -> dict[str, Array] | None:
        """Return the last restart point, or None at the very start."""
        return self._restart

    def write(self, frames: dict[str, Array], restart: dict[str, Array]) -> None:
        """Append *frames* and replace the restart point."""
        self._chunks.append(frames)
        self._restart = restart

    def frames(self) -> dict[str, Array]:
        """Return all frames that were written, chunks joined.

        Raises
        ------
        InputError
            If nothing was written yet.
        """
        if not self._chunks:
            raise InputError("the sink is empty: run dynamics into it first")
        return {
            name: np.concatenate([chunk[name] for chunk in self._chunks])
            for name in self._chunks[0]
        }


def assemble(
    frames: dict[str, Array],
    restart: dict[str, Array],
    ensemble: Ensemble,
    recipe: DynamicsRecipe,
) -> list[Trajectory]:
    """Return one trajectory per entry of *ensemble*, cut where it failed.

    Parameters
    ----------
    frames
        All frames of the run, as `vibench.dynamics.engine.run` hands them to its sink.
    restart
        The last restart point of the run.
    ensemble, recipe
        What was run and how.

    Raises
    ------
    InputError
        If the run has not come to its end.
    """
    done, total = int(restart["step"]), recipe.total_steps
    if done < total and np.any(restart["failure"] == 0):
        raise InputError(
            f"the run stands at step {done} of {total}; continue it before taking trajectories"
        )
    return [
        _trajectory(frames, entry, outcome, ensemble, recipe)
        for entry, outcome in enumerate(outcomes(restart, recipe))
    ]


def _trajectory(
    frames: dict[str, Array],
    entry: int,
    outcome: Outcome,
    ensemble: Ensemble,
    recipe: DynamicsRecipe,
) -> Trajectory:
    start, stop = atom_offsets(ensemble.molecules)[entry : entry + 2]
    kept = recipe.production_steps
    if outcome.step is not None:
        kept = max(0, outcome.step - recipe.equilibration_steps)
    n_frames = -(-kept // recipe.frame_stride)
    return Trajectory(
        name=ensemble.molecules.names[entry],
        replica=int(ensemble.replica[entry]),
        numbers=ensemble.molecules.numbers[start:stop],
        masses=ensemble.molecules.masses[start:stop],
        dipole=frames["dipole"][:kept, entry],
        potential_energy=frames["potential_energy"][:kept, entry],
        kinetic_energy=frames["kinetic_energy"][:kept, entry],
        positions=frames["positions"][:n_frames, start:stop],
        velocities=frames["velocities"][:n_frames, start:stop],
        time_step_fs=recipe.time_step_fs,
        frame_stride=recipe.frame_stride,
        temperature_k=float(ensemble.temperature_k[entry]),
        thermostat=recipe.thermostat,
        friction_per_fs=recipe.production_friction_per_fs,
        dipole_flux=frames["dipole_flux"][:kept, entry] if recipe.dipole_flux else None,
        outcome=outcome,
    )
