"""How long things last: survival with censoring, tests between groups, rates of failure."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import CensoredData, binomtest, chi2, ecdf, logrank

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Interval


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """Probability to last longer than a time, a step function."""

    time: Array
    """(steps,) times in the unit of the durations, ascending, the first 0: where a step begins."""
    probability: Array
    """(steps,) probability to last longer than that time, until the next step."""
    low: Array
    """(steps,) lower ends of the 95 % intervals of single times."""
    high: Array
    """(steps,) upper ends."""
    n: int
    """Durations behind it."""
    failures: int
    """How many of them ended by failure; the others were censored."""

    @property
    def last(self) -> tuple[float, Interval]:
        """The probability to outlast the longest duration, with its interval."""
        return float(self.probability[-1]), Interval(float(self.low[-1]), float(self.high[-1]))


def kaplan_meier(duration: Array, failed: Array) -> Survival:
    """Estimate survival from durations that end by failure or are cut off.

        S(t) = Π_{tᵢ ≤ t} (1 - dᵢ/nᵢ)

    with dᵢ failures at time tᵢ among nᵢ that lasted so long. Intervals of 95 % are those of
    log(-log S) with Greenwood's variance. They do not exist where S is 0 or 1: there the exact
    interval of a binomial share (Clopper and Pearson) stands in, of the durations that are
    still observed at that time, and where S is 0 of all of them.

    Parameters
    ----------
    duration : (n,)
        How long each lasted, or was observed; not negative.
    failed : (n,)
        Whether it ended by failure; else it is right-censored.

    Raises
    ------
    InputError
        Without durations, if shapes differ, or if a duration is negative or not finite.

    References
    ----------
    E. L. Kaplan, P. Meier, J. Am. Stat. Assoc. 53, 457 (1958); J. D. Kalbfleisch, R. L. Prentice,
    The Statistical Analysis of Failure Time Data (1980); C. J. Clopper, E. S. Pearson, Biometrika
    26, 404 (1934). Made by `scipy.stats.ecdf`.
    """
    times, ended = _checked(duration, failed)
    function = ecdf(_censored(times, ended)).sf
    with warnings.catch_warnings():
        # It says that intervals are undefined where S is 0 or 1; these are replaced below.
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        interval = function.confidence_interval(method="log-log")
    steps = np.concatenate([[0.0], function.quantiles])
    probability = np.concatenate([[1.0], function.probabilities])
    low = np.concatenate([[1.0], interval.low.probabilities])
    high = np.concatenate([[1.0], interval.high.probabilities])
    for place in np.flatnonzero((probability == 0) | (probability == 1)):
        observed = int(np.sum(times >= steps[place])) if probability[place] else len(times)
        exact = share(round(probability[place] * observed), observed)
        low[place], high[place] = exact.low, exact.high
    return Survival(steps, probability, low, high, len(times), int(ended.sum()))


def share(successes: int, n: int) -> Interval:
    """Return the exact 95 % interval of a share (Clopper and Pearson)."""
    found = binomtest(successes, n).proportion_ci(0.95, method="exact")
    return Interval(float(found.low), float(found.high))


def log_rank(first: tuple[Array, Array], second: tuple[Array, Array]) -> float | None:
    """Return the p-value of the log-rank test of equal survival in two groups, or None.

    None stands where nothing failed in either group, or all that failed did at one moment in
    which all were observed, so that there is nothing to compare.

    Parameters
    ----------
    first, second
        (n,) durations of a group, and (n,) whether each ended by failure.

    References
    ----------
    N. Mantel, Cancer Chemother. Rep. 50, 163 (1966). Made by `scipy.stats.logrank`.
    """
    groups = [_checked(*group) for group in (first, second)]
    if not any(ended.any() for _, ended in groups):
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        result = logrank(*(_censored(*group) for group in groups))
    return None if math.isnan(result.pvalue) else float(result.pvalue)


def failure_rate(failures: int, observed: float) -> Interval:
    """Return the exact 95 % interval of a rate of failure, counts taken as Poisson.

        (χ²_{0.025}(2d)/2T, χ²_{0.975}(2d + 2)/2T)

    of d failures in the time T. Without failures it is one-sided: from 0 to -ln(0.05)/T, the rule
    of three.

    Raises
    ------
    InputError
        If nothing was observed.

    References
    ----------
    F. Garwood, Biometrika 28, 437 (1936); J. A. Hanley, A. Lippman-Hand, JAMA 249, 1743 (1983).
    """
    if not observed > 0:
        raise InputError(f"a rate needs a time that is observed, found {observed:g}")
    if failures == 0:
        return Interval(0.0, -math.log(0.05) / observed)
    low, high = chi2.ppf([0.025, 0.975], [2 * failures, 2 * failures + 2]) / (2 * observed)
    return Interval(float(low), float(high))


def _checked(duration: Array, failed: Array) -> tuple[Array, Array]:
    times, ended = np.asarray(duration, dtype=np.float64), np.asarray(failed, dtype=bool)
    if times.ndim != 1 or not times.size or times.shape != ended.shape:
        raise InputError(
            f"durations have shape {times.shape} and failures {ended.shape}, expected (n,) for "
            "both with n of 1 or more"
        )
    if not np.all(np.isfinite(times) & (times >= 0)):
        raise InputError("durations must be finite and not negative")
    return times, ended


def _censored(times: Array, ended: Array) -> CensoredData:
    return CensoredData(uncensored=times[ended], right=times[~ended])
