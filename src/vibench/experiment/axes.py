"""Axes of measured spectra."""

from typing import Final, Literal

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array

type AbscissaUnit = Literal["cm^-1", "micrometre", "nanometre"]

WAVELENGTHS_PER_CM: Final[dict[AbscissaUnit, float]] = {"micrometre": 1e4, "nanometre": 1e7}
"""Units of wavelength in one centimetre."""

SPELLINGS: Final[dict[str, AbscissaUnit]] = {
    "1/CM": "cm^-1",
    "CM-1": "cm^-1",
    "CM^-1": "cm^-1",
    "CM**-1": "cm^-1",
    "WAVENUMBER": "cm^-1",
    "WAVENUMBERS": "cm^-1",
    "WAVENUMBER(CM-1)": "cm^-1",
    "WAVENUMBERS(CM-1)": "cm^-1",
    "RECIPROCALCENTIMETERS": "cm^-1",
    "MICROMETERS": "micrometre",
    "MICROMETER": "micrometre",
    "MICRONS": "micrometre",
    "MICRON": "micrometre",
    "UM": "micrometre",
    "NANOMETERS": "nanometre",
    "NANOMETER": "nanometre",
    "NM": "nanometre",
}
"""Spellings of ``XUNITS`` in files, in capitals and without blanks."""

INFRARED_CM1: Final = (10.0, 15000.0)
"""Wavenumbers that a spectrum may cover; anything else points to a wrong unit."""


def abscissa_unit(label: str, *, place: str) -> AbscissaUnit:
    """Return the unit that a file calls *label*; *place* begins the error message.

    Raises
    ------
    InputError
        If the spelling is not known.
    """
    unit = SPELLINGS.get("".join(label.upper().split()))
    if unit is None:
        raise InputError(
            f"{place}: XUNITS is {label!r}, expected 1/CM, CM-1, MICROMETERS or NANOMETERS; "
            f"declare the abscissa if you know it"
        )
    return unit


def to_wavenumber(values: Array, unit: AbscissaUnit, *, place: str) -> Array:
    """Convert an axis (points,) to wavenumbers in cm⁻¹, in the order of the file.

    Raises
    ------
    InputError
        If values are not positive, repeat, are not monotonic or lie outside the infrared.
    """
    if not np.all(values > 0):
        raise InputError(f"{place}: the axis holds values that are not positive")
    steps = np.diff(values)
    if not (np.all(steps > 0) or np.all(steps < 0)):
        index = int(np.argmax(steps * np.sign(values[-1] - values[0]) <= 0)) + 1
        raise InputError(
            f"{place}: the axis must rise or fall throughout, but point {index + 1} "
            f"({values[index]:g}) follows {values[index - 1]:g}"
        )
    low, high = INFRARED_CM1
    limits = (low, high)
    if unit != "cm^-1":
        limits = (WAVELENGTHS_PER_CM[unit] / high, WAVELENGTHS_PER_CM[unit] / low)
    if values.min() < limits[0] or values.max() > limits[1]:
        raise InputError(
            f"{place}: an axis of {values[0]:g} to {values[-1]:g} in {unit} is not infrared "
            f"({low:g}-{high:g} cm^-1): check its unit"
        )
    wavenumber = values if unit == "cm^-1" else WAVELENGTHS_PER_CM[unit] / values
    return np.asarray(wavenumber, dtype=np.float64)
