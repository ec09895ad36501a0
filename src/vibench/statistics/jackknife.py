"""Leave-one-out standard errors over independent replicas."""

from collections.abc import Callable, Sequence

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Estimate, satterthwaite


def jackknife(statistic: Callable[..., float], *samples: Array) -> Estimate:
    """Estimate a statistic of one or several independent samples with its standard error.

    Every sample is thinned in turn, one member at a time, while the others stay whole; the
    variances add,

        s² = Σ_a (n_a - 1)/n_a Σ_i (θ_{a,-i} - mean_i θ_{a,-i})²,

    the degrees of freedom follow Welch and Satterthwaite, and the bias is

        b = Σ_a (n_a - 1) (mean_i θ_{a,-i} - θ).

    A sample of one member adds neither: it is taken as exact. With no sample of two or more the
    standard error is NaN.

    Parameters
    ----------
    statistic
        Called with one array per sample; returns a number.
    *samples : (members, ...)
        Independent replicas along the first axis; the number of members may differ.

    Returns
    -------
    Estimate
        The statistic of the whole samples (from which the bias is not subtracted), its standard
        error, degrees of freedom and bias.

    Raises
    ------
    InputError
        If a sample is empty.

    References
    ----------
    M. H. Quenouille, Biometrika 43, 353 (1956) (bias); J. N. Arvesen, Ann. Math. Stat. 40, 2076
    (1969) (several samples); B. L. Welch, Biometrika 34,
    28 (1947) (degrees of freedom).
    """
    _check(samples)
    value = float(statistic(*samples))
    thinned = []
    for position, sample in enumerate(samples):
        before, after = samples[:position], samples[position + 1 :]
        thinned.append(
            [
                statistic(*before, np.delete(sample, i, axis=0), *after)
                for i in range(len(sample) if len(sample) > 1 else 0)
            ]
        )
    return _estimate(value, thinned)


def jackknife_of_means(statistic: Callable[..., float], *samples: Array) -> Estimate:
    """Estimate a statistic of the means of independent samples with its standard error.

    The same as `jackknife` of ``statistic(sample.mean(axis=0), ...)``, but the means without one
    member are made by subtraction, so that each costs no pass over the sample.

    Parameters
    ----------
    statistic
        Called with one mean per sample; returns a number.
    *samples : (members, ...)
        Independent replicas along the first axis; the number of members may differ.

    Raises
    ------
    InputError
        If a sample is empty.
    """
    _check(samples)
    means = [sample.mean(axis=0) for sample in samples]
    thinned = []
    for position, sample in enumerate(samples):
        before, after = means[:position], means[position + 1 :]
        others = max(1, len(sample) - 1)
        members = sample if len(sample) > 1 else sample[:0]
        thinned.append(
            [
                statistic(*before, means[position] + (means[position] - member) / others, *after)
                for member in members
            ]
        )
    return _estimate(float(statistic(*means)), thinned)


def _check(samples: Sequence[Array]) -> None:
    if not samples or any(len(sample) == 0 for sample in samples):
        raise InputError("the jackknife needs at least one member in every sample")


def _estimate(value: float, thinned: Sequence[Sequence[float]]) -> Estimate:
    """Add up the variances of all samples from their leave-one-out values."""
    variances = [(len(own) - 1) * float(np.var(own)) for own in thinned if own]
    freedoms = [len(own) - 1 for own in thinned if own]
    bias = sum((len(own) - 1) * (float(np.mean(own)) - value) for own in thinned if own)
    if not variances:
        return Estimate(value, float("nan"), 0.0)
    error = float(np.sqrt(sum(variances)))
    return Estimate(value, error, satterthwaite(variances, freedoms), bias)
