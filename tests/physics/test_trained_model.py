"""Physics of a trained PaiNN: the shipped model of formaldehyde at CCSD(T) level."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.units import FORCE_TO_ACCELERATION
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.conservation import drift, shadow_energy, total_energy
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.potentials.learned import LearnedPotential
from vibench.store.weights import read_weights
from vibench.vibrations.modes import relaxed_modes
from vibench.vibrations.recipe import VibrationsRecipe

MODEL = Path(__file__).parents[2] / "studies" / "formaldehyde-ccsd" / "model.safetensors"


@pytest.fixture(scope="module")
def potential():
    return LearnedPotential(read_weights(MODEL), name="PaiNN", dtype="float64", device="cpu")


@pytest.fixture(scope="module")
def formaldehyde():
    return build_molecule(MoleculeRecipe(name="formaldehyde"))


def constant_energy_runs(potential, molecule, *, replicas, production_fs, time_step_fs, warm_fs):
    recipe = DynamicsRecipe(
        integrator="nve",
        time_step_fs=time_step_fs,
        temperatures_k=(300.0,),
        replicas=replicas,
        equilibration_fs=warm_fs,
        production_fs=production_fs,
        frame_stride=1,
    )
    sink = MemorySink()
    run(potential, [molecule], recipe, sink)
    ensemble = build_ensemble([molecule], recipe)
    return assemble(sink.frames(), sink.restart(), ensemble, recipe)


def fluctuations(runs):
    return np.array([total_energy(trajectory).std() for trajectory in runs])


def test_halving_the_step_quarters_the_energy_fluctuation(potential, formaldehyde):
    """Both runs start at the minimum with the same velocities, so they follow the same path."""
    coarse, fine = (
        constant_energy_runs(
            potential, formaldehyde, replicas=8, production_fs=150, time_step_fs=step, warm_fs=0
        )
        for step in (0.5, 0.25)
    )
    ratio = (fluctuations(coarse) / fluctuations(fine)).mean()
    assert ratio == pytest.approx(4.0, abs=0.2)


def test_velocities_at_the_start_are_thermal(potential, formaldehyde):
    runs = constant_energy_runs(
        potential, formaldehyde, replicas=400, production_fs=0.5, time_step_fs=0.5, warm_fs=0
    )
    kinetic = np.array([trajectory.kinetic_energy[0] for trajectory in runs])
    masses = runs[0].masses
    momentum = np.einsum("a,rai->ri", masses, [trajectory.velocities[0] for trajectory in runs])
    assert np.abs(momentum).max() * FORCE_TO_ACCELERATION**-1 < 1e-10
    expected = 4.5 * 8.617333262e-5 * 300
    assert abs(kinetic.mean() - expected) < 4 * kinetic.std() / np.sqrt(len(kinetic))


def test_both_hessians_give_the_same_wavenumbers(potential, formaldehyde):
    exact, numeric = (
        relaxed_modes(potential, formaldehyde, VibrationsRecipe(hessian=hessian))
        for hessian in ("automatic", "finite-difference")
    )
    np.testing.assert_allclose(exact.frequencies_cm1, numeric.frequencies_cm1, atol=0.1)
    np.testing.assert_allclose(exact.intensities, numeric.intensities, rtol=2e-3, atol=0.01)


def test_harmonic_wavenumbers_are_those_of_coupled_cluster(potential, formaldehyde):
    """CCSD(T)/aug-cc-pVTZ values; J. M. L. Martin et al., J. Mol. Spectrosc. 160, 105 (1993)."""
    modes = relaxed_modes(potential, formaldehyde)
    published = [1186, 1268, 1532, 1776, 2933, 3006]
    np.testing.assert_allclose(modes.frequencies_cm1, published, atol=15)


def smoothed(weights, epsilon):
    return replace(weights, architecture={**weights.architecture, "epsilon": epsilon})


@pytest.mark.slow
def test_energy_does_not_drift(formaldehyde):
    """16 replicas of 3 ps: the mean slope of what Verlet conserves is below 1e-7 eV/atom/ps.

    With vector norms smoothed at 1e-4. At SchNetPack's 1e-8 features that pass through zero leave
    kinks in the surface, and single trajectories wander by 4e-6 eV/atom/ps.
    """
    weights = smoothed(read_weights(MODEL), 1e-4)
    potential = LearnedPotential(weights, name="PaiNN", dtype="float64", device="cpu")
    runs = constant_energy_runs(
        potential, formaldehyde, replicas=16, production_fs=3000, time_step_fs=0.25, warm_fs=500
    )
    slopes = np.array(
        [drift(shadow_energy(trajectory), time_step_fs=0.25, n_atoms=4) for trajectory in runs]
    )
    assert abs(slopes.mean()) < 1e-7, f"{slopes.mean():.2e} ± {slopes.std(ddof=1) / 4:.1e}"


def test_smoothing_the_norms_removes_kinks(formaldehyde):
    """The energy that Verlet conserves is ten times steadier at epsilon = 1e-4 than at 1e-8."""
    weights = read_weights(MODEL)
    spread = []
    for epsilon in (1e-8, 1e-4):
        potential = LearnedPotential(
            smoothed(weights, epsilon), name="PaiNN", dtype="float64", device="cpu"
        )
        runs = constant_energy_runs(
            potential, formaldehyde, replicas=8, production_fs=200, time_step_fs=0.25, warm_fs=200
        )
        spread.append(max(shadow_energy(trajectory).std() for trajectory in runs))
    assert spread[1] < 0.1 * spread[0]
