"""Band positions against observed fundamentals."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import find_peaks

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum

_FARTHEST_CM1 = 200.0
_LEAST_PROMINENCE = 1e-2


def band_maxima(spectrum: Spectrum, expected_cm1: Array) -> Array:
    """Find the maximum of a spectrum that belongs to each expected band.

    Maxima are given to bands so that the sum of distances is least; each is used once. A maximum
    further than 200 cm⁻¹ from its band, or less prominent than a hundredth of the highest, is none.

    Parameters
    ----------
    spectrum
        Spectrum with bands.
    expected_cm1 : (bands,)
        Where bands are expected, e.g. harmonic wavenumbers, in cm⁻¹.

    Returns
    -------
    (bands,) wavenumbers in cm⁻¹; NaN for a band without a maximum.
    """
    least = _LEAST_PROMINENCE * spectrum.intensity.max()
    peaks, _ = find_peaks(spectrum.intensity, prominence=least)
    found = np.full(len(expected_cm1), np.nan)
    if not peaks.size:
        return found
    position = _vertex(spectrum, peaks)
    distance = np.abs(np.asarray(expected_cm1)[:, None] - position[None, :])
    bands, chosen = linear_sum_assignment(np.minimum(distance, _FARTHEST_CM1))
    near = distance[bands, chosen] < _FARTHEST_CM1
    found[bands[near]] = position[chosen[near]]
    return found


def _vertex(spectrum: Spectrum, peaks: Array) -> Array:
    """Return the vertices of parabolas through each maximum and its neighbours."""
    left, top, right = (spectrum.intensity[peaks + shift] for shift in (-1, 0, 1))
    step = np.diff(spectrum.wavenumber_cm1)[peaks]
    curvature = left - 2 * top + right
    # The top of a plateau is flat; its middle is the vertex.
    offset = np.where(curvature < 0, (left - right) / np.where(curvature < 0, curvature, -1), 0)
    vertex: Array = spectrum.wavenumber_cm1[peaks] + 0.5 * step * offset
    return vertex


def fundamental_scores(
    modes: Modes, spectrum: Spectrum | None, fundamentals_cm1: Sequence[float]
) -> list[Score]:
    """Compare harmonic wavenumbers and band maxima with observed fundamentals, in ascending order.

    Parameters
    ----------
    modes
        As many modes as there are fundamentals.
    spectrum
        Spectrum from dynamics, or None if there is none.
    fundamentals_cm1
        Observed wavenumbers in cm⁻¹.

    Returns
    -------
    The signed error of every band (the data set names the fundamental), and the mean absolute
    error over all of them.

    Raises
    ------
    InputError
        If there are not as many modes as fundamentals.
    """
    observed = np.sort(np.asarray(fundamentals_cm1, dtype=np.float64))
    harmonic = np.sort(modes.frequencies_cm1)
    if observed.shape != harmonic.shape:
        raise InputError(
            f"{modes.name}: {len(observed)} fundamentals were given, but it has "
            f"{len(harmonic)} modes; list every fundamental once per mode"
        )
    kinds = {"harmonic": harmonic}
    if spectrum is not None:
        kinds["MD band"] = band_maxima(spectrum, harmonic)
    scores = []
    for kind, positions in kinds.items():
        errors = positions - observed
        scores.append(_score(f"{kind} MAE from fundamentals", np.abs(errors), "all fundamentals"))
        scores += [
            _score(f"{kind} minus fundamental", error, f"{wavenumber:g} cm^-1")
            for wavenumber, error in zip(observed, errors[:, None], strict=True)
        ]
    return scores


def _score(name: str, values: Array, dataset: str) -> Score:
    known = values[np.isfinite(values)]
    return Score(
        name=name,
        value=float(known.mean()) if known.size else float("nan"),
        unit="cm^-1",
        higher_is_better=False,
        n=len(known),
        estimand="bands in ascending order; an MD band is the maximum assigned to the harmonic "
        "wavenumber, its time step shift included. Observed fundamentals contain quantum "
        "anharmonicity, classical dynamics does not",
        dataset=dataset,
    )
