"""Error of a mean over correlated samples by block averaging."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.estimates import Estimate


def block_averaged_mean(values: Array) -> Estimate:
    """Estimate the mean of a correlated series with its standard error.

    Neighbouring samples are averaged in pairs again and again; the apparent standard error of the
    mean, σ_B/√(N/B) over blocks of length B, grows until blocks are independent. The block length
    is the smallest one with B³ > 2 N (s_B/s_1)⁴, s being the apparent errors: long enough for its
    own estimate of the correlation, short enough to leave many blocks.

    Parameters
    ----------
    values : (n,)
        Samples in the order of time.

    Returns
    -------
    Estimate
        Mean, standard error and (blocks - 1) degrees of freedom. If no block length meets the
        criterion the series is too short for its correlation and the standard error is NaN.

    Raises
    ------
    InputError
        With fewer than two samples.

    References
    ----------
    H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989); R. M. Lee et al., Phys. Rev. E
    83, 066706 (2011) (choice of the block length).
    """
    samples = len(values)
    if samples < 2:
        raise InputError(f"block averages need at least 2 samples, found {samples}")
    mean = float(np.mean(values))
    first = float(np.std(values, ddof=1) / np.sqrt(samples))
    if first == 0:
        return Estimate(mean, 0.0, float(samples - 1))
    blocks, length = np.asarray(values, dtype=np.float64), 1
    while len(blocks) >= 2:
        error = float(np.std(blocks, ddof=1) / np.sqrt(len(blocks)))
        if length**3 > 2 * samples * (error / first) ** 4:
            return Estimate(mean, error, float(len(blocks) - 1))
        even = len(blocks) // 2 * 2
        blocks, length = blocks[:even].reshape(-1, 2).mean(axis=1), 2 * length
    return Estimate(mean, float("nan"), 0.0)
