"""Mean spectra over trainings of a model."""

from collections.abc import Sequence

import numpy as np

from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum


def mean_spectrum(spectra: Sequence[Spectrum]) -> Spectrum:
    """Return the mean of the spectra of several trainings of a model.

    Each training counts as one replica, its mean over trajectories as one row of
    `Spectrum.replicas`. With M trainings of R trajectories each, a variance v_s between trainings
    and v_r between the trajectories of one,

        E[s²] / M = (v_s + v_r / R) / M,

    so that the standard error of the mean holds the spread between trainings and the noise of
    trajectories, as long as the trajectories of different trainings are independent.

    Raises
    ------
    InputError
        If there are none, or they differ in axis, unit or width.
    """
    if not spectra:
        raise InputError("a mean spectrum needs one spectrum or more, found none")
    first = spectra[0]
    for other in spectra[1:]:
        if (
            not np.array_equal(first.wavenumber_cm1, other.wavenumber_cm1)
            or first.unit != other.unit
            or first.width_cm1 != other.width_cm1
        ):
            raise InputError(
                "spectra of one model differ in axis, unit or width: "
                f"{_about(first)}, and {_about(other)}; make them with the same settings"
            )
    rows = np.stack([spectrum.intensity for spectrum in spectra])
    return Spectrum(
        first.wavenumber_cm1,
        rows.mean(axis=0),
        first.unit,
        first.width_cm1,
        f"{first.method}; mean over {len(rows)} trainings of the model",
        replicas=rows,
    )


def _about(spectrum: Spectrum) -> str:
    low, high = spectrum.wavenumber_cm1[[0, -1]]
    points = len(spectrum.wavenumber_cm1)
    return f"{points} points {low:g}-{high:g} cm^-1, {spectrum.unit}, {spectrum.width_cm1:g} cm^-1"
