"""Composite potentials: energies and forces of one model, the dipole of another."""

from dataclasses import replace
from typing import Protocol

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties
from vibench.core.protocols import (
    Capabilities,
    Differentiable,
    DipoleDifferentiable,
    Potential,
    missing_outputs,
)


class DifferentiablePotential(Potential, Differentiable, Protocol):
    """A potential with exact second derivatives."""


class DipolePotential(Potential, DipoleDifferentiable, Protocol):
    """A potential with exact derivatives of its dipole."""


class CompositePotential:
    """A potential that takes everything but the dipole from one model, the dipole from another.

    It knows the elements that both know, and treats ions if both do. It refuses electric fields:
    there the dipole must be the derivative of the energy, which that of another model is not.
    """

    def __init__(self, energy: Potential, dipole: Potential, *, name: str) -> None:
        self.name = name
        self.energy = energy
        self.dipole = dipole
        self.capabilities = _joint(energy, dipole)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Return the energy model's properties with the dipole of the dipole model.

        Raises
        ------
        InputError
            If a molecule lies in an electric field, or one of the models cannot treat it.
        """
        if molecules.electric_field is not None:
            raise InputError(
                f"{self.name} joins two models and cannot treat an electric field, where the "
                "dipole must be the derivative of the energy; models of 'field_schnet' can"
            )
        return replace(self.energy(molecules), dipole=self.dipole(molecules).dipole)


class DifferentiableComposite(CompositePotential):
    """A composite of models with exact derivatives."""

    def __init__(
        self, energy: DifferentiablePotential, dipole: DipolePotential, *, name: str
    ) -> None:
        super().__init__(energy, dipole, name=name)
        self._energy, self._dipole = energy, dipole

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return Hessian (3 atoms, 3 atoms) in eV/Å² and ∂μ/∂R (3 atoms, 3) in e, one molecule."""
        hessian, _ = self._energy.derivatives(molecules)
        return hessian, self.dipole_derivatives(molecules)

    def dipole_derivatives(self, molecules: Molecules[Array]) -> Array:
        """Return ∂μ/∂R (3 atoms, 3) in e of one molecule."""
        return self._dipole.dipole_derivatives(molecules)

    def dipole_flux(self, molecules: Molecules[Array], velocities: Array) -> Array:
        """Return (molecules, 3) Σ_i ∂μ/∂R_i · v_i in e·Å/fs for *velocities* (atoms, 3) in Å/fs."""
        return self._dipole.dipole_flux(molecules, velocities)


def compose(energy: Potential, dipole: Potential, *, name: str) -> CompositePotential:
    """Join an energy model with a dipole model; exact derivatives are kept where both have them.

    Raises
    ------
    InputError
        If the first predicts no forces, the second no dipole, or they share no element.
    """
    for potential, needed in ((energy, "forces"), (dipole, "dipole")):
        if missing_outputs(potential, [needed]):
            raise InputError(
                f"{name}: {potential.name} predicts no {needed}; give the energy model first, "
                "then the dipole model"
            )
    if isinstance(energy, Differentiable) and isinstance(dipole, DipoleDifferentiable):
        return DifferentiableComposite(energy, dipole, name=name)
    return CompositePotential(energy, dipole, name=name)


def _joint(energy: Potential, dipole: Potential) -> Capabilities:
    one, other = energy.capabilities, dipole.capabilities
    known = [set(part.elements) for part in (one, other) if part.elements is not None]
    elements = frozenset(set.intersection(*known)) if known else None
    if elements is not None and not elements:
        raise InputError(f"{energy.name} and {dipole.name} have no element in common")
    return Capabilities(
        outputs=one.outputs | {"dipole"},
        elements=elements,
        charged=one.charged and other.charged,
    )
