"""Spectra as CSV text whose first line says unit, width and origin."""

import math
import re

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.reading import check_last_line, parse_number, understood
from vibench.core.spectrum import Spectrum

_HEADER = re.compile(
    r"# vibench spectrum; unit: (?P<unit>.+?); width_cm1: (?P<width>\S+); "
    r"(?:gaps_cm1: (?P<gaps>[^;]+); )?method: (?P<method>.*)"
)
_COLUMNS = "wavenumber_cm1,intensity,standard_error"


def spectrum_csv(spectrum: Spectrum) -> str:
    """Return a spectrum as CSV: wavenumber in cm⁻¹, intensity and its standard error.

    The first line says unit, width, gaps if there are any, and method.
    """
    width = "unknown" if math.isnan(spectrum.width_cm1) else f"{spectrum.width_cm1:.6g}"
    method = " ".join(spectrum.method.split())
    gaps = ""
    if spectrum.gaps_cm1 is not None:
        ranges = ", ".join(f"{low:.10g}-{high:.10g}" for low, high in spectrum.gaps_cm1)
        gaps = f"gaps_cm1: {ranges}; "
    lines = [
        f"# vibench spectrum; unit: {spectrum.unit}; width_cm1: {width}; {gaps}method: {method}",
        _COLUMNS,
    ]
    error = spectrum.standard_error
    for row, wavenumber in enumerate(spectrum.wavenumber_cm1):
        last = "" if error is None else f"{error[row]:.8g}"
        lines.append(f"{wavenumber:.10g},{spectrum.intensity[row]:.8g},{last}")
    return "\n".join(lines) + "\n"


def parse_spectrum_csv(text: str, source: str) -> Spectrum:
    """Read what `spectrum_csv` wrote; replicas are not kept in CSV.

    Raises
    ------
    InputError
        Naming *source* and the line that is not as it should be.
    """
    lines = text.splitlines()
    header = _HEADER.fullmatch(lines[0]) if lines else None
    if header is None or len(lines) < 2 or lines[1] != _COLUMNS:
        raise InputError(
            f"{source}: not a spectrum written by vibench (its first line must say unit, width "
            "and method)"
        )
    check_last_line(text, source)
    rows = []
    for number, line in enumerate(lines[2:], start=3):
        try:
            first, second, _ = line.split(",")
            rows.append((parse_number(first), parse_number(second)))
        except ValueError:
            rows.append((math.nan, math.nan))
        if not all(map(math.isfinite, rows[-1])):
            raise InputError(
                f"{source}, line {number}: expected numbers {_COLUMNS}, found {line[:80]!r}"
            )
    wavenumber, intensity = np.array(rows, dtype=np.float64).reshape(-1, 2).T
    with understood(f"{source}, line 1", "a width in cm^-1, and gaps LOW-HIGH"):
        width = math.nan if header["width"] == "unknown" else float(header["width"])
        gaps = _gaps(header["gaps"])
    return Spectrum(
        wavenumber_cm1=wavenumber,
        intensity=intensity,
        unit=header["unit"],
        width_cm1=width,
        method=header["method"],
        gaps_cm1=gaps,
    )


def _gaps(text: str | None) -> Array | None:
    if text is None:
        return None
    return np.array([[float(end) for end in gap.split("-")] for gap in text.split(",")])
