"""The analytic potentials keep the contract, and the contract catches those that do not."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, with_positions
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities, Potential
from vibench.testing.contract import PotentialContract
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule
from vibench.testing.springs import (
    Spring,
    Springs,
    spring_molecules,
    spring_water,
    water_springs,
)


class TestSprings(PotentialContract):
    def potential(self) -> Potential:
        return water_springs()

    def molecules(self) -> Molecules[Array]:
        return spring_molecules()


class TestHarmonicOscillator(PotentialContract):
    def potential(self) -> Potential:
        return HarmonicOscillator(wavenumber_cm1=1000.0)

    def molecules(self) -> Molecules[Array]:
        pair = concatenate([oscillator_molecule("a"), oscillator_molecule("b", heavy_amu=35.0)])
        positions = np.random.default_rng(0).normal(size=(4, 3))
        return with_positions(pair, positions)


class Tampered:
    """Springs with one property falsified."""

    name = "tampered"

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.springs = water_springs()

    @property
    def capabilities(self) -> Capabilities:
        if self.fault == "elements":
            return replace(self.springs.capabilities, elements=frozenset({1}))
        if self.fault == "outputs":
            return replace(self.springs.capabilities, outputs=frozenset({"energy", "forces"}))
        return self.springs.capabilities

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        if self.fault == "elements":
            molecules = replace(molecules, numbers=np.ones_like(molecules.numbers))
        found = self.springs(molecules)
        assert found.energy is not None
        assert found.forces is not None
        assert found.dipole is not None
        match self.fault:
            case "gradient sign":
                return replace(found, forces=-found.forces)
            case "batch":
                return replace(found, energy=found.energy + 1e-3 * len(molecules))
            case "frame":
                return replace(found, dipole=found.dipole + np.array([0.01, 0.0, 0.0]))
            case "order":
                return replace(found, energy=found.energy + 1e-3 * molecules.numbers[0])
            case "origin":
                height = np.bincount(molecules.molecule_index, molecules.positions[:, 2])
                return replace(found, energy=found.energy + 1e-3 * height)
            case _:
                return found


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        ("gradient sign", "test_forces_are_the_negative_gradient"),
        ("batch", "test_batch_equals_single"),
        ("frame", "test_rotation_and_reflection"),
        ("order", "test_permutation"),
        ("origin", "test_translation"),
        ("elements", "test_refuses_elements_it_does_not_know"),
        ("outputs", "test_gives_what_its_capabilities_promise"),
    ],
)
def test_contract_catches(fault: str, test: str) -> None:
    class Contract(PotentialContract):
        def potential(self) -> Potential:
            return Tampered(fault)

        def molecules(self) -> Molecules[Array]:
            return spring_molecules()

    with pytest.raises(AssertionError):
        getattr(Contract(), test)()


def test_spring_water_is_at_the_minimum() -> None:
    found = water_springs()(spring_water())
    np.testing.assert_allclose(found.forces, 0, atol=1e-12)
    np.testing.assert_allclose(found.energy, 0, atol=1e-20)


def test_springs_need_every_pair() -> None:
    with pytest.raises(InputError, match="expected"):
        Springs({(1, 8): Spring(1.0, 50.0)}, {1: 0.3, 8: -0.6})


def test_oscillator_needs_unlike_pairs() -> None:
    with pytest.raises(InputError, match="two atoms"):
        HarmonicOscillator(wavenumber_cm1=1000.0)(spring_water())
    same = replace(oscillator_molecule(), numbers=np.array([1, 1]))
    with pytest.raises(InputError, match="unlike"):
        HarmonicOscillator(wavenumber_cm1=1000.0)(same)
