"""Molecules of springs: smooth, anharmonic, coupled, with a dipole and exact second derivatives."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, atom_counts, concatenate, single
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.potentials.neighbours import atom_pairs


@dataclass(frozen=True, slots=True)
class Spring:
    """A Morse spring between two elements; harmonic if its steepness is zero."""

    length_angstrom: float
    """Length at rest in Å."""
    force_constant: float
    """Second derivative at rest in eV/Å²."""
    steepness: float = 0.0
    """Morse exponent in Å⁻¹; the well is force_constant/(2 steepness²) deep."""


class Springs:
    r"""A potential that joins every pair of atoms of a molecule by a spring.

    .. math:: E = \sum_{i<j} \frac{k}{2 a^2}\left(1 - e^{-a (d_{ij} - d_0)}\right)^2,\qquad
              \boldsymbol μ = \sum_i q_i \mathbf R_i

    with k, a, d₀ fixed by the two elements. Springs between atoms that are bound to a third one
    act as angles. The charges are those of the elements, shifted evenly to the total charge.

    Parameters
    ----------
    springs
        Spring of each pair of atomic numbers, smaller number first; all pairs must be there.
    charges
        Charge in e of each atomic number.
    """

    def __init__(
        self, springs: Mapping[tuple[int, int], Spring], charges: Mapping[int, float]
    ) -> None:
        needed = set(itertools.combinations_with_replacement(sorted(charges), 2))
        if needed != set(springs):
            raise InputError(f"springs are given for {sorted(springs)}, expected {sorted(needed)}")
        size = max(charges) + 1
        self._length = np.zeros((size, size))
        self._constant = np.zeros((size, size))
        self._steepness = np.zeros((size, size))
        for pair, spring in springs.items():
            for i, j in (pair, pair[::-1]):
                self._length[i, j] = spring.length_angstrom
                self._constant[i, j] = spring.force_constant
                self._steepness[i, j] = spring.steepness
        self._charges = np.zeros(size)
        self._charges[list(charges)] = list(charges.values())
        self._elements = frozenset(charges)

    @property
    def name(self) -> str:
        """The name of the model."""
        return "springs"

    @property
    def capabilities(self) -> Capabilities:
        """Energy, forces, dipole and charges of its elements, ions included."""
        outputs = frozenset({"energy", "forces", "dipole", "charges"})
        return Capabilities(outputs=outputs, elements=self._elements, charged=True)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict energies, forces, dipoles and charges.

        Raises
        ------
        InputError
            If there is an element without springs, or an electric field.
        """
        if molecules.electric_field is not None:
            raise InputError(f"{self.name} cannot treat an external electric field")
        first, second, vector, distance = self._geometry(molecules)
        energy, slope, _ = self._pair_terms(molecules.numbers[first], molecules.numbers[second])(
            distance
        )
        index, count = molecules.molecule_index, len(molecules)
        pull = (slope / distance)[:, None] * vector
        forces = np.stack(
            [
                np.bincount(first, pull[:, i], minlength=molecules.n_atoms)
                - np.bincount(second, pull[:, i], minlength=molecules.n_atoms)
                for i in range(3)
            ],
            axis=1,
        )
        charges = self._atomic_charges(molecules)
        moment = charges[:, None] * molecules.positions
        return Properties(
            energy=np.bincount(index[first], energy, minlength=count),
            forces=forces,
            dipole=np.stack(
                [np.bincount(index, moment[:, i], minlength=count) for i in range(3)], axis=1
            ),
            charges=charges,
        )

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        r"""Return, for one molecule, the exact Hessian in eV/Å² and dipole derivatives in e.

        Each pair adds ±[φ″ n nᵀ + φ′/d (1 - n nᵀ)] with n the unit vector of the pair.
        """
        first, second, vector, distance = self._geometry(molecules)
        _, slope, curvature = self._pair_terms(molecules.numbers[first], molecules.numbers[second])(
            distance
        )
        unit = vector / distance[:, None]
        along = np.einsum("pi,pj->pij", unit, unit)
        across = np.eye(3) - along
        block = curvature[:, None, None] * along + (slope / distance)[:, None, None] * across
        atoms = molecules.n_atoms
        hessian = np.zeros((atoms, 3, atoms, 3))
        for i, j, part in zip(first, second, block, strict=True):
            hessian[i, :, i] += part
            hessian[j, :, j] += part
            hessian[i, :, j] -= part
            hessian[j, :, i] -= part
        charges = self._atomic_charges(molecules)
        dipole = np.kron(charges[:, None], np.eye(3))
        return hessian.reshape(3 * atoms, 3 * atoms), dipole

    def _geometry(self, molecules: Molecules[Array]) -> tuple[Array, Array, Array, Array]:
        """Return both atoms, the vector and the distance in Å of each pair in a molecule."""
        strange = sorted(set(molecules.numbers.tolist()) - self._elements)
        if strange:
            raise InputError(
                f"no springs for atomic numbers {strange}; known: {sorted(self._elements)}"
            )
        centre, neighbour = atom_pairs(atom_counts(molecules))
        once = centre < neighbour
        first, second = centre[once], neighbour[once]
        vector = molecules.positions[second] - molecules.positions[first]
        return first, second, vector, np.linalg.norm(vector, axis=1)

    def _pair_terms(self, left: Array, right: Array) -> "_Morse":
        return _Morse(
            self._length[left, right], self._constant[left, right], self._steepness[left, right]
        )

    def _atomic_charges(self, molecules: Molecules[Array]) -> Array:
        index, charges = molecules.molecule_index, self._charges[molecules.numbers]
        excess = molecules.charge - np.bincount(index, charges, minlength=len(molecules))
        return charges + (excess / atom_counts(molecules))[index]


