"""Spectrum: intensity over wavenumber, with unit, width and origin."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

ABSOLUTE = "km/mol per cm^-1"
"""Unit of every spectrum that vibench computes: integral over cm⁻¹ in km/mol."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """One spectrum on an ascending wavenumber axis."""

    wavenumber_cm1: Array
    """(points,) ascending wavenumbers in cm⁻¹."""
    intensity: Array
    """(points,) intensity in `unit`."""
    unit: str
    """Unit of the intensity, e.g. ``"km/mol per cm^-1"`` or ``"arbitrary"``."""
    width_cm1: float
    """Total full width at half maximum in cm⁻¹ that processing and instrument give a sharp line;
    NaN if unknown."""
    method: str
    """How it was made, in words."""
    replicas: Array | None = None
    """(replicas, points) the spectra whose mean is `intensity`, if it is a mean."""
    gaps_cm1: Array | None = None
    """(gaps, 2) lower and upper end, in cm⁻¹ and ascending, of ranges that nothing is known about,
    such as bands that absorb all light. Ends are points of the axis, none lies between them: a line
    drawn from one to the other is no measurement. None if there are no gaps."""

    def __post_init__(self) -> None:
        points = len(self.wavenumber_cm1)
        if self.intensity.shape != (points,):
            raise InputError(f"intensity has shape {self.intensity.shape}, expected ({points},)")
        if not np.all(np.isfinite(self.wavenumber_cm1)):
            raise InputError("wavenumbers must be finite numbers")
        if np.any(np.diff(self.wavenumber_cm1) <= 0):
            raise InputError("wavenumbers must ascend strictly")
        if self.replicas is not None and self.replicas.shape[1:] != (points,):
            raise InputError(
                f"replicas have shape {self.replicas.shape}, expected (replicas, {points})"
            )
        if self.gaps_cm1 is not None:
            _check_gaps(self.gaps_cm1, self.wavenumber_cm1)

    @property
    def standard_error(self) -> Array | None:
        """(points,) standard error of the mean over replicas, or None with fewer than two."""
        if self.replicas is None or len(self.replicas) < 2:
            return None
        spread = self.replicas.std(axis=0, ddof=1)
        error: Array = spread / np.sqrt(len(self.replicas))
        return error


def _check_gaps(gaps: Array, wavenumber: Array) -> None:
    if gaps.ndim != 2 or gaps.shape[1] != 2 or not len(gaps):
        raise InputError(f"gaps have shape {gaps.shape}, expected (gaps, 2) with at least one")
    low, high = gaps.T
    if np.any(high <= low) or np.any(low[1:] < high[:-1]):
        raise InputError("gaps must ascend and must not overlap")
    # Nothing may lie inside: the first point above `low` is not below `high`.
    inside = np.searchsorted(wavenumber, low, side="right") < np.searchsorted(wavenumber, high)
    if np.any(inside):
        raise InputError(f"points lie inside the gap {low[inside][0]:g}-{high[inside][0]:g} cm^-1")
