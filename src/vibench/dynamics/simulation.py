"""Simulation: an ensemble, a potential and the step that takes a state to the next."""

from dataclasses import replace

import numpy as np

from vibench.core.molecules import (
    Array,
    Molecules,
    atom_offsets,
    atom_selection,
    select,
    with_positions,
)
from vibench.core.protocols import Potential
from vibench.core.units import FORCE_TO_ACCELERATION
from vibench.dynamics.ensemble import Ensemble, centre_of_mass, starting_velocities
from vibench.dynamics.failures import Failure, Watch
from vibench.dynamics.integrators import build_integrators
from vibench.dynamics.noise import Noise
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.state import State
from vibench.potentials.flux import dipole_flux


class Simulation:
    """Advances all trajectories of an ensemble together.

    The potential sees every molecule with its centre of mass at the origin: positions keep their
    precision in single-precision models however far a molecule has drifted, and the dipole of an
    ion is about the centre of mass.
    """

    def __init__(self, potential: Potential, ensemble: Ensemble, recipe: DynamicsRecipe) -> None:
        self._potential, self._ensemble, self._recipe = potential, ensemble, recipe
        self._has_dipole = "dipole" in potential.capabilities.outputs
        self._starts = atom_offsets(ensemble.molecules)[:-1]
        self._watch = Watch(ensemble, recipe)
        self._use(np.ones(len(ensemble), dtype=bool))
        draws = max(integrator.draws for integrator in self._integrators)
        self._noise = Noise(ensemble, recipe.seed, draws)

    def start(self) -> State:
        """Return the state at step 0: given positions, Maxwell-Boltzmann velocities."""
        count = len(self._ensemble)
        state = State(
            step=0,
            positions=self._ensemble.molecules.positions,
            velocities=starting_velocities(self._ensemble, self._recipe),
            forces=np.zeros((self._ensemble.molecules.n_atoms, 3)),
            potential_energy=np.full(count, np.nan),
            kinetic_energy=np.zeros(count),
            dipole=np.full((count, 3), np.nan),
            failure=np.zeros(count, dtype=np.int64),
            failure_step=np.full(count, -1, dtype=np.int64),
        )
        return self._settle(state, self._with_energies(state))

    def resume(self, state: State) -> None:
        """Take up a run at *state*, in which some trajectories may have failed."""
        self._use(state.alive)

    def advance(self, state: State) -> State:
        """Return the state one integration step later."""
        equilibrating = state.step < self._recipe.equilibration_steps
        integrator = self._integrators[0 if equilibrating else 1]
        noise = self._noise.at(state.step) if integrator.draws else np.empty(0)
        positions, velocities = integrator.before_forces(
            state.positions, state.velocities, state.forces, noise
        )
        moved = self._with_energies(replace(state, step=state.step + 1, positions=positions))
        velocities = integrator.after_forces(velocities, moved.forces, noise)
        return self._settle(state, replace(moved, velocities=velocities))

    def dipole_flux(self, state: State) -> Array:
        """Return (trajectories, 3) ∂μ/∂R·v in e·Å/fs about the centre of mass; 0 where failed."""
        flux = np.zeros((len(self._ensemble), 3))
        if self._live is not None:
            moving = []
            for vectors in (state.positions, state.velocities):
                atoms = vectors[self._live_atoms]
                moving.append(atoms - centre_of_mass(self._live, atoms)[self._live.molecule_index])
            live = with_positions(self._live, moving[0])
            flux[self._alive] = dipole_flux(self._potential, live, moving[1])
        return flux

    def _use(self, alive: Array) -> None:
        """Evaluate and move only the trajectories that are *alive* (trajectories,)."""
        self._alive = alive
        index = np.flatnonzero(alive)
        self._live: Molecules[Array] | None = None
        if index.size:
            self._live = select(self._ensemble.molecules, index)
        self._live_atoms = atom_selection(self._ensemble.molecules, index)
        self._integrators = build_integrators(self._ensemble, self._recipe, alive)

    def _with_energies(self, state: State) -> State:
        """Return *state* with energies, forces and dipoles at its positions."""
        if self._live is None:
            return state
        positions = state.positions[self._live_atoms]
        centre = centre_of_mass(self._live, positions)[self._live.molecule_index]
        found = self._potential(with_positions(self._live, positions - centre))
        return replace(
            state,
            potential_energy=_filled(state.potential_energy, self._alive, found.energy),
            forces=_filled(state.forces, self._live_atoms, found.forces),
            dipole=_filled(state.dipole, self._alive, found.dipole),
        )

    def _settle(self, before: State, after: State) -> State:
        """Return *after* with kinetic energies; trajectories that failed stay as they were."""
        after = replace(after, kinetic_energy=self._kinetic_energy(after.velocities))
        code = self._watch.look(after, has_dipole=self._has_dipole)
        failed = self._alive & (code != Failure.NONE)
        if not failed.any():
            return after
        atoms = failed[self._ensemble.molecules.molecule_index, None]
        self._use(self._alive & ~failed)
        return replace(
            after,
            positions=np.where(atoms, before.positions, after.positions),
            velocities=np.where(atoms, 0.0, after.velocities),
            forces=np.where(atoms, 0.0, after.forces),
            potential_energy=np.where(failed, before.potential_energy, after.potential_energy),
            kinetic_energy=np.where(failed, 0.0, after.kinetic_energy),
            dipole=np.where(failed[:, None], before.dipole, after.dipole),
            failure=np.where(failed, code, after.failure),
            failure_step=np.where(failed, after.step, after.failure_step),
        )

    def _kinetic_energy(self, velocities: Array) -> Array:
        masses = self._ensemble.molecules.masses
        atomic = masses * np.einsum("ai,ai->a", velocities, velocities)
        energy: Array = np.add.reduceat(atomic, self._starts) * (0.5 / FORCE_TO_ACCELERATION)
        return energy


def _filled(whole: Array, index: Array, values: Array | None) -> Array:
    """Return a copy of *whole* whose rows at *index* are *values*."""
    if values is None:
        return whole
    copy = whole.copy()
    copy[index] = values
    return copy
