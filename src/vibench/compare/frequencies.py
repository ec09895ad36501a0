"""Harmonic frequencies and intensities of two potentials."""

from typing import Final

import numpy as np

from vibench.compare.matching import DEGENERATE_WITHIN_CM1, ModeMatch, match_modes, reordered_modes
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.score import Score

LEAST_OVERLAP: Final = 0.5
"""A mode whose overlap with its partner is below this is a mixture of several."""


def compare_frequencies(
    candidate: Modes, reference: Modes, *, degenerate_within_cm1: float = DEGENERATE_WITHIN_CM1
) -> list[Score]:
    """Compare modes that are the same motion, and, for comparison, modes in ascending order.

    Returns
    -------
    Mean absolute and largest error of frequencies in cm⁻¹, for modes matched by overlap of their
    eigenvectors (`vibench.compare.matching`) and once more sorted by frequency; the mean absolute
    error of intensities in km/mol over matched modes, averaged over degenerate ones; the lowest
    overlap of a mode with its partner; how many modes overlap by less than one half, and how many
    have a partner of another rank. One molecule has the modes it has: there is no interval.

    Raises
    ------
    InputError
        If atoms, masses or the numbers of modes differ.
    """
    match = match_modes(candidate, reference, degenerate_within_cm1=degenerate_within_cm1)
    ours, theirs = candidate.frequencies_cm1, reference.frequencies_cm1
    matched = np.abs(ours - theirs[match.partner])
    sorted_ = np.abs(np.sort(ours) - np.sort(theirs))
    intensities = _intensity_errors(candidate, reference, match)
    moved = reordered_modes(candidate, reference, match)
    by_overlap = "modes of the lowest minima, matched by overlap of eigenvectors"
    in_order = "modes of the lowest minima, in order of frequency"
    rows = (
        ("harmonic frequency MAE", _mean(matched), "cm^-1", by_overlap),
        ("harmonic frequency largest error", _largest(matched), "cm^-1", by_overlap),
        ("harmonic frequency MAE (sorted)", _mean(sorted_), "cm^-1", in_order),
        ("harmonic frequency largest error (sorted)", _largest(sorted_), "cm^-1", in_order),
        ("harmonic intensity MAE", _mean(intensities), "km/mol", by_overlap),
        ("lowest mode overlap", float(match.overlap.min(initial=1.0)), "", by_overlap),
        ("mixed modes", float((match.overlap < LEAST_OVERLAP).sum()), "", by_overlap),
        ("re-ordered modes", float(moved), "", by_overlap),
    )
    return [
        Score(
            name=name,
            value=value,
            unit=unit,
            higher_is_better=name == "lowest mode overlap",
            n=len(ours),
            estimand=estimand,
        )
        for name, value, unit, estimand in rows
    ]


def _mean(errors: Array) -> float:
    return float(errors.mean()) if errors.size else float("nan")


def _largest(errors: Array) -> float:
    return float(errors.max()) if errors.size else float("nan")


def _intensity_errors(candidate: Modes, reference: Modes, match: ModeMatch) -> Array:
    """Return (modes,) absolute differences of intensities, averaged over each group first."""
    size = np.bincount(match.group)
    totals = [
        np.bincount(match.group, values)
        for values in (candidate.intensities, reference.intensities[match.partner])
    ]
    errors: Array = np.abs(totals[0] - totals[1]) / size
    return errors[match.group]
