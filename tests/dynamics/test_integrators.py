"""The integrators against exact solutions and against ASE."""

import ase.units
import numpy as np
import pytest
from ase import Atoms
from ase.md.langevin import Langevin

from vibench.core.molecules import atom_counts, iterate, with_positions
from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION, SPEED_OF_LIGHT
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble, centre_of_mass, starting_velocities
from vibench.dynamics.noise import Noise
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.simulation import Simulation
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.potentials.calculator import PotentialCalculator
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule
from vibench.testing.springs import spring_molecules, spring_water, water_springs


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
def test_verlet_shifts_frequencies_by_its_square_over_24(wavenumber_cm1: float) -> None:
    step = 0.5
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=step,
        equilibration_fs=0.0,
        production_fs=500.0,
        replicas=1,
        frame_stride=1,
    )
    sink = MemorySink()
    run(HarmonicOscillator(wavenumber_cm1=wavenumber_cm1), [oscillator_molecule()], recipe, sink)
    dipole = sink.frames()["dipole"][:, 0]
    # x(t+Δt) + x(t-Δt) = 2 cos(ω'Δt) x(t) for any harmonic motion of frequency ω'
    cosine = np.sum((dipole[2:] + dipole[:-2]) * dipole[1:-1]) / (2 * np.sum(dipole[1:-1] ** 2))
    phase = 2 * np.pi * SPEED_OF_LIGHT * wavenumber_cm1 * step
    np.testing.assert_allclose(cosine, 1 - phase**2 / 2, atol=1e-9)
    shift = np.arccos(cosine) / phase - 1
    np.testing.assert_allclose(shift, phase**2 / 24, rtol=0.02)


class _Replay:
    """A random generator for ASE that replays vibench's numbers."""

    def __init__(self, noise: Noise) -> None:
        self._noise, self._draw = noise, 0

    def standard_normal(self, size: tuple[int, int]) -> np.ndarray:
        step, kind = divmod(self._draw, 2)
        self._draw += 1
        assert self._noise.at(step)[kind].shape == size
        return self._noise.at(step)[kind].copy()


def test_ase_scheme_equals_ase() -> None:
    recipe = DynamicsRecipe(
        integrator="langevin-ase",
        friction_per_fs=0.02,
        replicas=1,
        equilibration_fs=0.0,
        production_fs=50.5,
        frame_stride=1,
    )
    water, sink = spring_water(), MemorySink()
    run(water_springs(), [water], recipe, sink)
    ensemble = build_ensemble([water], recipe)
    atoms = Atoms(water.numbers, water.positions, masses=water.masses)
    atoms.calc = PotentialCalculator(water_springs())
    atoms.set_velocities(starting_velocities(ensemble, recipe) / ase.units.fs)
    Langevin(
        atoms,
        0.5 * ase.units.fs,
        temperature_K=300.0,
        friction=0.02 / ase.units.fs,
        fixcm=False,
        rng=_Replay(Noise(ensemble, recipe.seed, draws=2)),
    ).run(100)
    frames = sink.frames()
    assert len(frames["positions"]) == 101
    # ASE takes its constants from CODATA 2014: times differ by some 1e-7
    np.testing.assert_allclose(frames["positions"][-1], atoms.positions, atol=1e-5)
    np.testing.assert_allclose(
        frames["velocities"][-1], atoms.get_velocities() * ase.units.fs, atol=1e-5
    )


def test_start_is_maxwell_boltzmann_without_momentum() -> None:
    recipe = DynamicsRecipe(replicas=4000, temperatures_k=(300.0,))
    ensemble = build_ensemble([spring_water()], recipe)
    velocities = starting_velocities(ensemble, recipe)
    momentum = centre_of_mass(ensemble.molecules, velocities)
    np.testing.assert_allclose(momentum, 0, atol=1e-16)
    masses = ensemble.molecules.masses[:, None]
    kinetic = (0.5 * masses * velocities**2 / FORCE_TO_ACCELERATION).reshape(4000, 9).sum(axis=1)
    expected = 0.5 * BOLTZMANN * 300.0 * (9 - 3)
    error = kinetic.std() / np.sqrt(4000)
    assert abs(kinetic.mean() - expected) < 4 * error


