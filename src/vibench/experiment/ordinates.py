"""Ordinates of measured spectra, brought to a scale that is linear in absorbance."""

import math
from typing import Final, Literal

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

type LogarithmBase = Literal["10", "e"]
type OrdinateKind = Literal["transmittance", "percent transmittance", "absorbance", "absorptivity"]

ABSORBANCE: Final = "absorbance, base 10"
"""Unit of spectra that were measured as transmittance or absorbance."""
ABSORPTIVITY_PER_METRE: Final = "absorptivity in (µmol/mol)^-1 m^-1, base 10"
"""Unit of the quantitative spectra of NIST."""
MOLAR_ABSORPTIVITY: Final = "molar absorptivity, base 10"
"""Unit of spectra of a known concentration, as files and vibench's own JCAMP-DX have them."""

LARGEST_FRACTION: Final = 2.0
"""Transmittance up to here is a fraction: noise and a drifting background reach 1.1."""
PERCENT_RANGE: Final = (20.0, 200.0)
"""Transmittance with its maximum in here is in percent."""


def ordinate_kind(label: str, *, place: str) -> OrdinateKind:
    """Return what a file means by its ``YUNITS``; *place* begins the error message.

    Raises
    ------
    InputError
        If the spelling is not known or names another quantity, such as reflectance.
    """
    text = " ".join(label.upper().replace("%", " PERCENT ").split())
    if text in {"PERCENT TRANSMITTANCE", "PERCENT TRANSMISSION", "PERCENT T"}:
        return "percent transmittance"
    if text in {"TRANSMITTANCE", "TRANSMISSION"}:
        return "transmittance"
    if text in {"ABSORBANCE", "ABSORBANCE UNITS"}:
        return "absorbance"
    compact = text.replace(" ", "")
    if compact.startswith("(MICROMOL/MOL)-1M-1(BASE") or text.startswith("MOLAR ABSORPTIVITY"):
        return "absorptivity"
    raise InputError(
        f"{place}: YUNITS is {label!r}, expected TRANSMITTANCE, ABSORBANCE or an absorptivity such "
        f"as '(micromol/mol)-1m-1 (base 10)'; declare the ordinate if you know it"
    )


def unit_of(kind: OrdinateKind, label: str | None) -> str:
    """Return the unit of a curve after conversion to base 10.

    *label* is what the file calls its ordinate, None if it does not say: an absorptivity that was
    only declared is in (µmol/mol)⁻¹ m⁻¹.
    """
    if kind != "absorptivity":
        return ABSORBANCE
    if label is None or "".join(label.upper().split()).startswith("(MICROMOL/MOL)-1M-1"):
        return ABSORPTIVITY_PER_METRE
    return MOLAR_ABSORPTIVITY


def stated_base(label: str) -> LogarithmBase | None:
    """Return the base of the logarithm that ``YUNITS`` states, as ``(base e)``, or None."""
    text = "".join(label.upper().split())
    if "(BASEE)" in text or "NAPIERIAN" in text:
        return "e"
    return "10" if "(BASE10)" in text or "DECADIC" in text else None


def to_absorbance(values: Array, kind: OrdinateKind, *, place: str) -> tuple[Array, list[str]]:
    """Convert an ordinate (points,) to a scale linear in decadic absorbance.

    Transmittance T gives -log10 T; where T ≤ 0 the detector saw nothing, the absorbance is not
    known and becomes NaN. Transmittance is taken as a fraction if its maximum is at most 2 and as
    percent if it is 20-200, whichever of the two was stated.

    Returns
    -------
    absorbance : (points,)
    notices
        What was done or looks suspicious, in words.

    Raises
    ------
    InputError
        If the transmittance is neither a fraction nor percent.
    """
    notices = _suspicions(values, kind)
    if kind in {"absorbance", "absorptivity"}:
        return values, notices
    highest = float(values.max())
    percent = PERCENT_RANGE[0] <= highest <= PERCENT_RANGE[1]
    if not percent and not 0 < highest <= LARGEST_FRACTION:
        raise InputError(
            f"{place}: transmittance with a maximum of {highest:g} is neither a fraction (up to "
            f"{LARGEST_FRACTION:g}) nor percent ({PERCENT_RANGE[0]:g}-{PERCENT_RANGE[1]:g})"
        )
    if percent != (kind == "percent transmittance"):
        stated, used = ("a fraction", "percent") if percent else ("percent", "a fraction")
        notices.append(f"transmittance stated as {stated} reaches {highest:g}: taken as {used}")
    fraction = values / 100 if percent else values
    dark = fraction <= 0
    absorbance = np.full(len(values), math.nan)
    absorbance[~dark] = -np.log10(fraction[~dark])
    notices.append(
        f"{'percent ' if percent else ''}transmittance (maximum {highest:g}) converted to decadic "
        f"absorbance"
    )
    return absorbance, notices


def _suspicions(values: Array, kind: OrdinateKind) -> list[str]:
    # A gas absorbs in few places, so most points lie at the end of the scale where nothing does.
    middle = float(values.min()) / 2 + float(values.max()) / 2
    mostly_high = float(np.median(values)) > middle
    transmits = kind in {"transmittance", "percent transmittance"}
    if mostly_high == transmits:
        return []
    stated, suspected = (kind, "absorbance") if transmits else (kind, "transmittance")
    return [
        f"stated as {stated}, but most points lie where {suspected} would be without absorption"
    ]
