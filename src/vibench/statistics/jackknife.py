"""Leave-one-out standard errors over independent replicas."""

from collections.abc import Callable

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
    if not samples or any(len(sample) == 0 for sample in samples):
        raise InputError("the jackknife needs at least one member in every sample")
    value = float(statistic(*samples))
    variances, freedoms, bias = [], [], 0.0
    for position, sample in enumerate(samples):
        members = len(sample)
        if members < 2:
            continue
        before, after = samples[:position], samples[position + 1 :]
        thinned = np.array(
            [statistic(*before, np.delete(sample, i, axis=0), *after) for i in range(members)]
        )
        variances.append((members - 1) * float(thinned.var()))
        freedoms.append(members - 1)
        bias += (members - 1) * (float(thinned.mean()) - value)
    if not variances:
        return Estimate(value, float("nan"), 0.0)
    freedom = satterthwaite(variances, freedoms)
    return Estimate(value, float(np.sqrt(sum(variances))), freedom, bias)
