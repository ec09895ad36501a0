"""How long trajectories must be for a wanted precision, told from a pilot run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import chi2
from scipy.stats import t as student_t

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.spectra.convergence import find_regions, region_areas
from vibench.statistics.estimates import Interval
from vibench.statistics.jackknife import jackknife

FEWEST_PILOT_REPLICAS: Final = 4
"""Replicas below which a pilot run does not tell its own error."""
_DEPTHS_PER_REPLICA: Final = 5
_REPLICAS: Final = (8, 16, 32, 64, 128)


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wanted precision costs."""

    quantity: str
    """What is to be precise, in words."""
    now: float
    """Its error (or value, of a correlation) in the pilot run."""
    target: float
    """The same as it is wanted."""
    total_fs: float
    """Needed length of all replicas together in fs."""
    interval_fs: Interval
    """95 % interval of that: a pilot knows its error only roughly."""
    depth_fs: float
    """Correlation depth in fs."""

    @property
    def suggestions(self) -> tuple[tuple[int, float], ...]:
        """Numbers of replicas with the length of each in fs, at least five correlation depths.

        Few long replicas have fewer starts to equilibrate; many short ones sample more starts.
        """
        least = _DEPTHS_PER_REPLICA * self.depth_fs
        fitting = [(n, self.total_fs / n) for n in _REPLICAS if self.total_fs / n >= least]
        return tuple(fitting) or ((_REPLICAS[0], least),)


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
    error, freedom = _area_error(areas)
    shrunk = error * math.sqrt(pilot.long_run_factor * pilot.total_fs / total_fs)
    return shrunk, Interval(*(shrunk * factor for factor in _factors(freedom)))


def _area_error(areas: Array) -> tuple[float, float]:
    """Return the relative standard error of the mean, and the degrees of freedom of its square."""
    count = len(areas)
    mean = float(areas.mean())
    if mean <= 0:
        raise InputError("a range without positive area has no relative error")
    spread = float(areas.std(ddof=1)) / mean
    return spread / math.sqrt(count), 2 / (2 / (count - 1) + 6 * spread**2 / count)


def _factors(freedom: float) -> tuple[float, float]:
    """Return by which factors a standard deviation may be wrong, at 95 %."""
    low, high = chi2.ppf([0.975, 0.025], freedom)
    return math.sqrt(freedom / low), math.sqrt(freedom / high)


def plan_area(pilot: Pilot, region: tuple[float, float], *, error: float) -> Plan:
    """Say how long trajectories must be for a relative standard error of a band area.

    T = k T_pilot (δ_pilot/δ)², with δ_pilot and k as in `predicted_area_error`.

    Parameters
    ----------
    pilot
        The pilot run.
    region
        Range in cm⁻¹.
    error
        Wanted relative standard error.

    Raises
    ------
    InputError
        If the wanted error is not positive or the range holds no area.
    """
    if not error > 0:
        raise InputError(f"the wanted relative error must be positive, found {error:g}")
    now, freedom = _area_error(region_areas(pilot.spectrum, region))
    total = pilot.long_run_factor * pilot.total_fs * (now / error) ** 2
    low, high = _factors(freedom)
    return Plan(
        quantity=f"relative standard error of the area of {region[0]:.0f}-{region[1]:.0f} cm^-1",
        now=now,
        target=error,
        total_fs=total,
        interval_fs=Interval(total * low**2, total * high**2),
        depth_fs=pilot.depth_fs,
    )


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
    ratio, interval = _noise_per_signal(pilot, range_cm1)
    share = pilot.long_run_factor * pilot.total_fs / total_fs
    return 1 / (1 + ratio * share), Interval(
        1 / (1 + interval.high * share), 1 / (1 + interval.low * share)
    )


def _noise_per_signal(
    pilot: Pilot, range_cm1: tuple[float, float] | None
) -> tuple[float, Interval]:
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


