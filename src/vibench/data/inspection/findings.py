"""What an inspection says, and the unit mistakes it can recognise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vibench.core.units import BOHR, DIPOLE_UNITS, ENERGY_UNITS, FORCE_UNITS

type Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about a data set."""

    level: Level
    """info: a fact; warning: look at it; error: training on these data would be wrong."""
    name: str
    """Short name of the fact or fault, e.g. ``"gradients-as-forces"``."""
    message: str
    """The finding in a sentence, with its numbers and what to do."""
    value: float | None = None
    """The number behind the verdict, if there is one."""


def energy_mistakes() -> dict[str, float]:
    """Return energy-unit mistakes in words → factor by which labels come out too large."""
    return {
        f"numbers in {true} declared as {declared}": ENERGY_UNITS[declared] / ENERGY_UNITS[true]
        for true in ENERGY_UNITS
        for declared in ENERGY_UNITS
        if true != declared
    }


def force_mistakes() -> dict[str, float]:
    """Return force-unit mistakes in words → factor by which labels come out too large."""
    hartree_per_bohr = FORCE_UNITS["hartree/bohr"]
    return {
        **energy_mistakes(),
        "numbers per bohr declared as per angstrom": BOHR,
        "numbers per angstrom declared as per bohr": 1 / BOHR,
        "numbers in hartree/bohr declared as eV/angstrom": 1 / hartree_per_bohr,
        "numbers in eV/angstrom declared as hartree/bohr": hartree_per_bohr,
    }


def dipole_mistakes() -> dict[str, float]:
    """Return dipole-unit mistakes in words → factor: 0.3934, 2.5417, 4.803, 0.2082, and bohr."""
    return {
        f"numbers in {true} declared as {declared}": DIPOLE_UNITS[declared] / DIPOLE_UNITS[true]
        for true in DIPOLE_UNITS
        for declared in DIPOLE_UNITS
        if true != declared
    }


def explain(factor: float, mistakes: Mapping[str, float], tolerance: float) -> str:
    """Return the one or two mistakes that explain a *factor* best, in words, or an empty string.

    Parameters
    ----------
    factor : label over truth, positive
    mistakes : words → factor
    tolerance : largest deviation in the natural logarithm of the factor
    """
    distance = {words: abs(math.log(factor / size)) for words, size in mistakes.items()}
    near = [
        words
        for words in sorted(distance, key=distance.__getitem__)
        if distance[words] < min(tolerance, abs(math.log(factor)))
    ]
    return " or ".join(f"{words} (factor {mistakes[words]:.4g})" for words in near[:2])
