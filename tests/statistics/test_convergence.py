"""R̂ and block averages against processes whose answer is known."""

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import norm, rankdata

from vibench.core.errors import InputError
from vibench.statistics.convergence import block_errors, independent_length, split_r_hat


def test_r_hat_by_hand():
    # Eight distinct values in two chains of four pairs: halves by hand, ranks as scores.
    rng = np.random.default_rng(1)
    chains = rng.normal(size=(2, 8))

    def by_definition(values):
        z = norm.ppf((rankdata(values) - 3 / 8) / (16 + 1 / 4)).reshape(4, 4)
        w, b = z.var(axis=1, ddof=1).mean(), 4 * z.mean(axis=1).var(ddof=1)
        return np.sqrt((3 / 4 * w + b / 4) / w)

    halves = np.concatenate([chains[:, :4], chains[:, 4:]])
    folded = np.abs(halves - np.median(halves))
    expected = max(by_definition(halves.ravel()), by_definition(folded.ravel()))
    assert split_r_hat(chains) == pytest.approx(expected, rel=1e-12)


def test_equal_chains_agree_and_shifted_ones_do_not():
    rng = np.random.default_rng(2)
    chains = rng.normal(size=(4, 500))
    assert split_r_hat(chains) < 1.02
    assert split_r_hat(chains + np.array([[0], [0], [0], [2]])) > 1.1


def test_drift_and_different_spread_are_seen():
    rng = np.random.default_rng(3)
    chains = rng.normal(size=(4, 500))
    assert split_r_hat(chains + np.linspace(0, 3, 500)) > 1.1
    assert split_r_hat(chains * np.array([[1], [1], [1], [5]])) > 1.1


def test_r_hat_ignores_monotonic_changes_of_scale_and_heavy_tails():
    rng = np.random.default_rng(4)
    cauchy = rng.standard_cauchy((4, 1000))
    assert split_r_hat(cauchy) < 1.02
    assert split_r_hat(np.arctan(cauchy)) == pytest.approx(split_r_hat(cauchy), abs=0.01)


def test_too_little_gives_no_number():
    assert np.isnan(split_r_hat(np.random.default_rng(5).normal(size=(4, 7))))
    assert np.isnan(split_r_hat(np.ones((4, 20))))
    assert split_r_hat(np.repeat([[1.0], [2.0], [3.0]], 20, axis=1)) == np.inf
    with pytest.raises(InputError, match="finite"):
        split_r_hat(np.full((2, 20), np.nan))


def test_independent_samples_have_the_textbook_error_at_every_level():
    chains = np.random.default_rng(6).normal(size=(4, 1024))
    found = block_errors(chains)
    assert list(found.block_length[:3]) == [1, 2, 4]
    deviation = (found.standard_error - 1 / 64) / found.uncertainty
    assert np.abs(deviation).max() < 4
    assert found.plateau == pytest.approx(1 / 64, rel=0.1)


def test_correlated_samples_reach_the_true_error():
    rng = np.random.default_rng(7)
    decay, samples = 0.9, 2**14
    chain = lfilter([1], [1, -decay], rng.normal(size=(4, samples + 200)), axis=1)[:, 200:]
    # Variance of the mean of an AR(1) process: σ²/(1-φ)²/n.
    true = 1 / (1 - decay) / np.sqrt(4 * samples)
    found = block_errors(chain)
    assert found.standard_error[0] < 0.3 * true
    assert found.plateau == pytest.approx(true, rel=0.12)


def test_differences_between_chains_do_not_enter():
    chains = np.random.default_rng(8).normal(size=(3, 64))
    shifted = chains + np.array([[0], [10], [20]])
    assert block_errors(shifted).standard_error == pytest.approx(
        block_errors(chains).standard_error
    )


def test_short_chains_are_refused():
    with pytest.raises(InputError, match="at least 4"):
        block_errors(np.ones((2, 3)))


def test_length_of_independent_blocks_follows_the_correlation():
    rng = np.random.default_rng(11)
    white = rng.normal(size=8192)
    assert independent_length(white, np.zeros(8192, int)) <= 2
    lengths = []
    for memory in (0.8, 0.98):
        slow = lfilter([1.0], [1.0, -memory], white)
        lengths.append(independent_length(slow, np.zeros(8192, int)))
        errors = block_errors(slow[None])
        assert errors.plateau == errors.standard_error[errors.block_length == lengths[-1]]
    assert 8 <= lengths[0] < lengths[1]


def test_chains_of_unequal_length_are_cut_and_shifts_between_them_do_not_count():
    rng = np.random.default_rng(12)
    groups = np.repeat([3, 1], [500, 400])
    values = rng.normal(size=900) + 100.0 * (groups == 1)
    assert independent_length(values, groups) <= 4
    assert independent_length(np.arange(3.0), np.zeros(3, int)) == 1
