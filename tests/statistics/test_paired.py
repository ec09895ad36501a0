"""Paired comparison against textbook tests, and what is said where little is known."""

import numpy as np
import pytest
from scipy import stats

from vibench.core.errors import InputError
from vibench.statistics.jackknife import jackknife
from vibench.statistics.paired import (
    FEWEST_REFERENCE_REPLICAS,
    Judgement,
    bootstrap_over_molecules,
    contrast,
    judge,
    p_value,
)


def dot(a, b):
    """A score that is linear in both means."""
    return float(a @ b)


def judged(value, own=(), reference=()):
    """Return a judgement from numbers."""
    return Judgement(value, np.array(own, float), np.array(reference, float))


def test_one_molecule_is_the_jackknife_of_the_difference():
    rng = np.random.default_rng(1)
    a, b, r = (rng.normal(1, 1, (n, 4)) for n in (5, 7, 6))
    first, second = judge(dot, a, r), judge(dot, b, r)
    found = contrast([[[first]], [[second]]], (1, -1), molecules="fixed")
    expected = jackknife(
        lambda x, y, z: dot(x.mean(0), z.mean(0)) - dot(y.mean(0), z.mean(0)), a, b, r
    )
    assert found.value == pytest.approx(expected.value)
    assert found.standard_error == pytest.approx(expected.standard_error)
    assert found.degrees_of_freedom == pytest.approx(expected.degrees_of_freedom)


def test_noise_of_a_shared_reference_cancels():
    rng = np.random.default_rng(2)
    own, truth = np.ones((1, 4)), rng.normal(5, 1, (6, 4))
    one = judge(dot, own, truth)
    alone = contrast([[[one]]], (1,), molecules="fixed")
    difference = contrast([[[one]], [[judge(dot, own, truth)]]], (1, -1), molecules="fixed")
    assert alone.standard_error > 0
    assert difference.standard_error == 0
    assert p_value(difference) == 1.0


def test_fixed_molecules_add_variances():
    own = np.random.default_rng(3).normal(size=(4, 5))
    model = [[judged(float(row.mean()), row) for row in own]]
    found = contrast([model], (1,), molecules="fixed")
    each = [4 * row.var() for row in own]
    assert found.standard_error == pytest.approx(np.sqrt(sum(each)) / 4)


def test_random_molecules_are_a_paired_t_test():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=9), rng.normal(0.5, 1, size=9)
    models = [[[judged(value) for value in sample]] for sample in (a, b)]
    found = contrast(models, (1, -1), molecules="random")
    expected = stats.ttest_rel(a, b)
    assert p_value(found) == pytest.approx(expected.pvalue)
    interval = found.interval()
    assert (interval.low, interval.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_seeds_replace_replicas_of_a_model_trained_several_times():
    values = np.array([[0.9, 0.8], [0.7, 0.9], [0.8, 0.6]])
    model = [[judged(value, (1.0, 2.0)) for value in seed] for seed in values]
    found = contrast([model], (1,), molecules="fixed")
    means = values.mean(axis=1)
    assert found.value == pytest.approx(values.mean())
    assert found.standard_error == pytest.approx(stats.sem(means))
    assert found.degrees_of_freedom == pytest.approx(2)


def test_too_few_molecules_are_no_population():
    model = [[judged(0.5), judged(0.7)]]
    found = contrast([model], (1,), molecules="random")
    assert found.interval() is None
    assert np.isnan(p_value(found))
    assert bootstrap_over_molecules(np.arange(7.0), rng=np.random.default_rng(1)) is None


def test_bootstrap_over_molecules_has_the_normal_width():
    sample = np.random.default_rng(5).normal(size=40)
    interval = bootstrap_over_molecules(sample, rng=np.random.default_rng(6))
    # 2000 resamples of 40: the ends are good to about 10 % of the half width.
    half = 1.96 * sample.std() / np.sqrt(40)
    assert interval.low == pytest.approx(sample.mean() - half, abs=0.25 * half)
    assert interval.high == pytest.approx(sample.mean() + half, abs=0.25 * half)
    same = bootstrap_over_molecules(np.ones(8), rng=np.random.default_rng(6))
    assert same.low == same.high == 1


def test_models_must_share_their_molecules():
    with pytest.raises(InputError, match="molecules"):
        contrast([[[judged(1)]], [[judged(1), judged(2)]]], (1, -1), molecules="fixed")


def false_differences(replicas, repetitions=3000, level=0.005, times=10):
    """Return the share of pairs of equal models of three seeds each that differ at *level*.

    Both see the same replicas of a reference, whose noise moves the first of them only and has that
    many times the variance of the seeds'.
    """
    rng = np.random.default_rng(replicas)
    found = 0
    for _ in range(repetitions):
        noise = rng.normal(scale=np.sqrt(times * 2 / 3 * replicas), size=replicas)
        thinned = (noise.sum() - noise) / (replicas - 1)
        moved, still = (
            [[judged(seed + shift * noise.mean(), (), seed + shift * thinned)] for seed in seeds]
            for shift, seeds in ((1, rng.normal(size=3)), (0, rng.normal(size=3)))
        )
        found += p_value(contrast([moved, still], (1, -1), molecules="fixed")) < level
    return found / repetitions


def test_two_replicas_of_a_reference_do_not_tell_its_noise():
    assert false_differences(2) > 0.01
    assert false_differences(FEWEST_REFERENCE_REPLICAS) < 0.012
    assert false_differences(8) < 0.01


@pytest.mark.parametrize(("replicas", "share"), [(2, 0.040), (3, 0.013), (4, 0.008)])
def test_false_differences_are_as_many_as_is_told(replicas, share):
    repetitions = 6000
    found = false_differences(replicas, repetitions=repetitions, times=100)
    assert found == pytest.approx(share, abs=3.5 * np.sqrt(share / repetitions))
