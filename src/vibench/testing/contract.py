"""The contract every potential keeps; inherit it to test your own.

For example::

class TestMine(PotentialContract):
    def potential(self) -> Potential:
        return MyPotential()

    def molecules(self) -> Molecules[Array]:
        return my_molecules()
"""
# ruff: noqa: S101  # asserting is what a contract suite does

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from vibench.core.errors import InputError
from vibench.core.molecules import (
    Array,
    Molecules,
    atom_counts,
    atom_offsets,
    iterate,
    select,
    with_positions,
)
from vibench.core.properties import Properties, check_shapes, concatenate_properties
from vibench.core.protocols import Differentiable, Potential
from vibench.testing.tolerances import FLOAT64, Tolerances

_STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
"""Four-point central difference: multiples of the step and their weights."""


class PotentialContract:
    """Symmetries, consistency and honesty, for any `Potential`; a pytest class once inherited.

    Override `potential` and `molecules`; override `tolerances` for anything but analytic double
    precision. The molecules should be distorted, of different sizes, and include an ion if the
    potential takes charges. A test fails with the name of the property and the largest error.
    """

    tolerances: Tolerances = FLOAT64
    """How exact the potential is."""

    def potential(self) -> Potential:
        """Return the potential under test."""
        raise NotImplementedError

    def molecules(self) -> Molecules[Array]:
        """Return a ragged batch of distorted molecules the potential is able to treat."""
        raise NotImplementedError

    def test_gives_what_its_capabilities_promise(self) -> None:
        """All promised properties are there, finite float64 arrays of the right shape."""
        potential, molecules = self.potential(), self.molecules()
        found = potential(molecules)
        assert potential.name
        assert found.available() == potential.capabilities.outputs
        check_shapes(found, molecules)
        for name in found.available():
            value = getattr(found, name)
            assert value.dtype == np.float64, f"{name} is {value.dtype}, expected float64"
            assert np.isfinite(value).all(), f"{name} is not finite"

    def test_refuses_elements_it_does_not_know(self) -> None:
        """An element outside the stated ones is bad input, not a number."""
        potential = self.potential()
        elements = potential.capabilities.elements
        if elements is None:
            return
        molecule = select(self.molecules(), 0)
        strange = max(set(range(1, 100)) - elements)
        _assert_refuses(
            potential, replace(molecule, numbers=np.full_like(molecule.numbers, strange))
        )

    def test_refuses_charges_it_does_not_know(self) -> None:
        """A potential for neutral molecules refuses an ion."""
        potential = self.potential()
        if potential.capabilities.charged:
            return
        molecule = select(self.molecules(), 0)
        _assert_refuses(potential, replace(molecule, charge=molecule.charge + 1.0))

    def test_is_deterministic_and_leaves_its_input_alone(self) -> None:
        """Two calls give the same bits and do not change the molecules."""
        potential, molecules = self.potential(), self.molecules()
        before = molecules.positions.copy()
        first, second = potential(molecules), potential(molecules)
        for name in first.available():
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name), name)
        np.testing.assert_array_equal(molecules.positions, before)

    def test_batch_equals_single(self) -> None:
        """A molecule's result does not depend on the others in its batch."""
        potential, molecules = self.potential(), self.molecules()
        alone = concatenate_properties([potential(one) for one in iterate(molecules)])
        self._assert_equal(potential(molecules), alone, "batch against single")
        backwards = np.arange(len(molecules))[::-1]
        reversed_batch = potential(select(molecules, backwards))
        one_by_one = concatenate_properties(
            [potential(select(molecules, int(i))) for i in backwards]
        )
        self._assert_equal(reversed_batch, one_by_one, "reversed batch against single")

    def test_rotation_and_reflection(self) -> None:
        """Energies stay, vectors and tensors turn with the molecule."""
        potential, molecules = self.potential(), self.molecules()
        before = potential(molecules)
        turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
        for matrix in (turn, -turn):
            after = potential(with_positions(molecules, molecules.positions @ matrix.T))
            expected = _turned(before, matrix)
            self._assert_equal(after, expected, "rotation")

    def test_translation(self) -> None:
        """Nothing changes but the dipole of ions, by charge times the shift."""
        potential, molecules = self.potential(), self.molecules()
        before, shift = potential(molecules), np.array([0.7, -1.3, 2.1])
        after = potential(with_positions(molecules, molecules.positions + shift))
        expected = before
        if before.dipole is not None:
            moved = before.dipole + molecules.charge[:, None] * shift
            expected = replace(before, dipole=moved)
        self._assert_equal(after, expected, "translation")

    def test_permutation(self) -> None:
        """Renumbering the atoms of a molecule renumbers its forces and nothing else."""
        potential, molecules = self.potential(), self.molecules()
        rng, offsets = np.random.default_rng(2), atom_offsets(molecules)
        order = np.concatenate(
            [
                start + rng.permutation(count)
                for start, count in zip(offsets, atom_counts(molecules), strict=False)
            ]
        )
        permuted = replace(
            molecules,
            numbers=molecules.numbers[order],
            positions=molecules.positions[order],
            masses=molecules.masses[order],
        )
        before = potential(molecules)
        changes = {
            name: getattr(before, name)[order]
            for name in ("forces", "charges")
            if getattr(before, name) is not None
        }
        self._assert_equal(potential(permuted), replace(before, **changes), "permutation")

    def test_forces_are_the_negative_gradient(self) -> None:
        """Forces equal -∂E/∂R along random directions, by a four-point difference."""
        potential, molecules = self.potential(), self.molecules()
        if not {"energy", "forces"} <= potential.capabilities.outputs:
            return
        forces = potential(molecules).forces
        assert forces is not None
        step = self.tolerances.displacement_angstrom
        rng = np.random.default_rng(3)
        for _ in range(3):
            direction = rng.normal(size=molecules.positions.shape)
            norm = np.sqrt(_sum(molecules, np.einsum("ai,ai->a", direction, direction)))
            direction /= norm[molecules.molecule_index, None]
            slope = np.zeros(len(molecules))
            for multiple, weight in _STENCIL:
                moved = molecules.positions + multiple * step * direction
                energy = potential(with_positions(molecules, moved)).energy
                assert energy is not None
                slope += weight * energy / step
            assert_allclose(
                _sum(molecules, np.einsum("ai,ai->a", forces, direction)),
                -slope,
                rtol=0,
                atol=self.tolerances.gradient_ev_per_angstrom,
                err_msg="forces against -dE/dR (eV/Å)",
            )

    def test_second_derivatives(self) -> None:
        """If it has exact second derivatives, they equal finite differences."""
        potential = self.potential()
        if not isinstance(potential, Differentiable):
            return
        step = self.tolerances.displacement_angstrom
        for molecule in iterate(self.molecules()):
            size = 3 * molecule.n_atoms
            hessian, derivatives = potential.derivatives(molecule)
            numeric, numeric_dipole = np.zeros((size, size)), np.zeros((size, 3))
            many = select(molecule, np.zeros(size, dtype=np.int64))
            unit = np.eye(size).reshape(-1, 3)
            for multiple, weight in _STENCIL:
                found = potential(with_positions(many, many.positions + multiple * step * unit))
                assert found.forces is not None
                numeric -= weight / step * found.forces.reshape(size, size)
                if found.dipole is not None:
                    numeric_dipole += weight / step * found.dipole
            limit = self.tolerances.hessian_ev_per_angstrom2
            assert_allclose(hessian, numeric, rtol=0, atol=limit, err_msg="Hessian (eV/Å²)")
            assert_allclose(
                derivatives, numeric_dipole, rtol=0, atol=limit, err_msg="dipole derivatives (e)"
            )

    def _assert_equal(
        self, found: Properties[Array], expected: Properties[Array], what: str
    ) -> None:
        """Compare property by property, each with its own tolerance."""
        limits = {
            "energy": self.tolerances.energy_ev,
            "forces": self.tolerances.forces_ev_per_angstrom,
        }
        for field in fields(found):
            value = getattr(found, field.name)
            if value is None or field.name == "uncertainty":
                continue
            assert_allclose(
                value,
                getattr(expected, field.name),
                rtol=0,
                atol=limits.get(field.name, self.tolerances.dipole_e_angstrom),
                err_msg=f"{what}: {field.name}",
            )


def _assert_refuses(potential: Potential, molecules: Molecules[Array]) -> None:
    try:
        potential(molecules)
    except InputError:
        return
    message = f"{potential.name} accepted molecules outside its capabilities"
    raise AssertionError(message)


def _turned(properties: Properties[Array], matrix: Array) -> Properties[Array]:
    """Return vectors and tensors turned by *matrix* (3, 3)."""
    changes: dict[str, Any] = {
        name: getattr(properties, name) @ matrix.T
        for name in ("forces", "dipole")
        if getattr(properties, name) is not None
    }
    if properties.polarizability is not None:
        changes["polarizability"] = matrix @ properties.polarizability @ matrix.T
    return replace(properties, **changes)


def _sum(molecules: Molecules[Array], values: Array) -> Array:
    """Return sums (molecules,) of *values* (atoms,)."""
    return np.bincount(molecules.molecule_index, values, minlength=len(molecules))
