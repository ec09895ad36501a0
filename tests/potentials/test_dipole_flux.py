"""The time derivative of the dipole, exact and by differences along the motion."""

import numpy as np
import pytest

from vibench.core.molecules import Array, Molecules, concatenate, select, single, with_positions
from vibench.core.properties import Properties
from vibench.core.streams import generator
from vibench.core.weights import Weights
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.potentials.flux import dipole_flux
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.recipes import PaiNNRecipe
from vibench.spectra.flux import dipole_derivative
from vibench.testing.springs import spring_water, water_springs


@pytest.fixture(scope="module")
def learned() -> LearnedPotential:
    recipe = PaiNNRecipe(features=8, interactions=2)
    network = build_network(recipe, seed=1)
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays={name: value.numpy() for name, value in network.state_dict().items()},
        reference_energies={1: 0.0, 6: 0.0, 8: 0.0},
        level_of_theory="random weights",
        training_checksum="",
        charged=True,
    )
    return LearnedPotential(weights, name="random", dtype="float64")


def _moving() -> tuple[Molecules[Array], Array]:
    methanol = build_molecule(MoleculeRecipe(name="methanol"))
    ion = single("hydroxide", [8, 1], [[1.0, 2.0, 3.0], [1.9, 2.1, 3.2]], [16.0, 1.0], charge=-1)
    batch = concatenate([methanol, ion])
    velocities = 0.02 * generator("flux").standard_normal((batch.n_atoms, 3))
    return batch, velocities


def test_exact_flux_is_the_difference_along_the_motion(learned: LearnedPotential) -> None:
    batch, velocities = _moving()
    exact = dipole_flux(learned, batch, velocities)
    step = 1e-3
    ends = [
        learned(with_positions(batch, batch.positions + s * step * velocities)).dipole
        for s in (1, -1)
    ]
    assert ends[0] is not None
    assert ends[1] is not None
    np.testing.assert_allclose(exact, (ends[0] - ends[1]) / (2 * step), atol=1e-9)


def test_flux_of_one_molecule_does_not_depend_on_the_batch(learned: LearnedPotential) -> None:
    batch, velocities = _moving()
    together = dipole_flux(learned, batch, velocities)
    alone = dipole_flux(learned, select(batch, 0), velocities[:6])
    np.testing.assert_allclose(together[0], alone[0], atol=1e-12)


def test_differences_stand_in_where_derivatives_are_missing(learned: LearnedPotential) -> None:
    class NoDerivatives:
        """The same potential without its derivatives."""

        name = learned.name
        capabilities = learned.capabilities

        def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
            return learned(molecules)

    batch, velocities = _moving()
    exact = dipole_flux(learned, batch, velocities)
    differences = dipole_flux(NoDerivatives(), batch, velocities)
    np.testing.assert_allclose(differences, exact, rtol=1e-4, atol=1e-8)
    still = dipole_flux(NoDerivatives(), batch, np.zeros_like(velocities))
    np.testing.assert_array_equal(still, 0.0)


def test_dynamics_keeps_the_flux_of_every_step() -> None:
    recipe = DynamicsRecipe(
        replicas=2,
        time_step_fs=0.05,
        equilibration_fs=10.0,
        production_fs=5.0,
        dipole_flux=True,
        integrator="nve",
    )
    starts, sink = [spring_water()], MemorySink()
    run(water_springs(), starts, recipe, sink)
    restart = sink.restart()
    assert restart is not None
    for trajectory in assemble(sink.frames(), restart, build_ensemble(starts, recipe), recipe):
        assert trajectory.dipole_flux is not None
        differences = dipole_derivative(trajectory.dipole, time_step_fs=0.05)
        scale = np.abs(differences).max()
        np.testing.assert_allclose(trajectory.dipole_flux[1:-1], differences, atol=2e-3 * scale)


def test_dynamics_without_asking_keeps_none() -> None:
    recipe = DynamicsRecipe(replicas=1, equilibration_fs=1.0, production_fs=2.0)
    starts, sink = [spring_water()], MemorySink()
    run(water_springs(), starts, recipe, sink)
    assert "dipole_flux" not in sink.frames()
