"""Which spectra share a plot, on which scale, and under which name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vibench.core.molecules import Array
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.report.failed_modes import left_out
from vibench.report.formatting import listing
from vibench.report.palette import Style, assign_styles
from vibench.report.results import (
    ModesEntry,
    SpectrumEntry,
    StudyResults,
    source_roles,
)

SHOWN_CM1 = (0.0, 5000.0)
"""Range that plots carry; files hold the whole spectrum."""

_BROADENED = "harmonic, broadened"
_ASIDE = ("reference repeat", "member")


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One spectrum, ready to be drawn."""

    label: str
    """Name of the curve."""
    group: str
    """Text of the legend; what has the same text is switched on and off together."""
    style: Style
    """Colour and line."""
    primary: bool
    """Whether it is shown from the start; repeats, single seeds and, beside bands of dynamics,
    broadened sticks wait in the legend."""
    reference: bool
    """Whether others are judged by it: differences are from the first such curve."""
    wavenumber_cm1: Array
    """(points,) wavenumbers in cm⁻¹."""
    intensity: Array
    """(points,) intensity in the unit of the overlay; NaN in gaps."""
    standard_error: Array | None
    """(points,) standard error in the same unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Sticks:
    """Harmonic lines of one source."""

    label: str
    """Name of the lines."""
    group: str
    """Text of the legend, shared with the bands of the same source."""
    style: Style
    """Colour and line."""
    frequencies_cm1: Array
    """(modes,) harmonic wavenumbers in cm⁻¹."""
    intensities: Array
    """(modes,) intensities in km/mol."""
    heights: Array
    """(modes,) heights to draw from 0 to 1: intensities over the strongest of the scale, cut at 1;
    NaN where the intensity is."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """All that is drawn for one molecule at one temperature."""

    molecule: str
    """Name of the molecule."""
    temperature_k: float | None
    """Temperature in K, if any."""
    unit: str
    """Unit of all curves."""
    curves: tuple[Curve, ...]
    """Spectra, the reference first."""
    sticks: tuple[Sticks, ...]
    """Harmonic lines, the reference first."""
    lines_note: str = ""
    """How the lines are scaled, and whose are left out; empty without lines."""


def build_overlays(results: StudyResults) -> tuple[Overlay, ...]:
    """Return one overlay per molecule and temperature, in order of first appearance.

    Spectra without a temperature (harmonic, measured) join every overlay of their molecule. A
    molecule without spectra has an overlay of its harmonic lines alone.
    """
    styles = assign_styles(source_roles(results))
    overlays = []
    entries: tuple[SpectrumEntry | ModesEntry, ...] = (*results.spectra, *results.modes)
    for molecule in dict.fromkeys(entry.molecule for entry in entries):
        spectra = [entry for entry in results.spectra if entry.molecule == molecule]
        modes = [entry for entry in results.modes if entry.molecule == molecule]
        sticks = _sticks(modes, styles)
        note = _lines_note(modes, sticks)
        temperatures = dict.fromkeys(
            entry.temperature_k for entry in spectra if entry.temperature_k is not None
        )
        for temperature_k in temperatures or [None]:
            chosen = [e for e in spectra if e.temperature_k in (None, temperature_k)]
            if chosen or sticks:
                overlay = _overlay(molecule, temperature_k, chosen, sticks, styles)
                overlays.append(replace(overlay, lines_note=note))
    return tuple(overlays)


def _overlay(
    molecule: str,
    temperature_k: float | None,
    entries: list[SpectrumEntry],
    sticks: tuple[Sticks, ...],
    styles: dict[str, Style],
) -> Overlay:
    entries = sorted(filter(_is_seen, entries), key=_drawing_order)
    by_unit = sorted(entries, key=lambda entry: entry.spectrum.unit != ABSOLUTE)
    anchor = by_unit[0].spectrum if by_unit else None
    own = [entry for entry in entries if entry.role not in _ASIDE]
    simulated = any(entry.kind == "md" and entry.role != "measured" for entry in own)
    primary = [entry for entry in own if entry.kind == "md" or not simulated]
    return Overlay(
        molecule=molecule,
        temperature_k=temperature_k,
        unit=anchor.unit if anchor else ABSOLUTE,
        curves=tuple(
            _curve(e, anchor, styles[e.model], primary=e in primary) for e in entries if anchor
        ),
        sticks=sticks,
    )


def _is_seen(entry: SpectrumEntry) -> bool:
    grid, (low, high) = entry.spectrum.wavenumber_cm1, SHOWN_CM1
    return bool(np.any((grid >= low) & (grid <= high)))


def _drawing_order(entry: SpectrumEntry) -> tuple[bool, int]:
    parts = ("reference", "model", "measured", "reference repeat", "member")
    return entry.kind == "harmonic", parts.index(entry.role)


def _curve(entry: SpectrumEntry, anchor: Spectrum, style: Style, *, primary: bool) -> Curve:
    spectrum = entry.spectrum
    label, aside = entry.source, entry.role in _ASIDE
    if entry.role == "reference repeat":
        label += ", second run"
    if entry.kind == "harmonic":
        label += ", harmonic"
    factor = 1.0
    if spectrum.unit != anchor.unit:
        factor = _area_factor(spectrum, anchor)
        label += " (scaled to equal area)"
    group = entry.source if entry.kind == "harmonic" else label
    if entry.kind == "harmonic" and not primary:
        group = _BROADENED
    elif entry.role == "member":
        group = f"{entry.model}, single seeds"
    low, high = SHOWN_CM1
    shown = (spectrum.wavenumber_cm1 >= low) & (spectrum.wavenumber_cm1 <= high)
    grid = spectrum.wavenumber_cm1[shown]
    holes, middles = _gaps(spectrum, grid)
    intensity = factor * spectrum.intensity[shown]
    error = spectrum.standard_error
    return Curve(
        label=label,
        group=group,
        style=replace(style, dash="dot") if aside or entry.kind == "harmonic" else style,
        primary=primary,
        reference=entry.role == "reference" and primary,
        wavenumber_cm1=np.insert(grid, holes, middles),
        intensity=np.insert(intensity, holes, np.nan),
        standard_error=None if error is None else np.insert(factor * error[shown], holes, np.nan),
    )


def _gaps(spectrum: Spectrum, grid: Array) -> tuple[Array, Array]:
    """Return places and wavenumbers of points without a value, which interrupt the line in gaps."""
    if spectrum.gaps_cm1 is None:
        return np.array([], dtype=int), np.array([])
    low, high = spectrum.gaps_cm1.T
    inside = (low >= grid[0]) & (high <= grid[-1])
    return np.searchsorted(grid, high[inside]), (low[inside] + high[inside]) / 2


def _area_factor(spectrum: Spectrum, anchor: Spectrum) -> float:
    """Return the factor that gives *spectrum* the area of *anchor* where both are known."""
    low = max(spectrum.wavenumber_cm1[0], anchor.wavenumber_cm1[0])
    high = min(spectrum.wavenumber_cm1[-1], anchor.wavenumber_cm1[-1])
    areas = []
    for one in (anchor, spectrum):
        inside = (one.wavenumber_cm1 >= low) & (one.wavenumber_cm1 <= high)
        absorption = np.clip(one.intensity[inside], 0, None)
        areas.append(float(np.trapezoid(absorption, one.wavenumber_cm1[inside])))
    target, area = areas
    return target / area if area > 0 and target > 0 else 1.0


def _sticks(entries: Sequence[ModesEntry], styles: dict[str, Style]) -> tuple[Sticks, ...]:
    """Return the lines of each source; those of all trainings of one model stand together.

    Modes that failed are left out: lines of another molecule, or of no minimum, are none of this.
    """
    ordered = sorted(entries, key=lambda entry: entry.role in ("model", "member"))
    parts: dict[str, list[ModesEntry]] = {}
    for entry in ordered:
        known = np.any(np.isfinite(entry.modes.intensities))
        if len(entry.modes.frequencies_cm1) and known and entry.modes.outcome.finished:
            parts.setdefault(entry.model, []).append(entry)
    scale = _strongest(parts)
    return tuple(
        Sticks(
            label=f"{model}, harmonic",
            group=model,
            style=styles[model],
            frequencies_cm1=np.concatenate([entry.modes.frequencies_cm1 for entry in own]),
            intensities=(lines := np.concatenate([entry.modes.intensities for entry in own])),
            heights=np.clip(lines / scale, 0.0, 1.0),
        )
        for model, own in parts.items()
    )


def _strongest(parts: Mapping[str, Sequence[ModesEntry]]) -> float:
    """Return the intensity in km/mol that is drawn at full height.

    It is that of the strongest line of the reference; without one, the median over sources.
    """
    strongest = {
        name: max(float(np.nanmax(entry.modes.intensities)) for entry in own)
        for name, own in parts.items()
    }
    scales = [strongest[name] for name, own in parts.items() if own[0].role == "reference"]
    scale = float(np.median(scales or list(strongest.values()))) if strongest else 0.0
    return scale if scale > 0 else 1.0


def _lines_note(entries: Sequence[ModesEntry], sticks: Sequence[Sticks]) -> str:
    """Say how lines are scaled, how many are cut off, and whose are left out."""
    if not sticks:
        return left_out(entries)
    references = [entry.source for entry in entries if entry.role == "reference"]
    shown = [one.group for one in sticks]
    of = next((name for name in references if name in shown), None)
    whose = f"of {of}" if of else "of a typical source"
    text = f"Full height of the harmonic lines is the strongest one {whose}"
    cut = [one.group for one in sticks if one.group != of and np.any(one.heights >= 1.0)]
    text += f"; stronger ones, of {listing(cut)}, are cut there." if cut else "."
    return f"{text} {left_out(entries)}".rstrip()
