"""Conditions under which a spectrum was measured, read from what a file says."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vibench.core.units import PRESSURE_UNITS, ZERO_CELSIUS_K

_PRESSURES: Final = {name.upper(): factor for name, factor in PRESSURE_UNITS.items()}
_LENGTHS_CM: Final = {"MM": 0.1, "CM": 1.0, "M": 100.0}
_QUANTITY: Final = re.compile(r"\s*([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z°]*)(.*)")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The gas and the cell; None where a file does not say."""

    state: str | None = None
    """State of matter, in the words of the file."""
    pressure_kpa: float | None = None
    """Total pressure in kPa."""
    temperature_k: float | None = None
    """Temperature in K."""
    partial_pressure_kpa: float | None = None
    """Pressure of the substance itself in kPa."""
    path_length_cm: float | None = None
    """Length of the light's way through the gas in cm."""


def read_conditions(labels: Mapping[str, str]) -> tuple[Conditions, list[str]]:
    """Read conditions from JCAMP-DX labels, whose names are capitals without separators.

    A quantity counts only with a unit that is known: kPa, mmHg and others for pressures, K and C
    for temperatures, mm, cm and m for lengths.

    Returns
    -------
    conditions
    notices
        What could not be read and what else the labels say, in words.
    """
    notices: list[str] = []

    def quantity(label: str, units: Mapping[str, float]) -> float | None:
        text = " ".join(labels.get(label, "").split())
        if not text:
            return None
        found = _QUANTITY.fullmatch(text)
        factor = units.get(found[2].upper()) if found else None
        if found is None or factor is None or not 0 < float(found[1]) < math.inf:
            notices.append(f"{label} is {text!r}: not understood, ignored")
            return None
        if found[3].strip():
            notices.append(f"{label}: {text}")
        return float(found[1]) * factor

    conditions = Conditions(
        state=labels.get("STATE") or None,
        pressure_kpa=quantity("PRESSURE", _PRESSURES),
        temperature_k=_temperature(labels.get("TEMPERATURE", ""), notices),
        partial_pressure_kpa=quantity("PARTIALPRESSURE", _PRESSURES),
        path_length_cm=quantity("PATHLENGTH", _LENGTHS_CM),
    )
    if conditions.state and not re.search("gas|vapou?r", conditions.state, flags=re.IGNORECASE):
        notices.append(f"STATE is {conditions.state!r}, not gas")
    return conditions, notices


def _temperature(text: str, notices: list[str]) -> float | None:
    if not text:
        return None
    found = _QUANTITY.fullmatch(text)
    offset = {"K": 0.0, "C": ZERO_CELSIUS_K}.get(found[2].upper().strip("°")) if found else None
    if found is None or offset is None or not 0 < float(found[1]) + offset < math.inf:
        notices.append(f"TEMPERATURE is {text!r}: not understood, ignored")
        return None
    return float(found[1]) + offset
