"""Time correlation functions."""

from typing import Literal

import numpy as np
import scipy

from vibench.core.errors import InputError
from vibench.core.molecules import Array

type Normalisation = Literal["unbiased", "biased"]


def autocorrelation(
    signal: Array, max_lag: int, *, normalisation: Normalisation = "unbiased"
) -> Array:
    """Autocorrelate a scalar or vector signal up to a largest lag.

        C_k = 1/N_k Σ_n a(n) · a(n + k),    k = 0 … max_lag

    with N_k = M - k ("unbiased") or N_k = M ("biased") for M steps. It is made by fast Fourier
    transform (Wiener-Khinchin) with enough zeros appended that nothing wraps around. The
    components of a vector are summed and never normalised one by one: that would change the
    ratio of bands polarised along different axes. The mean is not removed.

    Parameters
    ----------
    signal : (steps,) or (steps, components)
        The signal at equal time steps.
    max_lag
        Largest lag in steps.
    normalisation
        ``"unbiased"`` or ``"biased"``.

    Returns
    -------
    correlation : (max_lag + 1,) in the unit of the signal squared

    Raises
    ------
    InputError
        If the signal has no pair of samples at the largest lag.
    """
    steps = len(signal)
    if not 0 <= max_lag < steps:
        raise InputError(
            f"a signal of {steps} steps has no correlation at lag {max_lag}: "
            f"at least {max_lag + 1} steps are needed"
        )
    columns = signal.reshape(steps, -1)
    points = scipy.fft.next_fast_len(steps + max_lag, real=True)
    amplitude = scipy.fft.rfft(columns, points, axis=0)
    power = (amplitude.real**2 + amplitude.imag**2).sum(axis=1)
    sums = scipy.fft.irfft(power, points)[: max_lag + 1]
    counts = steps - np.arange(max_lag + 1) if normalisation == "unbiased" else steps
    return np.asarray(sums / counts)
