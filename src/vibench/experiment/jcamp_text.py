"""Writer of JCAMP-DX files, so that other programs can draw spectra beside measured ones.

The `jcamp` package has a writer of its own, which puts the title second, keeps four decimals
whatever the scale, and prints what it does; so it only reads here.
"""

import math
import textwrap
import unicodedata
from importlib.metadata import version
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.units import ABSORPTIVITY_PER_ABSORPTION
from vibench.experiment.axes import INFRARED_CM1
from vibench.experiment.ordinates import ABSORBANCE, ABSORPTIVITY_PER_METRE, MOLAR_ABSORPTIVITY

LONGEST_LINE: Final = 80
"""Characters of a line, the most that the standard allows."""
DIGITS: Final = 9
"""Decimal digits of the largest ordinate: others are rounded to a unit of its last digit."""

_LABELS: Final = {
    ABSOLUTE: "MOLAR ABSORPTIVITY IN L/(MOL CM) (BASE 10)",
    MOLAR_ABSORPTIVITY: "MOLAR ABSORPTIVITY (BASE 10)",
    ABSORPTIVITY_PER_METRE: "(micromol/mol)-1m-1 (base 10)",
    ABSORBANCE: "ABSORBANCE",
}
_UNIFORM: Final = 1e-6
"""Share of a step by which points may be off a uniform axis."""


def jcamp_text(spectrum: Spectrum, *, title: str) -> str:
    """Return a spectrum as JCAMP-DX 4.24 (infrared), numbers in the form AFFN.

    What is in km/mol per cm⁻¹ becomes the decadic molar absorptivity in L/(mol cm), 100/ln 10 times
    that, as measured spectra of known concentration have it. Points outside 10-15000 cm⁻¹, which is
    no infrared, are left out. On a uniform axis the data have the form ``(X++(Y..Y))``, else
    ``(XY..XY)``. Ordinates have nine decimal digits of the largest one.

    Parameters
    ----------
    spectrum
        The spectrum; its replicas and standard error have no place in the format.
    title
        What it is of; line breaks, labels and characters beyond ASCII are taken out.

    Raises
    ------
    InputError
        If fewer than two points are in the infrared, or an ordinate is not a finite number.

    References
    ----------
    R. S. McDonald, P. A. Wilks, Appl. Spectrosc. 42, 151 (1988).
    """
    low, high = INFRARED_CM1
    inside = (spectrum.wavenumber_cm1 >= low) & (spectrum.wavenumber_cm1 <= high)
    x, y = spectrum.wavenumber_cm1[inside], spectrum.intensity[inside]
    if len(x) < 2 or not np.all(np.isfinite(y)):
        raise InputError(
            f"{title}: a JCAMP-DX file needs two or more finite points within {low:g}-{high:g} "
            f"cm^-1, found {len(x)} with {np.sum(~np.isfinite(y))} that are not finite"
        )
    if spectrum.unit == ABSOLUTE:
        y = y * ABSORPTIVITY_PER_ABSORPTION
    exponent = _exponent(y)
    whole = np.rint(y / 10.0**exponent).astype(np.int64)
    rounded = whole * 10.0**exponent
    steps = np.diff(x)
    uniform = bool(np.all(np.abs(steps - steps.mean()) <= _UNIFORM * steps.mean()))
    labels = [
        ("TITLE", _plain(title)),
        ("JCAMP-DX", "4.24"),
        ("DATA TYPE", "INFRARED SPECTRUM"),
        ("ORIGIN", f"vibench {version('vibench')}"),
        ("OWNER", "not stated"),
        *((("RESOLUTION", f"{spectrum.width_cm1:.6g}"),) if spectrum.width_cm1 > 0 else ()),
        ("XUNITS", "1/CM"),
        ("YUNITS", _LABELS.get(spectrum.unit, "ARBITRARY UNITS")),
        ("XFACTOR", "1.0"),
        ("YFACTOR", f"1E{exponent:+d}"),
        ("FIRSTX", _number(x[0])),
        ("LASTX", _number(x[-1])),
        *((("DELTAX", _number(steps.mean())),) if uniform else ()),
        ("MAXX", _number(x[-1])),
        ("MINX", _number(x[0])),
        ("MAXY", _number(rounded.max())),
        ("MINY", _number(rounded.min())),
        ("FIRSTY", _number(rounded[0])),
        ("NPOINTS", str(len(x))),
    ]
    lines = [f"##{name}={text}"[:LONGEST_LINE] for name, text in labels]
    lines[2:2] = _comments(spectrum)
    lines += ["##XYDATA=(X++(Y..Y))", *_rows(x, whole)] if uniform else _pairs(x, whole)
    return "\n".join([*lines, "##END="]) + "\n"


def _exponent(y: Array) -> int:
    largest = float(np.abs(y).max())
    return math.floor(math.log10(largest)) + 1 - DIGITS if largest > 0 else 0


def _number(value: float) -> str:
    return f"{value:.10g}"


def _rows(x: Array, whole: Array) -> list[str]:
    """Return lines that begin with an abscissa, each as long as may be."""
    lines, line = list[str](), ""
    for abscissa, ordinate in zip(x, whole, strict=True):
        longer = f"{line} {ordinate}"
        if line and len(longer) <= LONGEST_LINE:
            line = longer
            continue
        lines.append(line)
        line = f"{_number(abscissa)} {ordinate}"
    return [*lines[1:], line]


def _pairs(x: Array, whole: Array) -> list[str]:
    pairs = [f"{_number(a)}, {b}" for a, b in zip(x, whole, strict=True)]
    return ["##XYPOINTS=(XY..XY)", *pairs]


def _comments(spectrum: Spectrum) -> list[str]:
    texts = [f"method: {spectrum.method}", f"unit in vibench: {spectrum.unit}"]
    if spectrum.unit == ABSOLUTE:
        texts.append("the ordinate is that times 100/ln 10, the decadic molar absorptivity")
    if spectrum.gaps_cm1 is not None:
        ranges = ", ".join(f"{low:.10g}-{high:.10g}" for low, high in spectrum.gaps_cm1)
        texts.append(f"nothing is known within (1/CM): {ranges}")
    width = LONGEST_LINE - len("$$ ")
    return [f"$$ {line}" for text in texts for line in textwrap.wrap(_plain(text), width)]


def _plain(text: str) -> str:
    """Return *text* as one line of ASCII that holds no label and no comment."""
    readable = text.replace("⁻¹", "^-1").replace("·", "*").replace("µ", "u").replace("Å", "A")
    ascii_only = unicodedata.normalize("NFKD", readable).encode("ascii", "ignore").decode()
    printable = "".join(c if c.isprintable() else " " for c in ascii_only)
    return " ".join(printable.replace("##", "#").replace("$$", "$").split()) or "unnamed"
