"""The explorer: all spectra and vibrations of a study in one figure with choosers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vibench.report.formatting import temperature_text, unit_text
from vibench.report.motions import motion
from vibench.report.overlays import Curve, Overlay, Sticks, build_overlays
from vibench.report.packing import Store, packed
from vibench.report.palette import style_data
from vibench.report.results import ModesEntry, StudyResults


@dataclass(frozen=True, slots=True)
class Case:
    """One molecule at one temperature: what the figure shows at a time."""

    molecule: str
    """Name of the molecule."""
    temperature_k: float | None
    """Temperature in K, if any."""


@dataclass(frozen=True, slots=True)
class Explorer:
    """The figure of spectra: its cases, and the data that its script draws."""

    cases: tuple[Case, ...]
    """What can be chosen, in order of first appearance."""
    data: Mapping[str, Any]
    """Data of all cases in JSON form."""
    moves: bool
    """Whether there is a normal mode that can be shown in motion."""

    @property
    def molecules(self) -> tuple[str, ...]:
        """Names of the molecules."""
        return tuple(dict.fromkeys(case.molecule for case in self.cases))


NO_SPECTRA: Final = Explorer(cases=(), data={"cases": [], "motions": {}, "arrays": []}, moves=False)
"""What a page without spectra has instead."""


def build_explorer(results: StudyResults) -> Explorer:
    """Return the explorer; without spectra it has harmonic lines, or no case at all."""
    store = Store()
    overlays = build_overlays(results)
    cases = [Case(overlay.molecule, overlay.temperature_k) for overlay in overlays]
    cards = [_case_data(overlay, store) for overlay in overlays]
    motions = _motions(results.modes, store)
    return Explorer(
        cases=tuple(cases),
        data={"cases": cards, "motions": motions, "arrays": store.texts},
        moves=any(motions.values()),
    )


def _case_data(overlay: Overlay, store: Store) -> dict[str, Any]:
    temperature = temperature_text(overlay.temperature_k)
    title = ", ".join(part for part in (overlay.molecule, temperature) if part)
    drawn = [curve.label for curve in overlay.curves if curve.primary]
    return {
        "molecule": overlay.molecule,
        "temperature": temperature,
        "description": f"Infrared spectra of {title}: {'; '.join(drawn)}." if drawn else title,
        "unit": unit_text(overlay.unit),
        "note": overlay.lines_note,
        "curves": [_curve_data(curve, store) for curve in overlay.curves],
        "sticks": [_stick_data(sticks) for sticks in overlay.sticks],
    }


def _curve_data(curve: Curve, store: Store) -> dict[str, Any]:
    error = curve.standard_error if curve.primary else None
    return {
        "label": curve.label,
        "group": curve.group,
        **style_data(curve.style),
        "primary": curve.primary,
        "reference": curve.reference,
        "x": store.grid(curve.wavenumber_cm1),
        "y": store.curve(curve.intensity),
        "error": None if error is None else store.curve(error),
    }


def _stick_data(sticks: Sticks) -> dict[str, Any]:
    return {
        "label": sticks.label,
        "group": sticks.group,
        **style_data(sticks.style),
        "x": packed(sticks.frequencies_cm1),
        "y": packed(sticks.intensities),
        "height": packed(sticks.heights),
    }


def _motions(entries: Sequence[ModesEntry], store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return molecule → motions of each source, the reference's first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in sorted(entries, key=lambda entry: entry.role in ("model", "member")):
        moving = motion(entry, store)
        if moving is not None:
            found.setdefault(entry.molecule, []).append(moving)
    return found
