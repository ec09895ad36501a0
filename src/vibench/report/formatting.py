"""How numbers, units and names are written for people and for file systems."""

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from vibench.core.files import is_plain_name
from vibench.core.score import Score

MISSING = "–"
"""Shown where there is no value."""

COUNTS = frozenset(
    ("mixed modes", "re-ordered modes", "bands without counterpart", "rank of the right molecule")
)
"""Names of scores that count: whole numbers, unless they are means."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECIMALS = 6


def is_finite(value: float | None) -> bool:
    """Return whether *value* is a finite number."""
    return value is not None and math.isfinite(value)


def decimals_for(value: float, digits: int) -> int:
    """Return how many decimals show *value* with so many significant *digits*."""
    if value == 0 or not math.isfinite(value):
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(value))), 0), _MOST_DECIMALS)


def score_decimals(score: Score) -> int:
    """Return the decimals a score deserves: two digits of its interval, else three of its value.

    However wide the interval, one digit of the value is shown. Counts are whole.
    """
    if score.name in COUNTS and is_finite(score.value) and float(score.value).is_integer():
        return 0
    if score.low is not None and score.high is not None:
        half_width = (score.high - score.low) / 2
        if math.isfinite(half_width) and half_width > 0:
            shown = decimals_for(half_width, 2)
            needed = decimals_for(score.value, 1)
            # A value that so few decimals cannot show is noise beside its interval.
            return max(shown, needed) if round(score.value, needed) != 0 else shown
    return decimals_for(score.value, 3)


def number_text(value: float | None, decimals: int | None = None) -> str:
    """Return *value* with a fixed number of *decimals*, or with three significant digits."""
    if value is None or not math.isfinite(value):
        return MISSING
    decimals = decimals_for(value, 3) if decimals is None else decimals
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def interval_text(score: Score) -> str:
    """Return the interval as ``"0.94 to 0.96"``, or an empty string where there is none."""
    if not (is_finite(score.low) and is_finite(score.high)):
        return ""
    decimals = score_decimals(score)
    return f"{number_text(score.low, decimals)} to {number_text(score.high, decimals)}"


def value_text(score: Score) -> str:
    """Return the value with the decimals its interval allows, without unit."""
    return number_text(score.value, score_decimals(score))


def score_text(score: Score) -> str:
    """Return value, unit and interval, e.g. ``"12.3 meV/Å (11.8 to 12.9)"``."""
    text = " ".join(part for part in (value_text(score), unit_text(score.unit)) if part)
    interval = interval_text(score)
    return f"{text} ({interval})" if interval else text


def unit_text(unit: str) -> str:
    """Return *unit* with raised exponents: ``"cm^-1"`` becomes ``"cm⁻¹"``."""
    return re.sub(r"\^(-?\d+)", lambda match: match[1].translate(_SUPERSCRIPTS), unit)


def prose_text(text: str) -> str:
    """Return a sentence, or a name, with wavenumbers as ``"cm⁻¹"``; nothing else is changed."""
    return text.replace("cm^-1", "cm⁻¹")


def core_time(hours: float) -> tuple[float, str]:
    """Return the factor from hours, and the sign, of the unit in which *hours* are easily read.

    Seconds below six minutes, minutes below two hours, else hours.
    """
    if hours < 0.1:
        return 3600.0, "s"
    return (60.0, "min") if hours < 2.0 else (1.0, "h")


def temperature_text(temperature_k: float | None) -> str:
    """Return e.g. ``"300 K"``, or an empty string for no temperature."""
    return "" if temperature_k is None else f"{temperature_k:g} K"


def listing(parts: Iterable[str]) -> str:
    """Join *parts* as in a sentence: ``"a, b and c"``."""
    *rest, last = parts
    return f"{', '.join(rest)} and {last}" if rest else last


def file_stem(*parts: str) -> str:
    """Return a file name stem that is safe on every system, e.g. ``"methanol-300-K"``."""
    text = unicodedata.normalize("NFKD", "-".join(part for part in parts if part))
    text = re.sub(r"[^A-Za-z0-9+.]+", "-", text.encode("ascii", "ignore").decode())
    stem = text.strip("-.")[:100].rstrip(".") or "unnamed"
    return stem if is_plain_name(stem) else f"name-{stem}"


def unique_stems(stems: Iterable[str]) -> tuple[str, ...]:
    """Return *stems* with a number behind those that come again, letter case ignored.

    Two molecules given by SMILES may differ only in characters that file names cannot carry.
    """
    taken: set[str] = set()
    unique = []
    for stem in stems:
        name, count = stem, 1
        while name.lower() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.lower())
        unique.append(name)
    return tuple(unique)


def finite_or_none(value: Any) -> Any:
    """Return *value*, or None for a number that JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
