"""Cosine transform of correlation functions."""

import numpy as np
import scipy

from vibench.core.molecules import Array
from vibench.core.units import SPEED_OF_LIGHT


def cosine_transform(
    values: Array, *, spacing_fs: float, zero_padding: int = 1
) -> tuple[Array, Array]:
    """Fourier transform an even function of time known at equally spaced lags.

    The even extension of values at lags 0, Δ, 2Δ … is exact: lag 0 enters once, the others twice,

        S(ν̃) = Δ [v_0 + 2 Σ_{k≥1} v_k cos(2πcν̃ kΔ)],

    which is the two-sided integral ∫ v(t) e^{-iωt} dt by the trapezoidal rule. The integral of S
    over all positive wavenumbers is v_0 / (2c).

    Parameters
    ----------
    values : (lags,)
        The function from lag 0 on; its length L = (lags - 1) Δ sets the resolution.
    spacing_fs
        Time Δ between two lags in fs.
    zero_padding
        The grid spacing is 1/(2 c L zero_padding); 1 gives the coarsest grid that keeps all
        information.

    Returns
    -------
    wavenumber_cm1 : (points,) from 0 to the Nyquist limit
    transform : (points,) in the unit of `values` times fs
    """
    points = 2 * zero_padding * (len(values) - 1)
    frequency = scipy.fft.rfftfreq(points, spacing_fs)
    transform = spacing_fs * (2 * scipy.fft.rfft(values, points).real - values[0])
    return np.asarray(frequency / SPEED_OF_LIGHT), np.asarray(transform)
