"""A potential behind ASE's interface gives what the potential gives."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from ase.build import molecule
from ase.calculators.calculator import CalculationFailed, PropertyNotImplementedError

from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.potentials.calculator import PotentialCalculator


@dataclass(frozen=True)
class ChargedSprings:
    """Atoms tied to the origin, with a dipole and an energy shift per unit of charge."""

    name: str = "springs"
    outputs: frozenset[str] = frozenset({"energy", "forces", "dipole"})
    broken: bool = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.outputs, charged=True)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        energy = 0.5 * np.sum(molecules.positions**2) + molecules.charge[0]
        dipole = molecules.positions.sum(axis=0)
        return Properties(
            energy=np.array([np.nan if self.broken else energy]),
            forces=-molecules.positions,
            dipole=dipole[None] if "dipole" in self.outputs else None,
        )


def test_units_and_values() -> None:
    atoms = molecule("H2O")
    atoms.calc = PotentialCalculator(ChargedSprings())
    assert atoms.get_potential_energy() == pytest.approx(0.5 * np.sum(atoms.positions**2))
    assert atoms.get_potential_energy(force_consistent=True) == atoms.get_potential_energy()
    np.testing.assert_array_equal(atoms.get_forces(), -atoms.positions)
    np.testing.assert_array_equal(atoms.get_dipole_moment(), atoms.positions.sum(axis=0))


def test_charge_is_part_of_the_state() -> None:
    atoms = molecule("H2O")
    atoms.calc = PotentialCalculator(ChargedSprings())
    neutral = atoms.get_potential_energy()
    atoms.info["charge"] = 2
    assert atoms.get_potential_energy() == pytest.approx(neutral + 2)
    del atoms.info["charge"]
    assert atoms.get_potential_energy() == neutral


def test_molecules_do_not_leak_into_each_other() -> None:
    calculator = PotentialCalculator(ChargedSprings())
    water, methane = molecule("H2O"), molecule("CH4")
    first = calculator.get_property("forces", water)
    calculator.get_property("forces", methane)
    np.testing.assert_array_equal(calculator.get_property("forces", water), first)


def test_absent_dipole_is_refused() -> None:
    without = ChargedSprings(outputs=frozenset({"energy", "forces"}))
    atoms = molecule("H2O")
    atoms.calc = PotentialCalculator(without)
    assert "dipole" in PotentialCalculator(ChargedSprings()).implemented_properties
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_dipole_moment()


def test_not_finite_is_a_failed_calculation() -> None:
    atoms = molecule("H2O")
    atoms.calc = PotentialCalculator(ChargedSprings(broken=True))
    with pytest.raises(CalculationFailed, match="energy is not a finite"):
        atoms.get_forces()


def test_pickles() -> None:
    calculator = pickle.loads(pickle.dumps(PotentialCalculator(ChargedSprings())))
    atoms = molecule("H2O")
    np.testing.assert_array_equal(calculator.get_property("forces", atoms), -atoms.positions)
