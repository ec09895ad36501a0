"""The engine: runs an ensemble from its start, or its last restart point, to its end."""

import time
from collections.abc import Sequence

import numpy as np

from vibench.core.molecules import Array, Molecules
from vibench.core.protocols import Potential, Progress, Silent, Sink
from vibench.core.trajectory import Outcome
from vibench.dynamics.ensemble import Ensemble, build_ensemble, check_potential
from vibench.dynamics.failures import outcomes
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.simulation import Simulation
from vibench.dynamics.state import State, state_from_restart, state_to_restart

_REPORT_EVERY_S = 0.5
_LARGEST_CHUNK_BYTES = 2**26


def run(
    potential: Potential,
    starts: Sequence[Molecules[Array]],
    recipe: DynamicsRecipe,
    sink: Sink,
    progress: Progress | None = None,
    *,
    checkpoint_every_s: float = 30.0,
) -> list[Outcome]:
    """Run molecular dynamics of all molecules, temperatures and replicas in one batch.

    Continues from the sink's restart point if there is one; a finished run is left as it is. A
    killed and continued run gives the same bits as one that was never interrupted, provided the
    potential gives the same bits for the same batch.

    Parameters
    ----------
    potential
        Gives energies and forces, and dipoles if there are to be any.
    starts
        One batch per molecule: its conformers, over which the replicas are spread.
    recipe
        Settings.
    sink
        Takes chunks of frames: ``dipole`` (steps, trajectories, 3) in e·Å, ``potential_energy``
        and ``kinetic_energy`` (steps, trajectories) in eV for every step that is kept,
        ``positions`` in Å and ``velocities`` in Å/fs (frames, atoms, 3) for every
        ``frame_stride``-th; with the recipe's ``dipole_flux`` also that of every step, in e·Å/fs
        (steps, trajectories, 3). The restart point is a `State` as arrays.
    progress
        Told the number of integration steps done.
    checkpoint_every_s
        Longest time in s between two restart points (one evaluation of the potential apart).

    Returns
    -------
    outcomes
        How each trajectory ended, in the order of `build_ensemble`. A failed one is frozen and
        no longer evaluated, the others go on.

    Raises
    ------
    InputError
        If molecules, potential and restart point do not fit together.
    """
    progress = progress or Silent()
    ensemble = build_ensemble(starts, recipe)
    check_potential(potential, ensemble)
    simulation = Simulation(potential, ensemble, recipe)
    recorder = _Recorder(simulation, ensemble, recipe)
    restart = sink.restart()
    if restart is None:
        state = simulation.start()
        recorder.record(state)
    else:
        state = state_from_restart(restart, ensemble)
        simulation.resume(state)
    saved = reported = time.monotonic()
    while state.step < recipe.total_steps and state.alive.any():
        state = simulation.advance(state)
        recorder.record(state)
        now = time.monotonic()
        if now - reported >= _REPORT_EVERY_S:
            progress.update(state.step, recipe.total_steps, _note(state), unit="steps")
            reported = now
        if now - saved >= checkpoint_every_s or recorder.full:
            sink.write(recorder.take(), state_to_restart(state))
            saved = now
    final = state_to_restart(state)
    if restart is None or state.step != int(restart["step"]):
        sink.write(recorder.take(), final)
    progress.update(state.step, recipe.total_steps, _note(state), unit="steps")
    return outcomes(final, recipe)


class _Recorder:
    """Collects what is kept of the states between two writes."""

    def __init__(self, simulation: Simulation, ensemble: Ensemble, recipe: DynamicsRecipe) -> None:
        self._simulation = simulation
        self._first, self._stride = recipe.equilibration_steps, recipe.frame_stride
        molecules, atoms = len(ensemble), ensemble.molecules.n_atoms
        self._shapes = {
            "dipole": (molecules, 3),
            "potential_energy": (molecules,),
            "kinetic_energy": (molecules,),
            "positions": (atoms, 3),
            "velocities": (atoms, 3),
        }
        if recipe.dipole_flux:
            self._shapes["dipole_flux"] = (molecules, 3)
        self._rows: dict[str, list[Array]] = {name: [] for name in self._shapes}
        row_bytes = 8 * (8 * molecules + 6 * atoms / self._stride)
        self._limit = max(1, int(_LARGEST_CHUNK_BYTES / row_bytes))

    @property
    def full(self) -> bool:
        """Whether memory asks for a write."""
        return len(self._rows["dipole"]) >= self._limit

    def record(self, state: State) -> None:
        """Keep what belongs into the trajectory."""
        row = state.step - self._first
        if row < 0:
            return
        for name in ("dipole", "potential_energy", "kinetic_energy"):
            self._rows[name].append(getattr(state, name))
        if "dipole_flux" in self._rows:
            self._rows["dipole_flux"].append(self._simulation.dipole_flux(state))
        if row % self._stride == 0:
            for name in ("positions", "velocities"):
                self._rows[name].append(getattr(state, name))

    def take(self) -> dict[str, Array]:
        """Return what was collected, with a leading axis of steps or frames, and forget it."""
        frames = {
            name: np.array(rows).reshape(-1, *self._shapes[name])
            for name, rows in self._rows.items()
        }
        self._rows = {name: [] for name in self._shapes}
        return frames


def _note(state: State) -> str:
    failed = int(np.count_nonzero(~state.alive))
    return f"{failed} of {len(state.alive)} trajectories failed" if failed else ""
