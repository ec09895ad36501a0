"""Lag windows for correlation functions, and the line width they give."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.signals.transforms import cosine_transform


def half_hann(points: int) -> Array:
    """Return (points,) the decaying half of a Hann window, w_k = cos²(πk / 2(points - 1)).

    It starts at exactly 1, so it leaves the value at lag 0, and with it the integral of the
    transform, unchanged; it ends at 0.

    Raises
    ------
    InputError
        With fewer than two points.
    """
    if points < 2:
        raise InputError(f"a lag window needs at least 2 points, found {points}")
    return np.cos(np.pi * np.arange(points) / (2 * (points - 1))) ** 2


def damped(window: Array, *, friction_per_fs: float, spacing_fs: float) -> Array:
    """Return the lag window (lags,) that a line of an underdamped oscillator is seen through.

    Under Langevin friction γ correlations decay as e^{-γt/2}, which broadens a line as a window of
    that form would, to a Lorentzian of full width γ/(2πc).
    """
    decay: Array = np.exp(-0.5 * friction_per_fs * spacing_fs * np.arange(len(window)))
    return window * decay


def window_width_cm1(window: Array, *, spacing_fs: float) -> float:
    """Return the full width at half maximum in cm⁻¹ of a sharp line seen through a lag window.

    It is measured on the cosine transform of the window itself. A half Hann window of length τ
    gives 1/(cτ): 33.4 cm⁻¹ for 1000 fs.

    Parameters
    ----------
    window : (lags,)
        The window from lag 0 on.
    spacing_fs
        Time between two lags in fs.
    """
    # 64-fold zero padding puts some 130 points on the half width, so linear interpolation of the
    # crossing is good to 1e-4 of the width.
    wavenumber, line = cosine_transform(window, spacing_fs=spacing_fs, zero_padding=64)
    below = int(np.argmax(line < line[0] / 2))
    pair = slice(below - 1, below + 1)
    crossing = np.interp(line[0] / 2, line[pair][::-1], wavenumber[pair][::-1])
    return float(2 * crossing)
