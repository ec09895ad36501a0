"""Harmonic frequencies of models beside those of their reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vibench.core.molecules import Array
from vibench.report.failed_modes import FAILED
from vibench.report.formatting import number_text, prose_text
from vibench.report.results import ModesEntry
from vibench.report.table import Cell, Column, Table
from vibench.statistics.estimates import mean_estimate


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyErrors:
    """Deviations of the harmonic frequencies of one model, all molecules and trainings together.

    Modes that failed (`vibench.report.failed_modes`) are not among them.
    """

    model: str
    """Name of the model."""
    frequencies_cm1: Array
    """(modes,) frequencies of the reference in cm⁻¹."""
    differences_cm1: Array
    """(modes,) model minus reference in cm⁻¹."""
    molecules: tuple[str, ...]
    """(modes,) molecule of each mode."""


def frequency_errors(entries: Sequence[ModesEntry]) -> tuple[FrequencyErrors, ...]:
    """Return the deviations of each model from the reference, modes matched where they can be."""
    collected: dict[str, list[tuple[Array, Array, str]]] = {}
    for entry in entries:
        reference = reference_of(e for e in entries if e.molecule == entry.molecule)
        if entry.role not in ("model", "member") or reference is None:
            continue
        if not (entry.modes.outcome.finished and reference.modes.outcome.finished):
            continue
        differences = frequency_differences(entry, reference)
        if differences is not None:
            frequencies = reference.modes.frequencies_cm1[_partner(entry)]
            found = (frequencies, differences, entry.molecule)
            collected.setdefault(entry.model, []).append(found)
    return tuple(
        FrequencyErrors(
            model=model,
            frequencies_cm1=np.concatenate([frequencies for frequencies, _, _ in parts]),
            differences_cm1=np.concatenate([differences for _, differences, _ in parts]),
            molecules=tuple(name for _, values, name in parts for _ in values),
        )
        for model, parts in collected.items()
    )


def frequency_tables(entries: Sequence[ModesEntry]) -> tuple[Table, ...]:
    """Return, for each molecule, its modes by the reference and by each model.

    Modes of a model stand in the rows of those modes of the reference that they are, by overlap
    of eigenvectors, or in order of frequency where that is not known. A source with another number
    of modes is listed without differences. A model trained with several seeds is listed with means.
    """
    molecules = dict.fromkeys(entry.molecule for entry in entries)
    return tuple(
        _table(molecule, [entry for entry in entries if entry.molecule == molecule])
        for molecule in molecules
    )


def frequency_differences(model: ModesEntry, reference: ModesEntry) -> Array | None:
    """Return (modes,) model minus reference in cm⁻¹, or None if the modes cannot be paired.

    In the order of the model's modes.
    """
    ours, theirs = model.modes.frequencies_cm1, reference.modes.frequencies_cm1
    return ours - theirs[_partner(model)] if len(ours) == len(theirs) and len(ours) else None


def reference_of(entries: Iterable[ModesEntry]) -> ModesEntry | None:
    """Return the modes that models are compared with: the reference's, else measured ones."""
    ranked = sorted(
        (entry for entry in entries if entry.role in ("reference", "measured")),
        key=lambda entry: entry.role == "measured",
    )
    return ranked[0] if ranked else None


def _table(molecule: str, entries: list[ModesEntry]) -> Table:
    reference = reference_of(entries)
    ordered = sorted(entries, key=lambda e: (e is not reference, e.role in ("model", "member")))
    sources: dict[str, list[ModesEntry]] = {}
    for entry in ordered:
        sources.setdefault(entry.model, []).append(entry)
    rows = max(len(entry.modes.frequencies_cm1) for entry in ordered)
    columns = [Column("mode", decimals=0)]
    cells: list[list[Cell]] = [list(range(1, rows + 1))]
    notes = []
    for name, members in sources.items():
        for column, values in _columns(name, members, reference):
            columns.append(column)
            cells.append(_column(values, rows))
        notes += _notes(name, members, reference)
    if reference is not None and len(sources) > 1:
        notes.insert(0, f"Differences are from {reference.source}, {_pairing(ordered)}.")
    if any(len(members) > 1 for members in sources.values()):
        notes.append(
            "Of models trained with several seeds: means, ± half of the 95 % interval over seeds, "
            "and the lowest overlap."
        )
    return Table(
        name=f"frequencies-{molecule}",
        title=f"Harmonic frequencies of {molecule}",
        caption=" ".join(notes),
        section="harmonic",
        columns=tuple(columns),
        rows=tuple(zip(*cells, strict=True)),
    )


