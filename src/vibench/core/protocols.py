"""The seams of the house: what a stage expects of a potential, a sink and a progress display."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vibench.core.molecules import Array, Molecules
from vibench.core.properties import Properties


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a potential can be asked for."""

    outputs: frozenset[str]
    """Names of the `Properties` it predicts."""
    elements: frozenset[int] | None = None
    """Atomic numbers it knows; None for all."""
    charged: bool = False
    """Whether molecules may carry a charge or unpaired electrons."""
    electric_field: bool = False
    """Whether molecules may lie in a uniform electric field."""


class Potential(Protocol):
    """Anything that turns molecules into energies, forces and dipoles."""

    @property
    def name(self) -> str:
        """Short name for tables and figures."""

    @property
    def capabilities(self) -> Capabilities:
        """What it predicts and for which molecules."""

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict the properties of *molecules*; energies in eV, forces eV/Å, dipoles e·Å.

        A molecule's result does not depend on the others in the batch.
        """


@runtime_checkable
class Differentiable(Protocol):
    """A potential with exact second derivatives."""

    def derivatives(self, molecules: Molecules[Array]) -> tuple[Array, Array]:
        """Return, for a single molecule, the Hessian and the dipole derivatives.

        Returns
        -------
        hessian : (3 atoms, 3 atoms) ∂²E/∂R∂R in eV/Å², float64
        dipole_derivatives : (3 atoms, 3) ∂μ/∂R in e, float64; NaN without a dipole
        """


@runtime_checkable
class DipoleDifferentiable(Protocol):
    """A potential with exact derivatives of the dipole."""

    def dipole_derivatives(self, molecules: Molecules[Array]) -> Array:
        """Return, for a single molecule, (3 atoms, 3) ∂μ/∂R in e."""

    def dipole_flux(self, molecules: Molecules[Array], velocities: Array) -> Array:
        """Return (molecules, 3) Σ_i ∂μ/∂R_i · v_i in e·Å/fs for *velocities* (atoms, 3) in Å/fs."""


@runtime_checkable
class Local(Protocol):
    """A potential in which atoms further apart than some distance do not interact directly."""

    def cutoff_angstrom(self) -> float:
        """Return that distance in Å."""


class Sink(Protocol):
    """Where dynamics leaves its frames and its restart points."""

    def restart(self) -> dict[str, Array] | None:
        """Return the last restart point, or None at the very start."""

    def write(self, frames: dict[str, Array], restart: dict[str, Array]) -> None:
        """Append *frames* and replace the restart point, both or neither."""


class Progress(Protocol):
    """A display of work done; one object serves one running task."""

    def update(self, done: int, total: int, note: str = "", *, unit: str = "") -> None:
        """Say that *done* of *total* are done.

        *unit* says of what, in the plural; *note* is a short free text.
        """


class Silent:
    """A progress display that shows nothing."""

    def update(self, done: int, total: int, note: str = "", *, unit: str = "") -> None:
        """Ignore the report."""


def missing_outputs(potential: Potential, needed: Sequence[str]) -> list[str]:
    """Return which of the *needed* properties the potential does not predict."""
    return [name for name in needed if name not in potential.capabilities.outputs]
