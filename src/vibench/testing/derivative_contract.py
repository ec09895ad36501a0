"""The part of the contract that is about derivatives: forces, Hessian, dipole, response to a field.

Everything is compared with four-point differences of what the potential itself predicts.
"""
# ruff: noqa: S101  # asserting is what a contract suite does

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from vibench.core.molecules import Array, Molecules, iterate, select, with_positions
from vibench.core.protocols import Differentiable, DipoleDifferentiable
from vibench.testing.subject import (
    ContractSubject,
    assert_refuses,
    slope,
    sum_over_atoms,
    turned,
)

_FIELD_V_PER_ANGSTROM = 0.2


class DerivativeContract(ContractSubject):
    """Derivatives that a potential gives are those of what it predicts."""

    def test_forces_are_the_negative_gradient(self) -> None:
        """Forces equal -∂E/∂R along random directions."""
        potential, molecules = self.potential(), self.molecules()
        if not {"energy", "forces"} <= potential.capabilities.outputs:
            return
        forces = potential(molecules).forces
        assert forces is not None
        rng = np.random.default_rng(3)
        for _ in range(3):
            direction = rng.normal(size=molecules.positions.shape)
            norm = np.sqrt(sum_over_atoms(molecules, np.einsum("ai,ai->a", direction, direction)))
            direction /= norm[molecules.molecule_index, None]

            def energies(shift: float, along: Array = direction) -> Array:
                energy = potential(
                    with_positions(molecules, molecules.positions + shift * along)
                ).energy
                assert energy is not None
                return energy

            assert_allclose(
                sum_over_atoms(molecules, np.einsum("ai,ai->a", forces, direction)),
                -slope(energies, self.tolerances.displacement_angstrom),
                rtol=0,
                atol=self.tolerances.gradient_ev_per_angstrom,
                err_msg="forces against -dE/dR (eV/Å)",
            )

    def test_second_derivatives(self) -> None:
        """If it has exact second derivatives, they equal finite differences."""
        potential = self.potential()
        if not isinstance(potential, Differentiable):
            return
        if "forces" not in potential.capabilities.outputs:
            return
        for molecule in iterate(self.molecules()):
            size = 3 * molecule.n_atoms
            hessian, derivatives = potential.derivatives(molecule)

            def displaced(shift: float, molecule: Molecules[Array] = molecule) -> Array:
                found = potential(_each_coordinate_moved(molecule, shift))
                rows = 3 * molecule.n_atoms
                assert found.forces is not None
                dipole = np.full((rows, 3), np.nan) if found.dipole is None else found.dipole
                return np.concatenate([-found.forces.reshape(rows, rows), dipole], axis=1)

            numeric = slope(displaced, self.tolerances.displacement_angstrom)
            limit = self.tolerances.hessian_ev_per_angstrom2
            assert_allclose(
                hessian, numeric[:, :size], rtol=0, atol=limit, err_msg="Hessian (eV/Å²)"
            )
            assert_allclose(
                derivatives,
                numeric[:, size:],
                rtol=0,
                atol=limit,
                err_msg="dipole derivatives (e)",
            )

    def test_dipole_derivatives_and_flux(self) -> None:
        """If it has exact derivatives of its dipole, they equal differences, and so does Σ ∂μ/∂R·v.

        The flux is that of random velocities, of all molecules in one batch.
        """
        potential, molecules = self.potential(), self.molecules()
        if not isinstance(potential, DipoleDifferentiable):
            return
        if "dipole" not in potential.capabilities.outputs:
            return
        velocities = np.random.default_rng(5).normal(size=molecules.positions.shape)
        flux = potential.dipole_flux(molecules, velocities)
        for index, molecule in enumerate(iterate(molecules)):
            derivatives = potential.dipole_derivatives(molecule)

            def dipoles(shift: float, molecule: Molecules[Array] = molecule) -> Array:
                dipole = potential(_each_coordinate_moved(molecule, shift)).dipole
                assert dipole is not None
                return dipole

            limit = self.tolerances.hessian_ev_per_angstrom2
            numeric = slope(dipoles, self.tolerances.displacement_angstrom)
            assert_allclose(
                derivatives, numeric, rtol=0, atol=limit, err_msg="dipole derivatives (e)"
            )
            own = velocities[molecules.molecule_index == index].reshape(-1)
            assert_allclose(
                flux[index], own @ numeric, rtol=0, atol=10 * limit, err_msg="flux (e·Å/fs)"
            )

    def test_refuses_a_field_it_does_not_feel(self) -> None:
        """A potential without fields among its capabilities refuses a molecule in one."""
        potential, molecule = self.potential(), select(self.molecules(), 0)
        if not potential.capabilities.electric_field:
            assert_refuses(potential, replace(molecule, electric_field=np.full((1, 3), 0.1)))

    def test_dipole_is_the_derivative_by_the_field(self) -> None:
        """If it feels a field F, μ = -∂E/∂F there, and all turns with molecule and field."""
        potential, molecules = self.potential(), self.molecules()
        if not potential.capabilities.electric_field:
            return
        neutral = select(molecules, np.flatnonzero(molecules.charge == 0))
        shape = (len(neutral), 3)
        field = _FIELD_V_PER_ANGSTROM * np.random.default_rng(6).normal(size=shape)
        inside = replace(neutral, electric_field=field)
        found = potential(inside)
        assert found.dipole is not None
        for axis, unit in enumerate(np.eye(3)):

            def energies(shift: float, unit: Array = unit) -> Array:
                energy = potential(replace(inside, electric_field=field + shift * unit)).energy
                assert energy is not None
                return energy

            assert_allclose(
                found.dipole[:, axis],
                -slope(energies, self.tolerances.field_step_v_per_angstrom),
                rtol=0,
                atol=self.tolerances.gradient_ev_per_angstrom,
                err_msg="dipole against -dE/dF (e·Å)",
            )
        turn = Rotation.random(rng=np.random.default_rng(7)).as_matrix()
        moved = replace(inside, positions=inside.positions @ turn.T, electric_field=field @ turn.T)
        self.assert_equal(potential(moved), turned(found, turn), "rotation with the field")


def _each_coordinate_moved(molecule: Molecules[Array], shift: float) -> Molecules[Array]:
    """Return 3 atoms copies of one molecule, in each of which one coordinate is moved."""
    size = 3 * molecule.n_atoms
    many = select(molecule, np.zeros(size, dtype=np.int64))
    return with_positions(many, many.positions + shift * np.eye(size).reshape(-1, 3))
