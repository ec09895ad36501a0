"""The contract every potential keeps; inherit it to test your own.

For example::

class TestMine(PotentialContract):
    def potential(self) -> Potential:
        return MyPotential()

    def molecules(self) -> Molecules[Array]:
        return my_molecules()
"""
# ruff: noqa: S101  # asserting is what a contract suite does

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from vibench.core.molecules import (
    Array,
    Molecules,
    atom_counts,
    atom_offsets,
    iterate,
    select,
    single,
    with_positions,
)
from vibench.core.properties import check_shapes, concatenate_properties
from vibench.testing.derivative_contract import DerivativeContract
from vibench.testing.subject import assert_refuses, turned
from vibench.testing.tolerances import FLOAT32

_AROUND_CUTOFF_ANGSTROM = 1e-6
_FLAT = 1e-2
"""Smallest force in eV/Å and dipole in e·Å, of the largest of all molecules, worth a test."""
_STEEPEST = 20.0
"""Largest change per Å, in eV, eV/Å or e·Å, of what is compared on both sides of a cutoff."""


class PotentialContract(DerivativeContract):
    """Symmetries, consistency and honesty, for any `Potential`; a pytest class once inherited.

    Override `potential` and `molecules`; override `tolerances` for anything but analytic double
    precision, `cutoff_angstrom` if the potential has a cutoff and does not say so itself, and
    `single_precision` if it also comes in single precision. The molecules should be distorted and
    of different sizes. What a potential does not predict is not tested: one of dipoles alone is
    welcome. A test fails with the name of the property and the largest error.
    """

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

    def test_is_not_flat(self) -> None:
        """Forces and dipoles are large enough that the other tests mean something.

        What predicts next to nothing keeps every symmetry. Distort the molecules, take polar
        ones, or give the model larger weights.
        """
        found = self.potential()(self.molecules())
        for name in ("forces", "dipole"):
            value = getattr(found, name)
            if value is not None:
                largest = float(np.abs(value).max())
                assert largest > _FLAT, f"{name} is at most {largest:g}, expected > {_FLAT:g}"

    def test_refuses_elements_it_does_not_know(self) -> None:
        """An element outside the stated ones is bad input, not a number."""
        potential = self.potential()
        elements = potential.capabilities.elements
        if elements is None:
            return
        molecule = select(self.molecules(), 0)
        strange = max(set(range(1, 119)) - elements)
        assert_refuses(
            potential, replace(molecule, numbers=np.full_like(molecule.numbers, strange))
        )

    def test_refuses_charges_it_does_not_know(self) -> None:
        """A potential for neutral molecules refuses an ion."""
        potential = self.potential()
        if potential.capabilities.charged:
            return
        molecule = select(self.molecules(), 0)
        assert_refuses(potential, replace(molecule, charge=molecule.charge + 1.0))

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
        self.assert_equal(potential(molecules), alone, "batch against single")
        backwards = np.arange(len(molecules))[::-1]
        reversed_batch = potential(select(molecules, backwards))
        one_by_one = concatenate_properties(
            [potential(select(molecules, int(i))) for i in backwards]
        )
        self.assert_equal(reversed_batch, one_by_one, "reversed batch against single")

    def test_rotation_and_reflection(self) -> None:
        """Energies stay, vectors and tensors turn with the molecule."""
        potential, molecules = self.potential(), self.molecules()
        before = potential(molecules)
        turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
        for matrix in (turn, -turn):
            after = potential(with_positions(molecules, molecules.positions @ matrix.T))
            expected = turned(before, matrix)
            self.assert_equal(after, expected, "rotation")

    def test_translation(self) -> None:
        """Nothing changes but the dipole of ions, by charge times the shift."""
        potential, molecules = self.potential(), self.molecules()
        before, shift = potential(molecules), np.array([0.7, -1.3, 2.1])
        after = potential(with_positions(molecules, molecules.positions + shift))
        expected = before
        if before.dipole is not None:
            moved = before.dipole + molecules.charge[:, None] * shift
            expected = replace(before, dipole=moved)
        self.assert_equal(after, expected, "translation")

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
        self.assert_equal(potential(permuted), replace(before, **changes), "permutation")

    def test_dipole_of_an_ion_moves_with_its_charge(self) -> None:
        """If it treats ions, moving one moves its dipole by charge times the shift."""
        potential = self.potential()
        if not (potential.capabilities.charged and "dipole" in potential.capabilities.outputs):
            return
        molecule, shift = select(self.molecules(), 0), np.array([1.1, -0.4, 2.3])
        ion = replace(
            molecule,
            charge=molecule.charge + 1.0,
            unpaired_electrons=1 - molecule.unpaired_electrons % 2,
        )
        here, there = (
            potential(with_positions(ion, ion.positions + times * shift)).dipole for times in (0, 1)
        )
        assert here is not None
        assert there is not None
        limit = self.tolerances.dipole_e_angstrom
        expected = ion.charge[:, None] * shift
        assert_allclose(there - here, expected, rtol=0, atol=limit, err_msg="dipole of an ion")

    def test_smooth_at_the_cutoff(self) -> None:
        """Nothing jumps where an atom leaves the neighbourhood of the others."""
        cutoff = self.cutoff_angstrom()
        if cutoff is None:
            return
        potential, molecule = self.potential(), select(self.molecules(), 0)
        ends = (cutoff - _AROUND_CUTOFF_ANGSTROM, cutoff + _AROUND_CUTOFF_ANGSTROM)
        inside, outside = (list(_pulled_apart(molecule, distance)) for distance in ends)
        for near, far in zip(inside, outside, strict=True):
            self.assert_equal(
                potential(far),
                potential(near),
                f"{near.names[0]} at the cutoff",
                slack=2 * _AROUND_CUTOFF_ANGSTROM * _STEEPEST,
            )

    def test_single_precision_agrees(self) -> None:
        """If it also comes in single precision, rounding alone makes the difference."""
        twin, molecules = self.single_precision(), self.molecules()
        if twin is None:
            return
        exact, rounded = self.potential()(molecules), twin(molecules)
        self.assert_equal(rounded, exact, "single against double precision", tolerances=FLOAT32)


def _pulled_apart(molecule: Molecules[Array], distance: float) -> Iterator[Molecules[Array]]:
    """Yield two atoms, and a molecule whose last atom is this far in Å from the nearest other."""
    numbers, masses = molecule.numbers[[0, -1]], molecule.masses[[0, -1]]
    yield single("pair", numbers, [[0.0, 0.0, 0.0], [0.0, 0.6 * distance, 0.8 * distance]], masses)
    others, last = molecule.positions[:-1], molecule.positions[-1]
    direction = last - others.mean(axis=0)
    direction /= np.linalg.norm(direction)
    # The last atom leaves along a ray: it is far enough from all where it is from the slowest.
    along = (others - last) @ direction
    aside = ((others - last) ** 2).sum(axis=1) - along**2
    reach = np.max(along + np.sqrt(np.maximum(distance**2 - aside, 0.0)))
    positions = np.concatenate([others, [last + reach * direction]])
    yield replace(with_positions(molecule, positions), names=("molecule",))
