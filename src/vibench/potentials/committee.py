"""Committees: the mean of several potentials, with their spread as its uncertainty."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeGuard

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities, Differentiable, DipoleDifferentiable, Potential


class CommitteePotential:
    """The mean of what several potentials predict.

    Forces are the mean of the members' forces, so they are the derivative of the mean energy. The
    uncertainty of each property x is the standard deviation over the M members, component by
    component,

        s² = Σ_m (x_m - x̄)² / (M - 1),

    which is how far one more member would lie from the others, not the error of their mean. A
    committee of one has none. It predicts what all members predict, for molecules that all of them
    can treat.

    Parameters
    ----------
    members
        One or more potentials; their order does not matter.
    name
        Name in tables and figures.

    Raises
    ------
    InputError
        Without members, or if they have no property or no element in common.
    """

    def __init__(self, members: Sequence[Potential], *, name: str) -> None:
        self.name = name
        self.members = tuple(members)
        self.capabilities = _joint(self.members, name)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return means over the members with their standard deviations as `uncertainty`."""
        found = [member(molecules) for member in self.members]
        names = frozenset.intersection(*(one.available() for one in found))
        means: dict[str, Any] = {}
        spreads: dict[str, Any] = {}
        for name in names:
            values = [getattr(one, name) for one in found]
            means[name] = _mean(values)
            if len(found) > 1:
                spreads[name] = np.sort(np.stack(values), axis=0).std(axis=0, ddof=1)
        return Properties(**means, uncertainty=Properties(**spreads) if spreads else None)


class DifferentiableMember(Potential, Differentiable, DipoleDifferentiable, Protocol):
    """A potential with exact second derivatives and exact derivatives of its dipole."""


class DifferentiableCommittee(CommitteePotential):
    """A committee of potentials with exact derivatives."""

    def __init__(self, members: Sequence[DifferentiableMember], *, name: str) -> None:
        super().__init__(members, name=name)
        self._exact = tuple(members)

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return Hessian (3 atoms, 3 atoms) in eV/Å² and ∂μ/∂R (3 atoms, 3) in e, one molecule."""
        found = [member.derivatives(molecules) for member in self._exact]
        return _mean([hessian for hessian, _ in found]), _mean([dipole for _, dipole in found])

    def dipole_derivatives(self, molecules: Molecules[Array]) -> Array:
        """Return ∂μ/∂R (3 atoms, 3) in e of one molecule."""
        return _mean([member.dipole_derivatives(molecules) for member in self._exact])

    def dipole_flux(self, molecules: Molecules[Array], velocities: Array) -> Array:
        """Return (molecules, 3) Σ_i ∂μ/∂R_i · v_i in e·Å/fs for *velocities* (atoms, 3) in Å/fs."""
        return _mean([member.dipole_flux(molecules, velocities) for member in self._exact])


def committee(members: Sequence[Potential], *, name: str) -> CommitteePotential:
    """Join potentials to a committee; exact derivatives are kept where all members have them.

    Raises
    ------
    InputError
        As `CommitteePotential`.
    """
    exact = [one for one in members if _is_exact(one)]
    if len(exact) == len(members):
        return DifferentiableCommittee(exact, name=name)
    return CommitteePotential(members, name=name)


def _is_exact(potential: Potential) -> TypeGuard[DifferentiableMember]:
    return isinstance(potential, Differentiable) and isinstance(potential, DipoleDifferentiable)


def _mean(parts: Sequence[Array]) -> Array:
    # In order of size, so that the order of members changes no bit.
    return np.asarray(np.sort(np.stack(parts), axis=0).mean(axis=0))


def _joint(members: Sequence[Potential], name: str) -> Capabilities:
    if not members:
        raise InputError(f"{name}: a committee needs one member or more, found none")
    known = [member.capabilities for member in members]
    outputs = frozenset.intersection(*(one.outputs for one in known))
    if not outputs:
        raise InputError(f"{name}: its members have no property in common")
    limited = [one.elements for one in known if one.elements is not None]
    elements = frozenset.intersection(*limited) if limited else None
    if elements is not None and not elements:
        raise InputError(f"{name}: its members have no element in common")
    return Capabilities(
        outputs=outputs,
        elements=elements,
        charged=all(one.charged for one in known),
        electric_field=all(one.electric_field for one in known),
    )