@dataclass(frozen=True, slots=True)
class _Morse:
    """Springs of many pairs; steepness zero is the harmonic limit."""

    length: Array
    constant: Array
    steepness: Array

    def __call__(self, distance: Array) -> tuple[Array, Array, Array]:
        """Return energy, first and second derivative of every pair."""
        stretch = distance - self.length
        factor = np.exp(-self.steepness * stretch)
        harmonic = self.steepness == 0
        safe = np.where(harmonic, 1.0, self.steepness)
        strain = np.where(harmonic, stretch, -np.expm1(-safe * stretch) / safe)
        energy = 0.5 * self.constant * strain**2
        slope = self.constant * strain * factor
        return energy, slope, self.constant * factor * (factor - self.steepness * strain)


def water_springs() -> Springs:
    """Return springs for hydrogen and oxygen under which `spring_water` vibrates like water."""
    return Springs(
        springs={
            (1, 1): Spring(length_angstrom=1.5139, force_constant=14.0, steepness=0.8),
            (1, 8): Spring(length_angstrom=0.9572, force_constant=51.0, steepness=2.1),
            (8, 8): Spring(length_angstrom=1.45, force_constant=25.0, steepness=1.9),
        },
        charges={1: 0.33, 8: -0.66},
    )


def spring_water(name: str = "water") -> Molecules[Array]:
    """Return one water molecule at the exact minimum of `water_springs`."""
    half, bond = 1.5139 / 2, 0.9572
    height = np.sqrt(bond**2 - half**2)
    positions = [[0.0, 0.0, 0.0], [half, height, 0.0], [-half, height, 0.0]]
    return single(name, [8, 1, 1], positions, [15.999, 1.008, 1.008])


def spring_molecules() -> Molecules[Array]:
    """Return a ragged batch of distorted water, hydrogen, hydrogen peroxide and hydronium."""
    water = [[0.02, 0.01, 0.0], [0.80, 0.55, 0.05], [-0.70, 0.62, -0.03]]
    peroxide = [[0.0, 0.72, 0.1], [0.0, -0.70, 0.0], [0.85, 0.95, 0.4], [-0.8, -0.9, 0.5]]
    hydronium = [[0.0, 0.0, 0.3], [0.95, 0.0, 0.0], [-0.5, 0.8, 0.0], [-0.45, -0.85, 0.05]]
    hydrogen, oxygen = 1.008, 15.999
    return concatenate(
        [
            single("water", [8, 1, 1], water, [oxygen, hydrogen, hydrogen]),
            single("hydrogen", [1, 1], [[0.0, 0.0, 0.0], [0.3, 1.2, 0.4]], [hydrogen] * 2),
            single("hydrogen peroxide", [8, 8, 1, 1], peroxide, [oxygen] * 2 + [hydrogen] * 2),
            single("hydronium", [8, 1, 1, 1], hydronium, [oxygen] + [hydrogen] * 3, charge=1.0),
        ]
    )
