"""Dynamics of spring molecules seen through power spectra and normal modes."""

from functools import cache

import numpy as np
import pytest

from vibench.core.modes import Modes
from vibench.core.molecules import Array, Molecules, single
from vibench.core.protocols import Potential
from vibench.core.trajectory import Trajectory
from vibench.core.units import BOLTZMANN, SPEED_OF_LIGHT
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.spectra.mode_bands import mode_bands
from vibench.spectra.power import mode_power, power_spectrum
from vibench.spectra.recipe import BandsRecipe, SpectrumRecipe
from vibench.testing.springs import Spring, Springs, spring_water, water_springs
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.projection import project

TIME_STEP_FS = 0.5


def trajectories(
    potential: Potential, molecule: Molecules[Array], **settings: object
) -> list[Trajectory]:
    recipe = DynamicsRecipe.model_validate({"frame_stride": 4, "bond_factor": None} | settings)
    sink = MemorySink()
    run(potential, [molecule], recipe, sink)
    return assemble(sink.frames(), sink.restart() or {}, build_ensemble([molecule], recipe), recipe)


def bands_of(runs: list[Trajectory], modes: Modes, depth_fs: float = 1000.0):
    recipe = SpectrumRecipe(depth_fs=depth_fs)
    motions = [project(run_, [modes]) for run_ in runs]
    power = mode_power(
        [motion.velocities for motion in motions],
        spacing_fs=motions[0].spacing_fs,
        temperature_k=runs[0].temperature_k,
        recipe=recipe,
    )
    return mode_bands(
        power, modes.frequencies_cm1, BandsRecipe(), time_step_fs=runs[0].time_step_fs
    )


REPLICAS = 64


@cache
def cold_water() -> tuple[Trajectory, ...]:
    """Water at 5 K: harmonic to a fraction of a wavenumber, lines without a width of their own."""
    return tuple(
        trajectories(
            water_springs(),
            spring_water(),
            integrator="nve",
            temperatures_k=(5.0,),
            replicas=REPLICAS,
            equilibration_fs=300.0,
            equilibration_friction_per_fs=0.02,
            production_fs=1050.0,
        )
    )


def test_bands_of_cold_water_are_its_harmonic_modes() -> None:
    modes = normal_modes(water_springs(), spring_water())
    bands = bands_of(list(cold_water()), modes)
    np.testing.assert_allclose(bands.position_cm1, modes.frequencies_cm1, rtol=0, atol=0.5)
    np.testing.assert_allclose(bands.centroid_cm1, modes.frequencies_cm1, rtol=0, atol=3)
    # the width is that of the window: stretches 100 cm⁻¹ apart do not show in each other
    np.testing.assert_allclose(bands.width_cm1, 33.4, rtol=0.05)


def test_every_mode_has_its_share_of_energy() -> None:
    modes = normal_modes(water_springs(), spring_water())
    bands = bands_of(list(cold_water()), modes)
    # One exponential deviate per replica. In the stationary state ⟨v²⟩ is less by (ωΔt)²/4.
    half_phase = np.pi * SPEED_OF_LIGHT * modes.frequencies_cm1 * TIME_STEP_FS
    sigma = 1 / np.sqrt(REPLICAS)
    np.testing.assert_allclose(bands.energy, 1 - half_phase**2, rtol=0, atol=4 * sigma)


def test_the_density_of_states_counts_all_motions() -> None:
    runs = list(cold_water())
    whole = SpectrumRecipe(max_wavenumber_cm1=8300.0)
    spectrum = power_spectrum(runs, whole)["water"]
    total = np.trapezoid(spectrum.intensity, spectrum.wavenumber_cm1)
    # exactly the mean kinetic energy of the frames, whatever it is in this sample
    kinetic = np.mean([run_.kinetic_energy[:: run_.frame_stride].mean() for run_ in runs])
    assert total == pytest.approx(2 * kinetic / (BOLTZMANN * 5.0), rel=1e-3)
    # BAOAB equilibrates all 9 motions, translation of the whole included
    assert total == pytest.approx(9, abs=4 * np.sqrt(9 / REPLICAS))
    low = spectrum.wavenumber_cm1 < 400
    rigid = np.trapezoid(spectrum.intensity[low], spectrum.wavenumber_cm1[low])
    assert rigid == pytest.approx(6, abs=4 * np.sqrt(2 * 6 / REPLICAS))


def diatomic(masses: list[float]) -> tuple[Springs, Molecules[Array]]:
    springs = Springs({(1, 1): Spring(0.741, 35.0, 0.0)}, {1: 0.0})
    return springs, single("hydrogen", [1, 1], [[0, 0, 0], [0, 0, 0.741]], masses)


@pytest.mark.parametrize("masses", [[1.008, 1.008], [1.008, 2.014], [2.014, 2.014]])
def test_the_mass_enters_dynamics(masses: list[float]) -> None:
    springs, molecule = diatomic(masses)
    runs = trajectories(
        springs,
        molecule,
        temperatures_k=(5.0,),
        integrator="nve",
        replicas=4,
        equilibration_fs=200.0,
        production_fs=1100.0,
    )
    modes = normal_modes(springs, molecule)
    light = normal_modes(*diatomic([1.008, 1.008]))
    reduced = np.prod(masses) / np.sum(masses)
    ratio = np.sqrt(0.504 / reduced)
    harmonic = modes.frequencies_cm1 / light.frequencies_cm1
    np.testing.assert_allclose(harmonic, ratio, rtol=1e-12)
    recipe = SpectrumRecipe(max_wavenumber_cm1=6000.0)
    motions = [project(run_, [modes]) for run_ in runs]
    power = mode_power(
        [motion.velocities for motion in motions], spacing_fs=2.0, temperature_k=5.0, recipe=recipe
    )
    bands = mode_bands(power, modes.frequencies_cm1, BandsRecipe(), time_step_fs=0.5)
    np.testing.assert_allclose(bands.position_cm1 / light.frequencies_cm1, ratio, rtol=5e-4)
