"""Band positions against observed fundamentals."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t

from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.score import Score


def harmonic_fundamental_scores(modes: Modes, fundamentals_cm1: Sequence[float]) -> list[Score]:
    """Compare harmonic wavenumbers with observed fundamentals, both in ascending order.

    Where two modes lie closer than their errors the pairing may exchange them; errors are those of
    this pairing.

    Parameters
    ----------
    modes
        As many modes as there are fundamentals.
    fundamentals_cm1
        Observed wavenumbers in cm⁻¹, in any order; a degenerate one once per mode.

    Returns
    -------
    The mean absolute error, then the signed error of every mode; the data set numbers the mode and
    names the fundamental.

    Raises
    ------
    InputError
        If there are not as many modes as fundamentals.
    """
    observed = _observed(modes, fundamentals_cm1)
    errors = np.sort(modes.frequencies_cm1) - observed
    return _errors("harmonic", errors, observed, note="wavenumbers of the lowest minimum")


def band_fundamental_scores(
    modes: Modes, bands: ModeBands, fundamentals_cm1: Sequence[float]
) -> list[Score]:
    """Compare the bands of normal modes in dynamics with observed fundamentals.

    A band belongs to its mode because trajectories were projected on it; modes and fundamentals
    are paired as by `harmonic_fundamental_scores`.

    Parameters
    ----------
    modes
        As many modes as there are fundamentals.
    bands
        Bands of the same modes.
    fundamentals_cm1
        Observed wavenumbers in cm⁻¹, in any order; a degenerate one once per mode.

    Returns
    -------
    As `harmonic_fundamental_scores`; signed errors have 95 % intervals over replicas. A mode
    without a band has an error of NaN and does not count in the mean.

    Raises
    ------
    InputError
        If there are not as many modes, and bands, as fundamentals.
    """
    observed = _observed(modes, fundamentals_cm1)
    if len(bands.position_cm1) != len(observed):
        raise InputError(
            f"{modes.name}: {len(bands.position_cm1)} bands do not belong to {len(observed)} modes"
        )
    order = np.argsort(modes.frequencies_cm1, kind="stable")
    half = np.full(len(order), np.nan)
    if bands.n > 1:
        half = student_t.ppf(0.975, bands.n - 1) * bands.standard_error_cm1[order]
    note = f"{bands.method}; {bands.n} replicas at {bands.temperature_k:g} K"
    errors = bands.position_cm1[order] - observed
    return _errors("MD band", errors, observed, half_width=half, note=note)


def _observed(modes: Modes, fundamentals_cm1: Sequence[float]) -> Array:
    """Return (modes,) fundamentals in ascending order."""
    observed = np.sort(np.asarray(fundamentals_cm1, dtype=np.float64))
    if observed.shape != modes.frequencies_cm1.shape:
        raise InputError(
            f"{modes.name}: {len(observed)} fundamentals were given, but it has "
            f"{len(modes.frequencies_cm1)} modes; list every fundamental once per mode"
        )
    return observed


def _errors(
    kind: str,
    errors: Array,
    observed: Array,
    *,
    half_width: Array | None = None,
    note: str,
) -> list[Score]:
    """Return the mean absolute error, and the signed error of each mode with its interval."""
    estimand = (
        f"{note}; modes and fundamentals in ascending order. Observed fundamentals contain "
        "quantum anharmonicity, classical ones do not"
    )
    known = np.isfinite(errors)
    whole = Score(
        name=f"{kind} MAE from fundamentals",
        value=float(np.abs(errors[known]).mean()) if known.any() else float("nan"),
        unit="cm^-1",
        higher_is_better=False,
        n=int(known.sum()),
        estimand=estimand,
        dataset="all fundamentals",
    )
    half = np.full(len(errors), np.nan) if half_width is None else half_width
    return [whole] + [
        Score(
            name=f"{kind} minus fundamental",
            value=float(error),
            unit="cm^-1",
            higher_is_better=False,
            n=int(np.isfinite(error)),
            low=float(error - side) if np.isfinite(error + side) else None,
            high=float(error + side) if np.isfinite(error + side) else None,
            estimand=estimand,
            dataset=f"mode {mode}, {wavenumber:g} cm^-1",
        )
        for mode, (error, side, wavenumber) in enumerate(
            zip(errors, half, observed, strict=True), start=1
        )
    ]
