"""Ensemble: which trajectories one run is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_offsets, concatenate, select
from vibench.core.protocols import Potential, missing_outputs
from vibench.core.streams import generator
from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION
from vibench.dynamics.recipe import DynamicsRecipe


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """The trajectories of a run as one ragged batch: molecules × temperatures × replicas."""

    molecules: Molecules[Array]
    """Starting geometry of each trajectory."""
    replica: Array
    """(trajectories,) index of the replica."""
    temperature_k: Array
    """(trajectories,) temperature in K."""

    def __len__(self) -> int:
        return len(self.molecules)

    @property
    def atom_temperature_k(self) -> Array:
        """(atoms, 1) temperature in K of each atom's trajectory."""
        return self.temperature_k[self.molecules.molecule_index, None]

    def stream(self, entry: int, seed: int, purpose: str, block: int = 0) -> np.random.Generator:
        """Return the random stream of one trajectory, whatever else is in the ensemble."""
        name, replica = self.molecules.names[entry], int(self.replica[entry])
        temperature_k = float(self.temperature_k[entry])
        return generator(seed, name, replica, temperature_k, purpose, block=block)


def build_ensemble(starts: Sequence[Molecules[Array]], recipe: DynamicsRecipe) -> Ensemble:
    """Spread replicas and temperatures over the starting geometries.

    Parameters
    ----------
    starts
        One batch per molecule, whose entries are conformers of it under one name. Replica r
        starts from conformer r modulo their number.
    recipe
        Temperatures and number of replicas.

    Raises
    ------
    InputError
        If two molecules share a name (they would share random numbers) or the conformers of one
        differ in anything but their positions.
    """
    if not starts:
        raise InputError("no molecules to run")
    names = [batch.names[0] for batch in starts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"two molecules are called {twice[0]!r}; give each a name of its own")
    for batch in starts:
        _check_conformers(batch)
    replicas = np.arange(recipe.replicas)
    parts = [
        select(batch, replicas % len(batch)) for batch in starts for _ in recipe.temperatures_k
    ]
    return Ensemble(
        molecules=concatenate(parts),
        replica=np.tile(replicas, len(parts)),
        temperature_k=np.tile(np.repeat(recipe.temperatures_k, recipe.replicas), len(starts)),
    )


def check_potential(potential: Potential, ensemble: Ensemble) -> None:
    """Refuse a potential that cannot run these molecules.

    Raises
    ------
    InputError
        Naming what is missing: energy or forces, an element, or the treatment of ions or fields.
    """
    missing = missing_outputs(potential, ("energy", "forces"))
    if missing:
        raise InputError(f"{potential.name} predicts no {' and no '.join(missing)}: cannot run MD")
    molecules, known = ensemble.molecules, potential.capabilities.elements
    if known is not None:
        strange = sorted(set(molecules.numbers.tolist()) - known)
        if strange:
            raise InputError(
                f"{potential.name} does not know atomic numbers {strange}; known: {sorted(known)}"
            )
    if np.any(molecules.charge != 0) and not potential.capabilities.charged:
        name = molecules.names[int(np.flatnonzero(molecules.charge)[0])]
        raise InputError(f"{potential.name} treats neutral molecules only, {name!r} is charged")
    if molecules.electric_field is not None and not potential.capabilities.electric_field:
        raise InputError(f"{potential.name} cannot treat an external electric field")


def starting_velocities(ensemble: Ensemble, recipe: DynamicsRecipe) -> Array:
    """Draw Maxwell-Boltzmann velocities (atoms, 3) in Å/fs and remove the total momentum."""
    molecules = ensemble.molecules
    offsets, masses = atom_offsets(molecules), molecules.masses[:, None]
    normal = np.concatenate(
        [
            ensemble.stream(entry, recipe.seed, "velocities").standard_normal((stop - start, 3))
            for entry, (start, stop) in enumerate(pairwise(offsets))
        ]
    )
    thermal = BOLTZMANN * FORCE_TO_ACCELERATION * ensemble.atom_temperature_k / masses
    velocities = np.sqrt(thermal) * normal
    drift = centre_of_mass(molecules, velocities)[molecules.molecule_index]
    still: Array = velocities - drift
    return still


def centre_of_mass(molecules: Molecules[Array], vectors: Array) -> Array:
    """Return (molecules, 3) mass-weighted means of *vectors* (atoms, 3)."""
    starts = atom_offsets(molecules)[:-1]
    masses = molecules.masses[:, None]
    total: Array = np.add.reduceat(masses * vectors, starts)
    mean: Array = total / np.add.reduceat(masses, starts)
    return mean


def _check_conformers(batch: Molecules[Array]) -> None:
    name, count = batch.names[0], len(batch)
    if set(batch.names) != {name}:
        raise InputError(
            f"conformers of one molecule must share its name, found {sorted(set(batch.names))}"
        )
    for field in ("numbers", "masses", "charge", "unpaired_electrons"):
        values = getattr(batch, field)
        if len(values) % count or np.any(
            values.reshape(count, -1) != values[: len(values) // count]
        ):
            raise InputError(f"the conformers of {name!r} differ in their {field}")
