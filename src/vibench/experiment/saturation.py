"""Saturation: where a band absorbs so much that its height is not known."""

import math
from typing import Final

import numpy as np

from vibench.core.molecules import Array

FEWEST_IN_A_PLATEAU: Final = 5
"""Points that a flat top has at least."""
PLATEAU_TOLERANCE: Final = 1e-3
"""Share of the highest absorbance within which a top is flat."""
KINK: Final = 10.0
"""Multiple of the tolerance by which the curve falls within half a plateau's length from it. A
parabola that is flat over the plateau falls by 3 there: what falls faster was cut off."""


def dark_points(absorbance: Array, *, least_transmittance: float) -> Array:
    """Return which points (points,) let too little light through for their height to be known.

    These are points of unknown absorbance (NaN: transmittance 0 or less) and those whose
    transmittance is *least_transmittance* or less.
    """
    limit = math.inf if least_transmittance <= 0 else -math.log10(least_transmittance)
    return np.isnan(absorbance) | (absorbance >= limit)


def flat_tops(absorbance: Array) -> Array:
    """Return which points (points,) belong to a band that was cut off at a fixed height.

    A limit of the instrument cuts all bands at one height, so a flat top lies at the highest
    absorbance: at least five points within 0.1 % of it. A round top that is sampled densely has
    such points, too, but a curve that was cut off has a kink at both ends: within half the
    plateau's length it falls by more than 1 %, where a parabola falls by 0.3 %.
    """
    flat = np.zeros(len(absorbance), dtype=bool)
    known = np.isfinite(absorbance)
    if not known.any():
        return flat
    highest = float(absorbance[known].max())
    if highest <= 0:
        return flat
    tolerance = PLATEAU_TOLERANCE * highest
    for start, end in runs(known & (absorbance >= highest - tolerance)):
        half = math.ceil((end - start) / 2)
        left, right = start - half, end - 1 + half
        if end - start < FEWEST_IN_A_PLATEAU or left < 0 or right >= len(absorbance):
            continue
        if max(absorbance[left], absorbance[right]) < highest - KINK * tolerance:
            flat[start:end] = True
    return flat


def runs(mask: Array) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of each run of true values of a mask (points,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def gaps_between(wavenumber: Array, left_out: Array) -> Array | None:
    """Return the gaps (gaps, 2), from kept point to kept point in cm⁻¹, that points leave.

    Points left out at the ends of the axis leave no gap: the spectrum ends earlier.
    """
    inner = [
        (wavenumber[start - 1], wavenumber[end])
        for start, end in runs(left_out)
        if start > 0 and end < len(wavenumber)
    ]
    return np.array(inner, dtype=np.float64) if inner else None
