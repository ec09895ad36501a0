"""Harmonic frequencies and intensities of two potentials."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.score import Score


def compare_frequencies(candidate: Modes, reference: Modes) -> list[Score]:
    """Compare modes in ascending order of frequency.

    Returns
    -------
    Mean absolute error and largest error of the frequencies in cm⁻¹, and mean absolute error of
    the intensities in km/mol. One molecule has the modes it has: there is no interval.

    Raises
    ------
    InputError
        If the numbers of modes differ.
    """
    found, expected = candidate.frequencies_cm1, reference.frequencies_cm1
    if found.shape != expected.shape:
        raise InputError(
            f"{candidate.name}: {len(found)} modes cannot be compared with {len(expected)}"
        )
    errors = np.abs(np.sort(found) - np.sort(expected))
    intensity_errors = np.abs(candidate.intensities - reference.intensities)
    rows = (
        ("harmonic frequency MAE", errors.mean(), "cm^-1"),
        ("harmonic frequency largest error", errors.max(), "cm^-1"),
        ("harmonic intensity MAE", intensity_errors.mean(), "km/mol"),
    )
    return [
        Score(
            name=name,
            value=float(value),
            unit=unit,
            higher_is_better=False,
            n=len(errors),
            estimand="over the modes of the lowest minimum, matched in order of frequency",
        )
        for name, value, unit in rows
    ]
