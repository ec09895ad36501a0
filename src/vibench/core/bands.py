"""ModeBands: where the bands of normal modes lie in molecular dynamics."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


@dataclass(frozen=True, slots=True, eq=False)
class ModeBands:
    """Bands of the normal modes of one molecule at one temperature, one per mode.

    A mode without a maximum near its harmonic wavenumber has no band: position, centroid and width
    are NaN.
    """

    position_cm1: Array
    """(modes,) highest maximum of the power spectrum of each mode in cm⁻¹, within an octave of its
    harmonic wavenumber."""
    standard_error_cm1: Array
    """(modes,) standard error of `position_cm1` over replicas; NaN with a single one."""
    centroid_cm1: Array
    """(modes,) centre of the power within one full width of the highest point, in cm⁻¹."""
    width_cm1: Array
    """(modes,) full width at half maximum in cm⁻¹, as the spectrum shows it; where power does not
    fall to one half on both sides, 2.355 times the standard deviation."""
    energy: Array
    """(modes,) ⟨(dQ/dt)²⟩/kT: 1 under equipartition."""
    temperature_k: float
    """Temperature in K."""
    n: int
    """Number of replicas."""
    method: str
    """How bands were made, in words."""

    def __post_init__(self) -> None:
        modes = len(self.position_cm1)
        for name in ("standard_error_cm1", "centroid_cm1", "width_cm1", "energy"):
            found = np.shape(getattr(self, name))
            if found != (modes,):
                raise InputError(f"bands {name} has shape {found}, expected ({modes},)")
