"""What contract suites are about: the potential under test, its molecules, and comparisons."""
# asserting is what a contract suite does

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Local, Potential
from vibench.testing.tolerances import FLOAT64, Tolerances

_STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
"""Four-point central difference: multiples of the step and their weights."""


class ContractSubject:
    """The hooks that a test class overrides, and the comparisons that the tests share."""

    tolerances: Tolerances = FLOAT64
    """How exact the potential is."""

    def potential(self) -> Potential:
        """Return the potential under test."""
        raise NotImplementedError

    def molecules(self) -> Molecules[Array]:
        """Return a ragged batch of distorted molecules the potential is able to treat."""
        raise NotImplementedError

    def cutoff_angstrom(self) -> float | None:
        """Return the distance in Å beyond which atoms do not interact directly; None for none."""
        potential = self.potential()
        return potential.cutoff_angstrom() if isinstance(potential, Local) else None

    def single_precision(self) -> Potential | None:
        """Return the same potential in single precision, or None if there is none."""
        return None

    def assert_equal(
        self,
        found: Properties[Array],
        expected: Properties[Array],
        what: str,
        *,
        tolerances: Tolerances | None = None,
        slack: float = 0.0,
    ) -> None:
        """Compare property by property, each with its own tolerance and *slack* on top."""
        limit = tolerances or self.tolerances
        limits = {"energy": limit.energy_ev, "forces": limit.forces_ev_per_angstrom}
        for field in fields(found):
            value = getattr(found, field.name)
            if value is None or field.name == "uncertainty":
                continue
            assert_allclose(
                value,
                getattr(expected, field.name),
                rtol=0,
                atol=limits.get(field.name, limit.dipole_e_angstrom) + slack,
                err_msg=f"{what}: {field.name}",
            )


def assert_refuses(potential: Potential, molecules: Molecules[Array]) -> None:
    """Fail unless *potential* calls these molecules bad input."""
    try:
        potential(molecules)
    except InputError:
        return
    message = f"{potential.name} accepted molecules outside its capabilities"
    raise AssertionError(message)


def turned(properties: Properties[Array], matrix: Array) -> Properties[Array]:
    """Return vectors and tensors turned by *matrix* (3, 3)."""
    changes: dict[str, Any] = {
        name: getattr(properties, name) @ matrix.T
        for name in ("forces", "dipole")
        if getattr(properties, name) is not None
    }
    if properties.polarizability is not None:
        changes["polarizability"] = matrix @ properties.polarizability @ matrix.T
    return replace(properties, **changes)


def slope(values: Callable[[float], Array], step: float) -> Array:
    """Return the derivative at zero of *values*, by four points *step* apart."""
    terms = [weight / step * values(multiple * step) for multiple, weight in _STENCIL]
    total: Array = np.sum(terms, axis=0)
    return total


def sum_over_atoms(molecules: Molecules[Array], values: Array) -> Array:
    """Return sums (molecules,) of *values* (atoms,)."""
    return np.bincount(molecules.molecule_index, values, minlength=len(molecules))
