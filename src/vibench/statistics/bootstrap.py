"""Bootstrap of correlated samples by block."""

from collections.abc import Callable

import numpy as np
from scipy.stats import bootstrap

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Interval

_FEWEST_BLOCKS = 5


def contiguous_blocks(groups: Array, *, block_length: int | None = None) -> list[Array]:
    """Split samples into blocks that may be treated as independent.

    Parameters
    ----------
    groups : (n,)
        Integer label of the trajectory each sample comes from; samples of one trajectory are
        ordered in time.
    block_length
        Long trajectories are split into contiguous blocks of about this many samples (their
        sizes differ by at most one); None keeps every trajectory whole. It should exceed the
        correlation time.

    Returns
    -------
    blocks
        One array of sample indices per block; together they hold every index once.
    """
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    if block_length is None:
        return members
    return [
        block
        for group in members
        for block in np.array_split(group, max(1, round(len(group) / block_length)))
    ]


def block_bootstrap(
    values: Array,
    groups: Array,
    statistic: Callable[[Array], float],
    *,
    block_length: int | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    rng: np.random.Generator,
) -> Interval | None:
    """Return the percentile interval of a statistic of correlated samples.

    Whole blocks (see `contiguous_blocks`) are drawn with replacement, so correlation inside a
    block is kept. Where every sample has a group of its own this is the ordinary bootstrap.

    Parameters
    ----------
    values : (n, ...)
        Samples along the first axis.
    groups : (n,)
        Integer label of the trajectory each sample comes from.
    statistic
        Called with resampled values; returns a number.
    block_length
        Samples per block within a trajectory, or None for whole trajectories.
    confidence
        Nominal coverage.
    resamples
        Number of bootstrap samples.
    rng
        Random generator.

    Returns
    -------
    Interval or None
        None if there are fewer than five blocks: too few for percentiles to mean anything.

    Raises
    ------
    InputError
        If `groups` does not label every value.

    References
    ----------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), ch. 8 and 13.
    """
    if len(groups) != len(values):
        raise InputError(f"{len(groups)} group labels were given for {len(values)} values")
    blocks = contiguous_blocks(groups, block_length=block_length)
    if len(blocks) < _FEWEST_BLOCKS:
        return None

    order = np.concatenate(blocks)
    sizes = np.array([len(block) for block in blocks])
    starts = np.cumsum(sizes) - sizes

    def resampled(drawn: Array) -> float:
        ends = np.cumsum(sizes[drawn])
        places = np.arange(ends[-1]) + np.repeat(starts[drawn] - ends + sizes[drawn], sizes[drawn])
        return float(statistic(values[order[places]]))

    result = bootstrap(
        (np.arange(len(blocks)),),
        resampled,
        vectorized=False,
        n_resamples=resamples,
        confidence_level=confidence,
        method="percentile",
        rng=rng,
    )
    interval = result.confidence_interval
    return Interval(float(interval.low), float(interval.high))