def test_centre_of_mass_moves_straight_in_nve() -> None:
    recipe = DynamicsRecipe(
        integrator="nve", replicas=2, equilibration_fs=10.0, production_fs=50.0, frame_stride=1
    )
    sink, molecule = MemorySink(), spring_water()
    run(water_springs(), [molecule], recipe, sink)
    ensemble, frames = build_ensemble([molecule], recipe), sink.frames()
    path = np.array([centre_of_mass(ensemble.molecules, x) for x in frames["positions"]])
    assert np.abs(path[-1] - path[0]).max() > 1e-4
    np.testing.assert_allclose(np.diff(path, n=2, axis=0), 0, atol=1e-12)


def test_dipole_of_an_ion_is_about_its_centre_of_mass() -> None:
    molecule = list(iterate(spring_molecules()))[3]
    recipe = DynamicsRecipe(
        integrator="langevin-baoab",
        replicas=1,
        equilibration_fs=0.0,
        production_fs=20.0,
        frame_stride=1,
        max_temperature_factor=1000.0,
    )
    sink = MemorySink()
    run(water_springs(), [molecule], recipe, sink)
    trajectory = assemble(
        sink.frames(), sink.restart() or {}, build_ensemble([molecule], recipe), recipe
    )[0]
    charges = water_springs()(molecule).charges
    masses = trajectory.masses[:, None]
    for positions, dipole in zip(trajectory.positions, trajectory.dipole, strict=True):
        centred = positions - (masses * positions).sum(axis=0) / masses.sum()
        np.testing.assert_allclose(dipole, charges @ centred, atol=1e-12)


def test_every_step_records_energies_of_that_instant() -> None:
    water, sink = spring_water(), MemorySink()
    recipe = DynamicsRecipe(replicas=2, equilibration_fs=5.0, production_fs=10.0, frame_stride=4)
    run(water_springs(), [water], recipe, sink)
    frames = sink.frames()
    assert frames["dipole"].shape == (20, 2, 3)
    assert frames["positions"].shape == (5, 6, 3)
    ensemble = build_ensemble([water], recipe)
    masses = ensemble.molecules.masses[:, None]
    for j in range(5):
        batch = with_positions(ensemble.molecules, frames["positions"][j])
        found = water_springs()(batch)
        np.testing.assert_allclose(frames["dipole"][4 * j], found.dipole, atol=1e-12)
        np.testing.assert_allclose(frames["potential_energy"][4 * j], found.energy, atol=1e-12)
        kinetic = 0.5 * masses * frames["velocities"][j] ** 2 / FORCE_TO_ACCELERATION
        by_molecule = kinetic.reshape(len(atom_counts(batch)), -1).sum(axis=1)
        np.testing.assert_allclose(frames["kinetic_energy"][4 * j], by_molecule, atol=1e-12)


def test_simulation_without_dipoles_gives_nan_dipoles_only() -> None:
    class NoDipole:
        name = "springs without dipole"

        def __init__(self) -> None:
            self.springs = water_springs()

        @property
        def capabilities(self):
            known = self.springs.capabilities
            return type(known)(frozenset({"energy", "forces"}), known.elements, known.charged)

        def __call__(self, molecules):
            found = self.springs(molecules)
            return type(found)(energy=found.energy, forces=found.forces)

    recipe = DynamicsRecipe(replicas=1, equilibration_fs=0.0, production_fs=5.0)
    sink = MemorySink()
    outcome = run(NoDipole(), [spring_water()], recipe, sink)
    assert outcome[0].finished
    assert np.isnan(sink.frames()["dipole"]).all()
    assert np.isfinite(sink.frames()["potential_energy"]).all()
    ensemble = build_ensemble([spring_water()], recipe)
    assert np.isnan(Simulation(NoDipole(), ensemble, recipe).start().dipole).all()
