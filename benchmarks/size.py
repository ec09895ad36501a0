"""Time of one evaluation against the number of atoms, on chains of alkanes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.contenders import ARCHITECTURES, settings
from benchmarks.timing import interleaved
from vibench.core.molecules import Array, Molecules, single, with_positions
from vibench.core.weights import Weights
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.training_statistics import TrainingStatistics


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Time of one molecule."""

    architecture: str
    atoms: int
    median_ms: float
    switch: float
    """Time per atom just beyond the number of atoms up to which all pairs are kept, divided by that
    just below."""
    exponent: float
    """Of the power law that fits the times from 62 atoms on."""


def size(*, tiny: bool) -> Iterator[list[SizeRow]]:
    """Time chains of up to 1000 atoms with every architecture."""
    carbons = (4, 10, 20) if tiny else (4, 10, 20, 40, 80, 160, 333)
    for architecture in ("schnet",) if tiny else ARCHITECTURES:
        potential = _potential(architecture, "tiny" if tiny else "small")
        switch = _switch(architecture, "tiny" if tiny else "small")
        chains = [chain(count) for count in carbons]
        times = [
            float(np.median(interleaved({"": _call(potential, one)}, seconds=2.0)[""]))
            for one in chains
        ]
        atoms = np.array([one.n_atoms for one in chains])
        long = atoms >= (30 if tiny else 60)
        exponent = np.polyfit(np.log(atoms[long]), np.log(np.array(times)[long]), 1)[0]
        yield [
            SizeRow(architecture, int(count), time, switch, float(exponent))
            for count, time in zip(atoms, times, strict=True)
        ]


def _switch(architecture: str, preset: str) -> float:
    limit = settings(architecture, preset, dipole=True).all_pairs_up_to
    carbons = (limit - 2) // 3  # a chain has 3 carbons + 2 atoms
    below, beyond = chain(carbons), chain(carbons + 1)
    # Two potentials, as one that is called with two molecules in turn replays neither.
    calls = {one.names[0]: _call(_potential(architecture, preset), one) for one in (below, beyond)}
    first, second = (float(np.median(t)) for t in interleaved(calls, seconds=4.0).values())
    return second / beyond.n_atoms / (first / below.n_atoms)


def chain(carbons: int) -> Molecules[Array]:
    """Return an alkane, all of whose C-C-C-C angles are 180°."""
    numbers, positions = [], []
    up, along = 0.42, 1.27
    for place in range(carbons):
        side = 1 if place % 2 else -1
        centre = np.array([along * place, side * up, 0.0])
        numbers.append(6)
        positions.append(centre)
        hydrogens = [centre + np.array([0.0, side * 0.63, z]) for z in (-0.89, 0.89)]
        if place in {0, carbons - 1}:
            outwards = -1 if place == 0 else 1
            hydrogens.append(centre + np.array([outwards * 0.89, -side * 0.63, 0.0]))
        numbers += [1] * len(hydrogens)
        positions += hydrogens
    masses = np.where(np.array(numbers) == 6, 12.011, 1.008)
    return single(f"C{carbons}", numbers, positions, masses)


def _potential(architecture: str, preset: str) -> LearnedPotential:
    recipe = settings(architecture, preset, dipole=True)
    elements = TrainingStatistics(elements=(1, 6))
    network = build_network(recipe, seed=0, statistics=elements)
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=arrays,
        reference_energies={1: 0.0, 6: 0.0},
        level_of_theory="initial weights",
        training_checksum="",
    )
    return LearnedPotential(weights, name=architecture, dtype="float32", device="cpu")


def _call(potential: LearnedPotential, molecule: Molecules[Array]) -> Callable[[], object]:
    return lambda: potential(with_positions(molecule, molecule.positions)).forces