def plan_floor(
    pilot: Pilot, *, correlation: float, range_cm1: tuple[float, float] | None = None
) -> Plan:
    """Say how long two runs must be for their spectra to correlate as wanted.

    From r = S/(S + N k T_pilot/T) of `predicted_floor`: T = k T_pilot (N/S) r/(1 - r).

    Parameters
    ----------
    pilot
        The pilot run.
    correlation
        Wanted noise floor, between 0 and 1.
    range_cm1
        Range of the comparison in cm⁻¹, or None for all of the spectrum.

    Raises
    ------
    InputError
        If the correlation does not lie between 0 and 1, or noise drowns the pilot's spectrum.
    """
    if not 0 < correlation < 1:
        raise InputError(f"a correlation between 0 and 1 can be planned, found {correlation:g}")
    ratio, interval = _noise_per_signal(pilot, range_cm1)
    scale = pilot.long_run_factor * pilot.total_fs * correlation / (1 - correlation)
    return Plan(
        quantity="Pearson correlation of two independent runs",
        now=1 / (1 + ratio),
        target=correlation,
        total_fs=scale * ratio,
        interval_fs=Interval(scale * interval.low, scale * interval.high),
        depth_fs=pilot.depth_fs,
    )


def plan_score(pilot: Pilot, score: Score, *, half_width: float) -> Plan:
    """Say how long trajectories must be for the interval of a score to have a wanted half-width.

    The half-width goes with √(k/T), k of `Pilot.long_run_factor`; the quantile of Student's t of
    the pilot is replaced by that of many replicas, 1.96. Both sides of the comparison are taken to be made longer alike. The
    interval of the prediction is that of a standard deviation from the pilot's replicas (χ²).

    Parameters
    ----------
    pilot
        The run that the score was made with.
    score
        A score with an interval of 95 %.
    half_width
        Wanted half of the interval, in the unit of the score.

    Raises
    ------
    InputError
        If the score has no interval or the wanted one is not positive.
    """
    if score.low is None or score.high is None or not score.high > score.low:
        raise InputError(f"{score.name} has no interval to plan from")
    if not half_width > 0:
        raise InputError(f"the wanted half-width must be positive, found {half_width:g}")
    freedom = len(pilot.rows) - 1
    now = (score.high - score.low) / 2
    asymptotic = now * float(student_t.ppf(0.975, 1e9) / student_t.ppf(0.975, freedom))
    total = pilot.long_run_factor * pilot.total_fs * (asymptotic / half_width) ** 2
    low, high = _factors(freedom)
    return Plan(
        quantity=f"half-width of the interval of {score.name}",
        now=now,
        target=half_width,
        total_fs=total,
        interval_fs=Interval(total * low**2, total * high**2),
        depth_fs=pilot.depth_fs,
    )


def plan_lines(
    pilot: Pilot,
    target: str,
    *,
    regions: Sequence[tuple[float, float]] | None = None,
    range_cm1: tuple[float, float] | None = None,
) -> list[str]:
    """Return a plan in words, one line per quantity.

    Parameters
    ----------
    pilot
        The pilot run.
    target
        ``"0.05"`` or ``"5%"`` for a relative standard error of every band area; ``"r=0.99"`` for a
        noise floor of the Pearson correlation.
    regions
        Ranges of the bands in cm⁻¹; None finds them in the spectrum.
    range_cm1
        Range of the correlation in cm⁻¹; None for all of the spectrum.

    Raises
    ------
    InputError
        If the target cannot be read or met.
    """
    kind, value = _parse(target)
    if kind == "correlation":
        plans = [plan_floor(pilot, correlation=value, range_cm1=range_cm1)]
    else:
        chosen = find_regions(pilot.spectrum) if regions is None else regions
        plans = [plan_area(pilot, region, error=value) for region in chosen]
        plans.sort(key=lambda plan: -plan.total_fs)
    count, length = len(pilot.rows), pilot.length_fs / 1000
    return [f"pilot: {count} replicas of {length:g} ps"] + [_line(plan) for plan in plans]


def _parse(target: str) -> tuple[str, float]:
    text = target.strip()
    kind = "correlation" if text.lower().startswith("r=") else "area"
    number = text[2:] if kind == "correlation" else text.removesuffix("%")
    try:
        value = float(number)
    except ValueError:
        raise InputError(
            f"cannot plan for {target!r}: give a relative error of band areas such as 0.05 or 5%, "
            "or a correlation such as r=0.99"
        ) from None
    return kind, value / 100 if text.endswith("%") else value


def _line(plan: Plan) -> str:
    low, high = (end / 1000 for end in (plan.interval_fs.low, plan.interval_fs.high))
    ways = " or ".join(f"{n} x {length / 1000:.3g} ps" for n, length in plan.suggestions)
    return (
        f"{plan.quantity}: now {plan.now:.3g}, wanted {plan.target:.3g}: "
        f"{plan.total_fs / 1000:.3g} ps in all ({low:.3g} to {high:.3g}), e.g. {ways}"
    )
