"""Bootstrap by block and block averages on correlated series of known error."""

import numpy as np
import pytest
from scipy.signal import lfilter

from vibench.core.errors import InputError
from vibench.core.streams import generator
from vibench.statistics.bootstrap import block_bootstrap, contiguous_blocks

MEMORY = 0.9
INEFFICIENCY = (1 + MEMORY) / (1 - MEMORY)
"""Variance of the mean of a first-order autoregressive series over that of white noise."""


def correlated(rng, steps):
    """Return a stationary first-order autoregressive series of unit variance."""
    noise = rng.normal(size=steps + 200) * np.sqrt(1 - MEMORY**2)
    return lfilter([1], [1, -MEMORY], noise)[200:]


def test_blocks_hold_every_sample_once_and_stay_within_a_trajectory():
    groups = np.array([3] * 10 + [7] * 25 + [1])
    blocks = contiguous_blocks(groups, block_length=10)
    assert [len(block) for block in blocks] == [1, 10, 13, 12]
    np.testing.assert_array_equal(np.sort(np.concatenate(blocks)), np.arange(36))
    for block in blocks:
        assert len(set(groups[block])) == 1
        assert np.all(np.diff(block) == 1)
    assert len(contiguous_blocks(groups)) == 3


def test_ordinary_bootstrap_of_a_mean_has_the_normal_width():
    values = np.random.default_rng(1).normal(size=400)
    interval = block_bootstrap(
        values, np.arange(400), lambda x: x.mean(), resamples=4000, rng=generator("a")
    )
    expected = 2 * 1.96 * values.std() / np.sqrt(400)
    assert interval.high - interval.low == pytest.approx(expected, rel=0.05)


def test_blocks_see_the_correlation_that_samples_do_not():
    values = correlated(np.random.default_rng(2), 20000)
    groups = np.zeros(20000, dtype=int)
    width = {}
    for length in (1, 200):
        interval = block_bootstrap(
            values, groups, np.mean, block_length=length, resamples=400, rng=generator("b")
        )
        width[length] = interval.high - interval.low
    # 100 blocks and 400 resamples: the ratio of widths has a standard error of about 8 %.
    assert width[200] / width[1] == pytest.approx(np.sqrt(INEFFICIENCY), rel=0.3)


def test_interval_is_a_function_of_the_stream():
    values, groups = np.arange(20.0), np.repeat(np.arange(5), 4)
    first, second = (
        block_bootstrap(values, groups, np.mean, resamples=50, rng=generator("c")) for _ in range(2)
    )
    assert first == second


def test_one_block_gives_no_interval():
    rng = generator("d")
    assert block_bootstrap(np.arange(5.0), np.zeros(5, dtype=int), np.mean, rng=rng) is None
    with pytest.raises(InputError, match="4 group labels were given for 5 values"):
        block_bootstrap(np.arange(5.0), np.zeros(4, dtype=int), np.mean, rng=rng)


def test_resamples_are_whole_blocks():
    """Every statistic that is computed sees each block entirely or not at all."""
    groups = np.array([5, 5, 5, 2, 2, 9, 11, 12])
    seen = []

    def record(values):
        seen.append(np.bincount(values, minlength=8))
        return float(values.mean())

    block_bootstrap(np.arange(8), groups, record, resamples=50, rng=generator("e"))
    counts = np.array(seen)
    np.testing.assert_array_equal(counts[:, 0], counts[:, 1])
    np.testing.assert_array_equal(counts[:, 1], counts[:, 2])
    np.testing.assert_array_equal(counts[:, 3], counts[:, 4])
    np.testing.assert_array_equal(counts[:, [0, 3, 5, 6, 7]].sum(axis=1), 5)
    assert counts[:, 0].max() > 1
