"""Normal modes against closed formulas, and derivatives against each other."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, iterate, select, single, with_positions
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.units import FREQUENCY_PER_SQRT_CURVATURE, INTENSITY_PER_DIPOLE_DERIVATIVE
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule
from vibench.testing.springs import (
    Spring,
    Springs,
    spring_molecules,
    spring_water,
    water_springs,
)
from vibench.vibrations.hessian import derivatives, finite_differences
from vibench.vibrations.modes import normal_modes, relaxed_modes
from vibench.vibrations.recipe import VibrationsRecipe
from vibench.vibrations.rigid import internal_motions, rigid_motions

BY_DIFFERENCES = VibrationsRecipe(hessian="finite-difference")


def _bond(constant: float = 51.0) -> Springs:
    springs = {
        (1, 1): Spring(0.74, 35.0),
        (1, 8): Spring(0.97, constant, 2.2),
        (8, 8): Spring(1.2, 70.0),
    }
    return Springs(springs, {1: 0.3, 8: -0.3})


def _hydroxyl() -> Molecules[Array]:
    return single("OH", [8, 1], [[0.1, 0.2, 0.3], [0.1, 0.2, 1.27]], [15.999, 1.008])


class _Hidden:
    """Springs without their exact derivatives; counts calls."""

    name = "hidden"

    def __init__(self) -> None:
        self.springs, self.calls = water_springs(), 0
        self.capabilities: Capabilities = self.springs.capabilities

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        self.calls += 1
        return self.springs(molecules)


@pytest.mark.parametrize("recipe", [VibrationsRecipe(), BY_DIFFERENCES])
def test_diatomic_is_exact(recipe: VibrationsRecipe) -> None:
    modes = normal_modes(_bond(), _hydroxyl(), recipe)
    reduced = 15.999 * 1.008 / (15.999 + 1.008)
    expected = FREQUENCY_PER_SQRT_CURVATURE * np.sqrt(51.0 / reduced)
    assert modes.frequencies_cm1.shape == (1,)
    np.testing.assert_allclose(modes.frequencies_cm1, expected, rtol=2e-5)
    derivative = 0.3 / np.sqrt(reduced)
    np.testing.assert_allclose(np.linalg.norm(modes.dipole_derivatives), derivative, rtol=1e-9)
    np.testing.assert_allclose(
        modes.intensities, INTENSITY_PER_DIPOLE_DERIVATIVE * derivative**2, rtol=1e-9
    )
    assert modes.outcome.finished


def test_exact_diatomic_to_rounding() -> None:
    reduced = 15.999 * 1.008 / (15.999 + 1.008)
    expected = FREQUENCY_PER_SQRT_CURVATURE * np.sqrt(51.0 / reduced)
    found = normal_modes(_bond(), _hydroxyl()).frequencies_cm1
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("wavenumber_cm1", [1000.0, 3700.0])
def test_oscillator_has_the_stated_modes(wavenumber_cm1: float) -> None:
    potential = HarmonicOscillator(wavenumber_cm1=wavenumber_cm1, dipole_derivative=0.2)
    modes = normal_modes(potential, oscillator_molecule(), BY_DIFFERENCES)
    np.testing.assert_allclose(modes.frequencies_cm1, [wavenumber_cm1] * 3, rtol=1e-9)
    np.testing.assert_allclose(modes.intensities, 0.04 * INTENSITY_PER_DIPOLE_DERIVATIVE, rtol=1e-9)


def test_derivatives_by_differences_equal_exact_ones() -> None:
    for molecule in iterate(spring_molecules()):
        exact = derivatives(water_springs(), molecule, VibrationsRecipe())
        coarse, fine = (
            finite_differences(water_springs(), molecule, displacement_angstrom=step)
            for step in (0.004, 0.002)
        )
        assert exact.method == "automatic differentiation"
        assert fine.method == "central differences of forces, 0.002 Å"
        errors = [np.abs(found.hessian - exact.hessian).max() for found in (coarse, fine)]
        assert errors[1] < 1e-2
        np.testing.assert_allclose(errors[0] / errors[1], 4.0, rtol=0.02)
        np.testing.assert_allclose(fine.dipole, exact.dipole, atol=1e-12)


def test_differences_are_one_batch() -> None:
    potential = _Hidden()
    found = derivatives(potential, spring_water(), VibrationsRecipe())
    assert potential.calls == 1
    assert found.method == "central differences of forces, 0.002 Å"


def test_water_modes_are_orthonormal_and_free_of_rigid_motion() -> None:
    water = spring_water()
    modes = normal_modes(water_springs(), water, BY_DIFFERENCES)
    assert len(modes.frequencies_cm1) == 3
    assert np.all(np.diff(modes.frequencies_cm1) > 0)
    flat = modes.eigenvectors.reshape(3, 9)
    np.testing.assert_allclose(flat @ flat.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rigid_motions(water.positions, water.masses) @ flat.T, 0, atol=1e-12)
    exact = normal_modes(water_springs(), water)
    np.testing.assert_allclose(modes.frequencies_cm1, exact.frequencies_cm1, atol=0.1)
    # the full Hessian has the same three modes and six of zero frequency
    hessian = derivatives(water_springs(), water, VibrationsRecipe()).hessian
    weight = np.repeat(1 / np.sqrt(water.masses), 3)
    eigenvalues = np.linalg.eigvalsh(weight[:, None] * hessian * weight)
    np.testing.assert_allclose(eigenvalues[:6], 0, atol=1e-12)
    full = FREQUENCY_PER_SQRT_CURVATURE * np.sqrt(eigenvalues[6:])
    np.testing.assert_allclose(exact.frequencies_cm1, full, rtol=1e-12)


def test_modes_turn_with_the_molecule_and_do_not_see_the_origin() -> None:
    water = spring_water()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned = with_positions(water, water.positions @ turn.T + np.array([5.0, -2.0, 1.0]))
    first, second = (normal_modes(water_springs(), one) for one in (water, turned))
    np.testing.assert_allclose(first.frequencies_cm1, second.frequencies_cm1, rtol=1e-10)
    np.testing.assert_allclose(first.intensities, second.intensities, rtol=1e-8)


def test_rigid_motions_are_counted() -> None:
    carbon_dioxide = np.array([[0.0, 0.0, 0.0], [0.7, 0.7, 0.5], [-0.7, -0.7, -0.5]])
    masses = np.array([12.011, 15.999, 15.999])
    assert rigid_motions(carbon_dioxide, masses).shape == (5, 9)
    assert internal_motions(carbon_dioxide, masses).shape == (4, 9)
    nearly = carbon_dioxide + 1e-4 * np.eye(3)
    assert rigid_motions(nearly, masses).shape == (5, 9)
    assert rigid_motions(spring_water().positions, spring_water().masses).shape == (6, 9)
    assert rigid_motions(np.zeros((1, 3)), np.ones(1)).shape == (3, 3)
    for positions in (carbon_dioxide, spring_water().positions):
        rigid, internal = rigid_motions(positions, masses), internal_motions(positions, masses)
        both = np.concatenate([rigid, internal])
        np.testing.assert_allclose(both @ both.T, np.eye(9), atol=1e-12)


def test_ion_gains_no_intensity_from_its_translation() -> None:
    hydronium = select(spring_molecules(), 3)
    found = derivatives(water_springs(), hydronium, VibrationsRecipe())
    translation = found.dipole.reshape(4, 3, 3).sum(axis=0)
    np.testing.assert_allclose(translation, np.eye(3), atol=1e-12)  # the charge
    shifted = replace(hydronium, positions=hydronium.positions + 3.0)
    first, second = (normal_modes(water_springs(), one) for one in (hydronium, shifted))
    momentum = np.einsum("a,nai->ni", np.sqrt(hydronium.masses), first.eigenvectors)
    np.testing.assert_allclose(momentum, 0, atol=1e-12)
    np.testing.assert_allclose(first.intensities, second.intensities, rtol=1e-9)


def test_atom_has_no_modes() -> None:
    modes = normal_modes(water_springs(), single("H", [1], [[0.0, 0.0, 0.0]], [1.008]))
    assert modes.frequencies_cm1.shape == (0,)
    assert modes.outcome.finished


def test_imaginary_modes_are_an_outcome() -> None:
    water = spring_water()
    squeezed = with_positions(water, water.positions * 1.6)
    modes = normal_modes(water_springs(), squeezed)
    assert modes.frequencies_cm1[0] < 0
    assert not modes.outcome.finished
    assert "imaginary modes at" in modes.outcome.reason
    assert f"{-modes.frequencies_cm1[0]:.1f}i" in modes.outcome.reason


def test_derivatives_that_are_not_finite_are_an_outcome() -> None:
    class Broken(_Hidden):
        def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
            found = super().__call__(molecules)
            assert found.forces is not None
            return replace(found, forces=found.forces * np.nan)

    modes = normal_modes(Broken(), spring_water())
    assert modes.outcome.reason == "second derivatives are not finite"
    assert "not a finite number" in relaxed_modes(Broken(), spring_water()).outcome.reason


def test_relaxed_modes_start_elsewhere() -> None:
    water = spring_water()
    moved = with_positions(water, water.positions * 1.05)
    recipe = VibrationsRecipe(force_tolerance_ev_per_angstrom=1e-6)
    exact = normal_modes(water_springs(), water)
    modes = relaxed_modes(water_springs(), moved, recipe)
    assert modes.outcome.finished
    assert abs(modes.energy) < 1e-10
    np.testing.assert_allclose(modes.frequencies_cm1, exact.frequencies_cm1, rtol=1e-6)
    as_given = relaxed_modes(water_springs(), moved, VibrationsRecipe(relax=False))
    assert np.abs(as_given.frequencies_cm1 - exact.frequencies_cm1).max() > 50
    np.testing.assert_array_equal(as_given.positions, moved.positions)


def test_without_dipole_intensities_are_nan() -> None:
    class NoDipole(_Hidden):
        def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
            found = super().__call__(molecules)
            return Properties(energy=found.energy, forces=found.forces)

    modes = normal_modes(NoDipole(), spring_water())
    assert np.isnan(modes.intensities).all()
    assert np.isfinite(modes.frequencies_cm1).all()


def test_bad_input() -> None:
    with pytest.raises(InputError, match="expected one molecule"):
        normal_modes(water_springs(), spring_molecules())
    with pytest.raises(InputError, match="expected one molecule"):
        finite_differences(water_springs(), spring_molecules())
    silent = _Hidden()
    silent.capabilities = Capabilities(frozenset({"energy"}))
    with pytest.raises(InputError, match="no forces"):
        finite_differences(silent, spring_water())
