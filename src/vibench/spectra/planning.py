"""How long trajectories must be for a wanted precision, told from a pilot run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.stats import norm
from scipy.stats import t as student_t

from vibench.core.errors import InputError
from vibench.core.score import Score
from vibench.spectra.convergence import find_regions, region_areas
from vibench.spectra.pilot import Pilot, area_error, deviation_factors, noise_per_signal
from vibench.statistics.estimates import Interval

_DEPTHS_PER_REPLICA: Final = 5
_REPLICAS: Final = (8, 16, 32, 64, 128)


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
    now, freedom = area_error(region_areas(pilot.spectrum, region))
    total = pilot.long_run_factor * pilot.total_fs * (now / error) ** 2
    low, high = deviation_factors(freedom)
    return Plan(
        quantity=f"relative standard error of the area of {region[0]:.0f}-{region[1]:.0f} cm^-1",
        now=now,
        target=error,
        total_fs=total,
        interval_fs=Interval(total * low**2, total * high**2),
        depth_fs=pilot.depth_fs,
    )


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
    ratio, interval = noise_per_signal(pilot, range_cm1)
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
    the pilot is replaced by that of many replicas, 1.96. Both sides of the comparison are taken to
    be made longer alike. The interval of the prediction is that of a standard deviation from the
    pilot's replicas (χ²).

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
    asymptotic = now * float(norm.ppf(0.975) / student_t.ppf(0.975, freedom))
    total = pilot.long_run_factor * pilot.total_fs * (asymptotic / half_width) ** 2
    low, high = deviation_factors(freedom)
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