def _columns(
    name: str, members: list[ModesEntry], reference: ModesEntry | None
) -> list[tuple[Column, Array]]:
    """Return the columns of one source; of several trainings, of means over those alike.

    Trainings that failed are left out; a source of which all did has no differences.
    """
    finished = [entry for entry in members if entry.modes.outcome.finished]
    members = finished or members
    modes = len(members[0].modes.frequencies_cm1)
    alike = [entry for entry in members if len(entry.modes.frequencies_cm1) == modes]
    orders = [np.argsort(_partner(entry), kind="stable") for entry in alike]

    def in_order(values: Iterable[Array]) -> Array:
        return np.array([own[order] for own, order in zip(values, orders, strict=True)])

    frequencies = in_order(entry.modes.frequencies_cm1 for entry in alike)
    title = name if finished else f"{name} ({FAILED})"
    columns = [(Column(title, "cm^-1", decimals=1), frequencies.mean(axis=0))]
    if len(alike) > 1:
        halves = [_half_interval(values) for values in frequencies.T]
        columns.append((Column(f"{name}: ±", "cm^-1", decimals=1), np.array(halves)))
    if reference is not None and members[0] is not reference and finished:
        found = [frequency_differences(entry, reference) for entry in alike]
        known = [one for one in found if one is not None]
        if len(known) == len(found):
            difference = Column(f"{name}: difference", "cm^-1", decimals=1)
            columns.append((difference, in_order(known).mean(axis=0)))
    overlaps = [entry.overlap for entry in alike if entry.overlap is not None]
    if len(overlaps) == len(alike):
        columns.append((Column(f"{name}: overlap", decimals=2), in_order(overlaps).min(axis=0)))
    intensities = in_order(entry.modes.intensities for entry in alike).mean(axis=0)
    return [*columns, (Column(f"{name}: intensity", "km/mol", decimals=1), intensities)]


def _half_interval(values: Array) -> float:
    interval = mean_estimate(values).interval()
    return float("nan") if interval is None else (interval.high - interval.low) / 2


def _notes(name: str, members: list[ModesEntry], reference: ModesEntry | None) -> list[str]:
    notes = []
    if reference is not None and members[0] is not reference:
        finished = [entry for entry in members if entry.modes.outcome.finished]
        found = [frequency_differences(entry, reference) for entry in finished]
        errors = [float(np.abs(one).mean()) for one in found if one is not None]
        if errors:
            error = number_text(float(np.mean(errors)))
            notes.append(f"Mean absolute difference of {name}: {error} cm⁻¹.")
    notes += [
        f"{entry.source} {FAILED}: {prose_text(entry.modes.outcome.reason)}."
        for entry in members
        if not entry.modes.outcome.finished
    ]
    return notes


def _partner(entry: ModesEntry) -> Array:
    """Return (modes,) the index of the reference's mode that each mode is compared with."""
    return np.arange(len(entry.modes.frequencies_cm1)) if entry.partner is None else entry.partner


def _pairing(entries: Iterable[ModesEntry]) -> str:
    if any(entry.partner is not None for entry in entries):
        return "modes matched by overlap of their eigenvectors (1: the same motion)"
    return "modes in order of frequency"


def _column(values: Array, rows: int) -> list[Cell]:
    listed: list[Cell] = [float(value) for value in values]
    return listed + [None] * (rows - len(listed))
