"""What a pilot run tells about the errors of a longer one."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import chi2

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.spectra.convergence import region_areas
from vibench.statistics.estimates import Interval
from vibench.statistics.jackknife import jackknife

FEWEST_PILOT_REPLICAS: Final = 4
"""Replicas below which a pilot run does not tell its own error."""


@dataclass(frozen=True, slots=True)
class Pilot:
    """A run that was made to see how much a longer one would be worth."""

    spectrum: Spectrum
    """Its spectrum, with four or more replicas."""
    length_fs: float
    """Length of each replica in fs, without equilibration."""
    depth_fs: float
    """Correlation depth of the spectrum in fs."""

    def __post_init__(self) -> None:
        count = 0 if self.spectrum.replicas is None else len(self.spectrum.replicas)
        if count < FEWEST_PILOT_REPLICAS:
            raise InputError(
                f"planning needs a pilot run of {FEWEST_PILOT_REPLICAS} or more replicas, found "
                f"{count}: run more, shorter ones"
            )
        if not self.length_fs >= 2 * self.depth_fs > 0:
            raise InputError(
                f"replicas of {self.length_fs:g} fs are shorter than twice the correlation depth "
                f"of {self.depth_fs:g} fs, and tell nothing of longer ones: make the pilot longer"
            )

    @property
    def rows(self) -> Array:
        """(replicas, points) the spectra."""
        return np.asarray(self.spectrum.replicas)

    @property
    def total_fs(self) -> float:
        """Length of all replicas together in fs."""
        return self.length_fs * len(self.rows)

    @property
    def long_run_factor(self) -> float:
        """Factor from the variance in short replicas to that of as much time in long ones.

        The variance of a mean over a time T with a correlation time τ is (2τ/T)(1 - τ/T) for T well
        above τ. With the correlation depth d in place of τ the factor is 1/(1 - d/T): right where
        energies of modes are forgotten within about d, and where that is quicker it asks for a
        little more than is needed.
        """
        return 1 / (1 - self.depth_fs / self.length_fs)


def predicted_area_error(
    pilot: Pilot, region: tuple[float, float], *, total_fs: float
) -> tuple[float, Interval]:
    """Predict the relative standard error of a band area for another amount of trajectory.

    Replicas are independent, so the variance of their mean goes with the inverse of all time
    together once each is long,

        δ(T) = δ_pilot √(k T_pilot / T),    δ_pilot = s / (Ā √n),

    with the factor k of `Pilot.long_run_factor` from the short replicas of the pilot.

    The uncertainty is that of s from n replicas. Areas are averages of energies of modes, which are
    positive and skewed like a gamma distribution of relative standard deviation c; its excess
    kurtosis 6c² leaves

        ν = 2 / [2/(n - 1) + 6c²/n]

    effective degrees of freedom, and νs²/σ² is about χ²_ν.

    Parameters
    ----------
    pilot
        The pilot run.
    region
        Range in cm⁻¹.
    total_fs
        Length of all replicas together in fs for which the error is predicted.

    Returns
    -------
    error, interval
        The prediction and its 95 % interval.
    """
    areas = region_areas(pilot.spectrum, region)
    error, freedom = area_error(areas)
    shrunk = error * math.sqrt(pilot.long_run_factor * pilot.total_fs / total_fs)
    return shrunk, Interval(*(shrunk * factor for factor in deviation_factors(freedom)))


def area_error(areas: Array) -> tuple[float, float]:
    """Return the relative standard error of a mean area, and the degrees of freedom of its square.

    See `predicted_area_error`; *areas* are those of the replicas.
    """
    count = len(areas)
    mean = float(areas.mean())
    if mean <= 0:
        raise InputError("a range without positive area has no relative error")
    spread = float(areas.std(ddof=1)) / mean
    return spread / math.sqrt(count), 2 / (2 / (count - 1) + 6 * spread**2 / count)


def deviation_factors(freedom: float) -> tuple[float, float]:
    """Return by which factors a standard deviation of that *freedom* may be too high or too low.

    Multiplied with them it becomes the ends of its 95 % interval by χ².
    """
    low, high = chi2.ppf([0.975, 0.025], freedom)
    return math.sqrt(freedom / low), math.sqrt(freedom / high)


def signal_and_noise(rows: Array) -> tuple[float, float]:
    """Split the power of a mean of independent spectra into signal and noise.

    With spectra a_i centred over the points, products of different replicas are free of noise, so

        S = Σ_{i≠k} a_i·a_k / n(n - 1),    N = (Σ_i a_i·a_i / n - S) / n

    are unbiased: |E a|² and the expected squared norm of the noise in the mean of n. Noise along
    the signal changes the height of a spectrum, which a correlation does not see; with the unit
    vector e along the mean,

        N_e = Σ_i [(a_i - ā)·e]² / n(n - 1)

    is its share, and N - N_e what lowers a correlation.

    Parameters
    ----------
    rows : (replicas, points)
        Spectra.

    Returns
    -------
    signal, noise
        S and N - N_e.
    """
    centred = rows - rows.mean(axis=1, keepdims=True)
    count = len(rows)
    total = centred.sum(axis=0)
    squares = float(np.einsum("ij,ij->", centred, centred))
    signal = (float(total @ total) - squares) / (count * (count - 1))
    noise = (squares / count - signal) / count
    heights = centred @ (total / np.linalg.norm(total))
    return signal, noise - float(heights.var(ddof=1)) / count


def predicted_floor(
    pilot: Pilot, *, total_fs: float, range_cm1: tuple[float, float] | None = None
) -> tuple[float, Interval]:
    """Predict Pearson's r between two independent runs of equal length, the noise floor.

    Two means a = m + ε, b = m + ε' of independent noise have ⟨a·b⟩ = S (centred over the points).
    Their lengths are |m| and a part along m, which cancels from r, and the noise N across m
    (`signal_and_noise`), so to first order ⟨r⟩ = 1 - N/S. N goes with the inverse of all time:

        r(T) ≈ S / (S + N k T_pilot/T),

    with k of `Pilot.long_run_factor`. The uncertainty is that of N/S by the
    jackknife over replicas, on its logarithm, whose bias is subtracted.

    Parameters
    ----------
    pilot
        The pilot run.
    total_fs
        Length of all replicas together of each run in fs.
    range_cm1
        Range of the comparison in cm⁻¹, or None for all of the spectrum.

    Returns
    -------
    r, interval
        The prediction and its 95 % interval.

    Raises
    ------
    InputError
        If noise makes up all of the pilot's spectrum.
    """
    ratio, interval = noise_per_signal(pilot, range_cm1)
    share = pilot.long_run_factor * pilot.total_fs / total_fs
    return 1 / (1 + ratio * share), Interval(
        1 / (1 + interval.high * share), 1 / (1 + interval.low * share)
    )


def noise_per_signal(pilot: Pilot, range_cm1: tuple[float, float] | None) -> tuple[float, Interval]:
    """Return N/S of the mean of a pilot with its 95 % interval; see `predicted_floor`."""
    grid = pilot.spectrum.wavenumber_cm1
    low, high = range_cm1 or (grid[0], grid[-1])
    rows = pilot.rows[:, (grid >= low) & (grid <= high)]
    count = len(rows)

    def logarithm(part: Array) -> float:
        signal, noise = signal_and_noise(part)
        if signal <= 0 or noise <= 0:
            raise InputError(
                "noise makes up all of the pilot's spectrum, so nothing can be planned from it: "
                "make it longer"
            )
        # The noise of the mean of all replicas, whatever number is left.
        return math.log(noise * len(part) / count / signal)

    estimate = jackknife(logarithm, rows)
    interval = estimate.corrected_interval()
    if interval is None:
        raise InputError("a pilot run of several replicas is needed")
    return math.exp(estimate.corrected), Interval(math.exp(interval.low), math.exp(interval.high))
