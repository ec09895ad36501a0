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

    and the degrees of freedom follow Welch and Satterthwaite. The bias that noise gives a smooth
    statistic of means is estimated as well,

        b = Σ_a (n_a - 1) (mean_i θ_{a,-i} - θ).

    A sample of one member adds no variance: it is taken as exact. With no sample of two or more the
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
        The statistic of the whole samples (without correction), its standard error, degrees of
        freedom and bias.

    Raises
    ------
    InputError
        If a sample is empty.

    References
    ----------
    M. H. Quenouille, Biometrika 43, 353 (1956) (bias); J. N. Arvesen, Ann. Math. Stat. 40, 2076
    (1969) (several samples); B. L. Welch, Biometrika 34, 28 (1947) (degrees of freedom).
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
        thinned.append([statistic(*before, mean, *after) for mean in means_without(sample)])
    return _estimate(float(statistic(*means)), thinned)


def means_without(sample: Array) -> Array:
    """Return (members, ...) the means of a sample without each member; none for a single one."""
    if len(sample) < 2:
        return sample[:0]
    return np.asarray((sample.sum(axis=0) - sample) / (len(sample) - 1))


def _check(samples: Sequence[Array]) -> None:
    if not samples or any(len(sample) == 0 for sample in samples):
        raise InputError("the jackknife needs at least one member in every sample")


def _estimate(value: float, thinned: Sequence[Sequence[float]]) -> Estimate:
    """Add up variances and biases of all samples from their leave-one-out values."""
    told = [np.asarray(own) for own in thinned if len(own)]
    if not told:
        return Estimate(value, float("nan"), 0.0)
    variances = [(len(own) - 1) * float(own.var()) for own in told]
    freedom = satterthwaite(variances, [len(own) - 1 for own in told])
    bias = sum((len(own) - 1) * (float(own.mean()) - value) for own in told)
    return Estimate(value, float(np.sqrt(sum(variances))), freedom, bias)
