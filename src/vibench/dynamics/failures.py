"""Failures: what ends a trajectory before its time."""

from enum import IntEnum

import numpy as np
from ase.data import covalent_radii

from vibench.core.molecules import Array, Molecules, atom_counts, atom_offsets
from vibench.core.trajectory import FINISHED, Outcome
from vibench.core.units import BOLTZMANN
from vibench.dynamics.ensemble import Ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.state import State
from vibench.potentials.neighbours import atom_pairs


class Failure(IntEnum):
    """Codes under which restart points keep how a trajectory ended."""

    NONE = 0
    NOT_FINITE = 1
    FORCE = 2
    TEMPERATURE = 3
    TOPOLOGY = 4


class Bonds:
    """The bonds of starting geometries, and whether later ones still have the same.

    Bonded at the start: closer than factor times the sum of covalent radii. Broken: longer than
    factor² times that sum. Formed: an unbonded pair closer than the sum. The gap between the
    three keeps thermal vibration from counting as chemistry.

    References
    ----------
    B. Cordero et al., Dalton Trans. 2832 (2008), doi:10.1039/B801115J (covalent radii).
    """

    def __init__(self, molecules: Molecules[Array], factor: float) -> None:
        centre, neighbour = atom_pairs(atom_counts(molecules))
        once = centre < neighbour
        self._first, self._second = centre[once], neighbour[once]
        self._molecule = molecules.molecule_index[self._first]
        self._count = len(molecules)
        radii = covalent_radii[molecules.numbers]
        limit = radii[self._first] + radii[self._second]
        self._bonded = self._distances(molecules.positions) < factor * limit
        self._shortest = np.where(self._bonded, 0.0, limit)
        self._longest = np.where(self._bonded, factor**2 * limit, np.inf)

    def changed(self, positions: Array) -> Array:
        """Return (molecules,) whether a bond is broken or formed at *positions* (atoms, 3)."""
        distance = self._distances(positions)
        wrong = (distance < self._shortest) | (distance > self._longest)
        changed: Array = np.bincount(self._molecule, wrong, minlength=self._count) > 0
        return changed

    def _distances(self, positions: Array) -> Array:
        distances: Array = np.linalg.norm(positions[self._second] - positions[self._first], axis=1)
        return distances


class Watch:
    """Looks at every new state for trajectories that have gone wrong."""

    def __init__(self, ensemble: Ensemble, recipe: DynamicsRecipe) -> None:
        molecules = ensemble.molecules
        self._starts = atom_offsets(molecules)[:-1]
        self._bound = recipe.max_force_ev_per_angstrom
        freedoms = 3 * atom_counts(molecules)
        limit_k = recipe.max_temperature_factor * ensemble.temperature_k
        self._hottest = 0.5 * freedoms * BOLTZMANN * limit_k
        self._stride = recipe.topology_stride
        factor = recipe.bond_factor
        self._bonds = None if factor is None else Bonds(molecules, factor)

    def look(self, state: State, *, has_dipole: bool) -> Array:
        """Return (trajectories,) a `Failure` code for each, the gravest first."""
        strongest = np.maximum.reduceat(np.linalg.norm(state.forces, axis=1), self._starts)
        code = np.full(len(strongest), Failure.NONE, dtype=np.int64)
        if self._bonds is not None and state.step % self._stride == 0:
            code[self._bonds.changed(state.positions)] = Failure.TOPOLOGY
        code[state.kinetic_energy > self._hottest] = Failure.TEMPERATURE
        code[strongest > self._bound] = Failure.FORCE
        finite = np.isfinite(strongest) & np.isfinite(state.potential_energy)
        finite &= np.isfinite(state.kinetic_energy)
        if has_dipole:
            finite &= np.isfinite(state.dipole).all(axis=1)
        code[~finite] = Failure.NOT_FINITE
        return code


def outcomes(restart: dict[str, Array], recipe: DynamicsRecipe) -> list[Outcome]:
    """Return how each trajectory ended, from the last restart point of a run."""
    reasons = {
        Failure.NOT_FINITE: "energy, forces or dipole are not finite",
        Failure.FORCE: f"a force exceeds {recipe.max_force_ev_per_angstrom:g} eV/Å",
        Failure.TEMPERATURE: (
            f"the kinetic temperature exceeds {recipe.max_temperature_factor:g} times the set one"
        ),
        Failure.TOPOLOGY: "a bond was broken or formed",
    }
    return [
        FINISHED if code == Failure.NONE else Outcome("failed", reasons[Failure(code)], int(step))
        for code, step in zip(restart["failure"], restart["failure_step"], strict=True)
    ]
