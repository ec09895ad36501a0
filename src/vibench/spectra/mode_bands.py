"""Band positions of normal modes from their power spectra."""

from dataclasses import dataclass

import numpy as np

from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.signals.broadening import FWHM_PER_SIGMA
from vibench.spectra.power import ModePower
from vibench.spectra.recipe import BandsRecipe
from vibench.spectra.verlet import without_time_step
from vibench.statistics.jackknife import jackknife


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a spectrum."""

    position_cm1: float
    """Highest point (vertex of the parabola through three points) in cm⁻¹."""
    centroid_cm1: float
    """Centre of the intensity within one full width of the highest point, in cm⁻¹."""
    width_cm1: float
    """Full width at half maximum in cm⁻¹, or 2.355 standard deviations where it has none."""


def mode_bands(
    power: ModePower, frequencies_cm1: Array, recipe: BandsRecipe, *, time_step_fs: float
) -> ModeBands:
    """Find the band of every mode in its own power spectrum.

    It is the highest maximum within an octave of the harmonic wavenumber: slow drift, such as that
    of a methyl group that turns round, has its power at the lowest wavenumbers and is no band.
    Degenerate modes, neighbours within `degenerate_within_cm1`, share the mean of their spectra
    and so their band. Standard errors are jackknifed over replicas. With `correct_time_step` the
    shift by velocity Verlet is taken out of positions and centroids.

    Parameters
    ----------
    power
        Power spectra of all modes.
    frequencies_cm1 : (modes,)
        Harmonic wavenumbers in cm⁻¹, which say what is degenerate.
    recipe
        Settings.
    time_step_fs
        Integration time step in fs.

    Raises
    ------
    InputError
        If the numbers of modes differ.
    """
    modes = power.replicas.shape[1]
    if len(frequencies_cm1) != modes:
        raise InputError(
            f"{modes} power spectra do not belong to {len(frequencies_cm1)} frequencies"
        )
    order = np.argsort(frequencies_cm1, kind="stable")
    steps = np.diff(np.asarray(frequencies_cm1)[order]) > recipe.degenerate_within_cm1
    rows = np.empty((5, modes))
    for members in np.split(order, np.flatnonzero(steps) + 1):
        centre = float(np.abs(np.asarray(frequencies_cm1)[members]).mean())
        rows[:, members] = _of_set(power, members, centre)[:, None]
    position, error, centroid, width, energy = rows
    shift_fs = time_step_fs if recipe.correct_time_step else 0.0
    shift = f"shift of {time_step_fs:g} fs steps corrected" if shift_fs else "with time step shift"
    return ModeBands(
        position_cm1=without_time_step(position, time_step_fs=shift_fs),
        standard_error_cm1=error,
        centroid_cm1=without_time_step(centroid, time_step_fs=shift_fs),
        width_cm1=width,
        energy=energy,
        temperature_k=power.temperature_k,
        n=len(power.replicas),
        method=f"maximum of the power spectrum of each mode, lines {power.width_cm1:.0f} cm^-1 "
        f"wide, {shift}",
    )


def find_band(wavenumber_cm1: Array, intensity: Array, *, low_cm1: float, high_cm1: float) -> Band:
    """Return the highest band between two wavenumbers: its maximum, its centre and its width.

    Parameters
    ----------
    wavenumber_cm1 : (points,)
        Ascending, equally spaced wavenumbers in cm⁻¹.
    intensity : (points,)
        Intensity.
    low_cm1, high_cm1
        Where its maximum may lie, in cm⁻¹.

    Returns
    -------
    Band
        All NaN if there is no maximum: a curve that only falls or rises has none.
    """
    rising = np.diff(intensity) > 0
    maxima = 1 + np.flatnonzero(rising[:-1] & ~rising[1:])
    maxima = maxima[(wavenumber_cm1[maxima] >= low_cm1) & (wavenumber_cm1[maxima] <= high_cm1)]
    if not maxima.size:
        return Band(float("nan"), float("nan"), float("nan"))
    top = int(maxima[np.argmax(intensity[maxima])])
    step = wavenumber_cm1[1] - wavenumber_cm1[0]
    left, middle, right = intensity[top - 1 : top + 2]
    curvature = left - 2 * middle + right
    offset = float(np.clip(0.5 * (left - right) / curvature, -1, 1)) if curvature < 0 else 0.0
    position = float(wavenumber_cm1[top]) + step * offset
    width = _half_width(wavenumber_cm1, intensity, top)
    if width is None:
        weight = np.maximum(intensity, 0)
        mean = np.average(wavenumber_cm1, weights=weight)
        spread = np.sqrt(np.average((wavenumber_cm1 - mean) ** 2, weights=weight))
        width = FWHM_PER_SIGMA * float(spread)
    near = np.abs(wavenumber_cm1 - position) <= max(width, step)
    centroid = np.average(wavenumber_cm1[near], weights=np.maximum(intensity[near], 0))
    return Band(position, float(centroid), width)


def _of_set(power: ModePower, members: Array, harmonic_cm1: float) -> Array:
    """Return position, its error, centroid, width and energy of modes that share a band."""
    spectra = power.replicas[:, members].mean(axis=1)

    def band_of(rows: Array) -> Band:
        mean = rows.mean(axis=0)
        ends = {"low_cm1": harmonic_cm1 / 2, "high_cm1": 2 * harmonic_cm1}
        return find_band(power.wavenumber_cm1, mean, **ends)

    def position(rows: Array) -> float:
        return band_of(rows).position_cm1

    band = band_of(spectra)
    error = jackknife(position, spectra).standard_error
    energy = np.trapezoid(spectra.mean(axis=0), power.wavenumber_cm1)
    return np.array([band.position_cm1, error, band.centroid_cm1, band.width_cm1, energy])


def _half_width(wavenumber_cm1: Array, intensity: Array, top: int) -> float | None:
    """Return the full width at half maximum, or None where one side does not fall to a half."""
    half = intensity[top] / 2
    below_left = np.flatnonzero(intensity[:top] < half)
    below_right = np.flatnonzero(intensity[top:] < half)
    if not below_left.size or not below_right.size:
        return None
    i, j = below_left[-1], top + below_right[0]
    ends = [
        np.interp(half, intensity[[i, i + 1]], wavenumber_cm1[[i, i + 1]]),
        np.interp(half, intensity[[j, j - 1]], wavenumber_cm1[[j, j - 1]]),
    ]
    return float(ends[1] - ends[0])
