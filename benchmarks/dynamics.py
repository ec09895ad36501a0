"""Molecular dynamics end to end, dipoles of every step kept in a file.

The paper's way is Langevin dynamics of ASE with the calculator of the other code, one molecule at a
time; SchNetPack has a batched program of its own. Weights are initial ones, which bind nothing:
time steps are so short that the molecules stay as they are.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ase.units
import h5py
import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.md.langevin import Langevin

from benchmarks.choice import Choice
from benchmarks.contenders import Pair, code_of, distorted, settings
from benchmarks.rows import Row, row_of, with_ratios
from vibench.core.molecules import Array, Molecules
from vibench.dynamics.engine import run
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.potentials.composite import compose
from vibench.store.chunks import ChunkSink

_CASE = "dynamics with dipoles"
_STEP_FS = 1e-4
_TURNS = 4
"""Times that each code runs; the first one, in which it loads what it needs, does not count."""

type Simulation = Callable[[int, Path], int]
"""Runs some steps, writes into a folder, and returns the number of molecules."""


def dynamics(choice: Choice, *, steps: int) -> Iterator[list[Row]]:
    """Time *steps* of every architecture, as many replicas as the batches say."""
    for architecture in choice.architectures:
        for molecule in choice.molecules:
            for replicas in choice.batches:
                yield _measured(choice, architecture, molecule, replicas, steps)


def _measured(
    choice: Choice, architecture: str, molecule: str, replicas: int, steps: int
) -> list[Row]:
    dtype = getattr(torch, choice.dtype)
    recipes = [settings(architecture, choice.size, dipole=True)]
    if architecture == "mace":
        recipes.append(settings("mace_dipole", choice.size, dipole=True))
    pairs = [Pair(recipe, dtype=dtype) for recipe in recipes]
    start, other = distorted(molecule, 1), code_of(architecture)
    paper = f"ASE + {other}"
    codes = {"vibench": _here(pairs, start, replicas), paper: _with_ase(pairs, start)}
    if other == "SchNetPack":
        codes["SchNetPack, batched"] = _batched(pairs[0], start, replicas)
    times: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(_TURNS):
        for name, simulation in codes.items():
            found = _time(simulation, steps)
            if turn > 0:
                times[name].append(found)
    rows = []
    for name in codes:
        rows += [
            row_of(
                times[name],
                per=1,
                case=_CASE,
                architecture=architecture,
                molecule=molecule,
                batch=replicas,
                dtype=choice.dtype,
                threads=choice.threads,
                implementation=name,
                upstream=upstream,
            )
            for upstream in ([*codes][1:] if name == "vibench" else [None])
        ]
    return with_ratios(rows)


def _time(simulation: Simulation, steps: int) -> float:
    """Return the time of a step of one molecule in ms, without that of starting."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for count in (2, 2 + steps):
            place = Path(folder) / str(count)
            place.mkdir()
            began = time.perf_counter()
            molecules = simulation(count, place)
            times.append(time.perf_counter() - began)
    return 1e3 * (times[1] - times[0]) / (steps * molecules)


def _here(pairs: list[Pair], start: Molecules[Array], replicas: int) -> Simulation:
    natives = [pair.native() for pair in pairs]
    potential = natives[0] if len(natives) == 1 else compose(*natives, name="vibench")

    def simulation(steps: int, folder: Path) -> int:
        recipe = DynamicsRecipe(
            time_step_fs=_STEP_FS,
            equilibration_fs=0.0,
            production_fs=steps * _STEP_FS,
            replicas=replicas,
            bond_factor=None,
            max_force_ev_per_angstrom=1e6,
            max_temperature_factor=1e6,
        )
        run(potential, [start], recipe, ChunkSink(folder))
        return replicas

    return simulation


def _with_ase(pairs: list[Pair], start: Molecules[Array]) -> Simulation:
    calculators = [pair.calculator() for pair in pairs]
    dipole = _dipole_of(pairs, calculators)

    def simulation(steps: int, folder: Path) -> int:
        atoms = Atoms(start.numbers, start.positions, calculator=calculators[0])
        motion = Langevin(
            atoms,
            _STEP_FS * ase.units.fs,
            temperature_K=300.0,
            friction=0.01,
            rng=np.random.default_rng(0),
        )
        with h5py.File(folder / "dipoles.h5", "w") as file:
            dipoles = file.create_dataset("dipole", (steps, 3))
            for step in range(steps):
                motion.run(1)
                dipoles[step] = dipole(atoms)
        return 1

    return simulation


def _dipole_of(pairs: list[Pair], calculators: list[Calculator]) -> Callable[[Atoms], Array]:
    """Return what gives the dipole of atoms whose forces were just calculated."""
    if len(pairs) == 2:

        def from_second(atoms: Atoms) -> Array:
            calculators[1].calculate(atoms)
            return calculators[1].results["dipole"]

        return from_second
    last = _LastDipole()
    pairs[0].upstream.register_forward_hook(last)
    return last.of


class _LastDipole:
    """Keeps the dipole that SchNetPack's calculator leaves out of its results."""

    def __call__(self, module: object, inputs: object, found: dict[str, torch.Tensor]) -> None:
        self.dipole = found["dipole_moment"].detach().numpy().reshape(-1)

    def of(self, atoms: Atoms) -> Array:
        return self.dipole


def _batched(pair: Pair, start: Molecules[Array], replicas: int) -> Simulation:
    """Return SchNetPack's own dynamics, with its thermostat and its file of properties."""
    from schnetpack import md
    from schnetpack.md.calculators import SchNetPackCalculator
    from schnetpack.md.integrators import VelocityVerlet
    from schnetpack.md.neighborlist_md import NeighborListMD
    from schnetpack.md.simulation_hooks import FileLogger, LangevinThermostat, PropertyStream
    from schnetpack.transform import ASENeighborList

    def simulation(steps: int, folder: Path) -> int:
        torch.save(pair.upstream, folder / "model")
        system = md.System()
        system.load_molecules(
            [Atoms(start.numbers, start.positions)] * replicas, 1, position_unit_input="Angstrom"
        )
        md.UniformInit(300.0).initialize_system(system)
        calculator = SchNetPackCalculator(
            str(folder / "model"),
            "forces",
            "eV",
            "Angstrom",
            NeighborListMD(pair.recipe.cutoff_angstrom, 2.0, ASENeighborList),
            energy_key="energy",
            required_properties=["energy", "forces", "dipole_moment"],
        )
        hooks = [
            LangevinThermostat(300.0, 1000.0),
            FileLogger(
                str(folder / "log.h5"), 100, [PropertyStream(["dipole_moment"])], every_n_steps=1
            ),
        ]
        simulator = md.Simulator(
            system, VelocityVerlet(_STEP_FS), calculator, simulator_hooks=hooks, progress=False
        )
        simulator.to(pair.dtype).simulate(steps)
        return replicas

    return simulation
