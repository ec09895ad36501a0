"""Scores of a prepared pair of spectra: values, intervals and words."""

import math
from dataclasses import replace

from vibench.compare.measures import Measure
from vibench.compare.metrics import clipped_fraction
from vibench.compare.preparation import Pair
from vibench.core.score import Score
from vibench.statistics.estimates import Interval
from vibench.statistics.jackknife import jackknife_of_means

ENDLESS = ", infinite sampling"
"""Behind the name of a measure whose value is that of endless trajectories."""


def score_pair(
    pair: Pair, measure: Measure, *, width_cm1: float, part: str | None = None
) -> list[Score]:
    """Return a measure of a prepared pair: plain, and for infinite sampling if that is known.

    Parameters
    ----------
    pair
        The spectra.
    measure
        What is computed.
    width_cm1
        Total line width at which they are compared.
    part
        The part of the spectra that *pair* is, if it is not all of them.
    """
    candidate, reference = pair.candidate.mean(axis=0), pair.reference.mean(axis=0)
    value = measure.of_means(candidate, reference)
    interval = _interval(pair, measure, value)
    plain = Score(
        name=measure.name,
        value=value,
        unit=measure.unit,
        higher_is_better=measure.is_correlation,
        n=len(pair.candidate),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand=_estimand(pair, measure, has_interval=interval is not None),
        part=part,
        width_cm1=width_cm1,
    )
    if measure.endless is None or interval is None:
        return [plain]
    value, interval = measure.endless(pair.candidate, pair.reference)
    endless = replace(
        plain,
        name=measure.name + ENDLESS,
        value=value,
        low=None if interval is None else min(value, interval.low),
        high=None if interval is None else max(value, interval.high),
        estimand=f"{measure.name} that endless trajectories would have: bias of noise subtracted, "
        "95 % interval for infinite sampling",
    )
    return [plain, endless]


def _interval(pair: Pair, measure: Measure, value: float) -> Interval | None:
    found = jackknife_of_means(measure.statistic, pair.candidate, pair.reference).interval()
    if found is None or not math.isfinite(value):
        return None
    # Where Fisher's z was held back from infinity the value itself is the end.
    return Interval(
        min(value, measure.from_scale(found.low)), max(value, measure.from_scale(found.high))
    )


def _estimand(pair: Pair, measure: Measure, *, has_interval: bool) -> str:
    parts = [f"{measure.name} of the mean spectra, {pair.description}"]
    if not measure.uses_sign:
        fractions = [
            clipped_fraction(pair.spacing_cm1, rows.mean(axis=0))
            for rows in (pair.candidate, pair.reference)
        ]
        parts.append(
            f"negative area clipped: candidate {fractions[0]:.2%}, reference {fractions[1]:.2%}"
        )
    replicas = f"replicas: candidate {len(pair.candidate)}, reference {len(pair.reference)}"
    parts.append(replicas + " (a single one adds no variance)")
    if has_interval:
        scale = " on Fisher's z" if measure.is_correlation else ""
        parts.append(
            f"95 % interval by jackknife over replicas{scale}; for trajectories of this length, "
            "noise included"
        )
    else:
        parts.append("no interval without replicas")
    return "; ".join(parts)
