"""Arrays as short text inside the page, in the forms that its script unpacks."""

import base64
from typing import Any, Final

import numpy as np

from vibench.core.molecules import Array

_GAP: Final = 65535
"""Code of a value that is missing."""
_STEPS: Final = _GAP - 1
"""Steps from the smallest to the largest value."""


def packed(values: Array) -> str:
    """Return *values* as little-endian float32 in base64, a quarter of their size as text."""
    return _text(np.asarray(values, dtype="<f4"))


class Store:
    """The long arrays of a page, each kept once however often it is used.

    A curve takes two bytes per point, an even grid only its ends. Codes are steps of (largest -
    smallest) / 65 534, far below what a plot resolves; files beside the page hold all digits.
    """

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}

    @property
    def texts(self) -> list[str]:
        """Packed arrays; the place of one is its number."""
        return list(self._texts)

    def curve(self, values: Array) -> dict[str, Any]:
        """Return *values* as 16-bit codes: ``low + code * step``; not finite ones are gaps.

        Returns
        -------
        dict
            ``low``, ``step`` and ``data``, the number of the codes in `texts`.
        """
        values = np.asarray(values, dtype=float)
        finite = np.isfinite(values)
        low = float(values[finite].min()) if finite.any() else 0.0
        high = float(values[finite].max()) if finite.any() else 0.0
        step = (high - low) / _STEPS or 1.0
        codes = np.full(values.shape, _GAP, dtype="<u2")
        codes[finite] = np.rint((values[finite] - low) / step)
        return {"low": low, "step": step, "data": self._place(_text(codes))}

    def grid(self, points: Array) -> dict[str, Any]:
        """Return an ascending grid by its ends if it is even, else by all *points*.

        Returns
        -------
        dict
            ``first``, ``last`` and ``count``, or ``data``, the number of the points in `texts`.
        """
        points = np.asarray(points, dtype=float)
        even = np.linspace(points[0], points[-1], len(points))
        # A tenth of a wavenumber is less than a pixel.
        if np.allclose(points, even, rtol=0.0, atol=min(0.1, 0.05 * abs(np.ptp(points)))):
            return {"first": float(points[0]), "last": float(points[-1]), "count": len(points)}
        return {"data": self._place(packed(points))}

    def _place(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))


def _text(values: Array) -> str:
    return base64.b64encode(values.tobytes()).decode()
