"""Harmonic frequencies of models beside those of their reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vibench.core.molecules import Array
from vibench.report.formatting import number_text
from vibench.report.results import ModesEntry
from vibench.report.table import Cell, Column, Table


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyErrors:
    """Deviations of the harmonic frequencies of one model, all molecules together."""

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
        if entry.role != "model" or reference is None:
            continue
        differences = frequency_differences(entry, reference)
        if differences is not None:
            frequencies = reference.modes.frequencies_cm1[_partner(entry)]
            found = (frequencies, differences, entry.molecule)
            collected.setdefault(entry.source, []).append(found)
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
    of modes is listed without differences.
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
    ordered = sorted(entries, key=lambda entry: (entry is not reference, entry.role == "model"))
    rows = max(len(entry.modes.frequencies_cm1) for entry in ordered)
    columns = [Column("mode", decimals=0)]
    cells: list[list[Cell]] = [list(range(1, rows + 1))]
    notes = []
    for entry in ordered:
        columns.append(Column(entry.source, "cm^-1", decimals=1))
        order = np.argsort(_partner(entry), kind="stable")
        cells.append(_column(entry.modes.frequencies_cm1[order], rows))
        if reference is not None and entry is not reference:
            differences = frequency_differences(entry, reference)
            if differences is not None:
                columns.append(Column(f"{entry.source}: difference", "cm^-1", decimals=1))
                cells.append(_column(differences[order], rows))
                error = number_text(float(np.abs(differences).mean()))
                notes.append(f"Mean absolute difference of {entry.source}: {error} cm⁻¹.")
        if entry.overlap is not None:
            columns.append(Column(f"{entry.source}: overlap", decimals=2))
            cells.append(_column(entry.overlap[order], rows))
        columns.append(Column(f"{entry.source}: intensity", "km/mol", decimals=1))
        cells.append(_column(entry.modes.intensities[order], rows))
        if not entry.modes.outcome.finished:
            notes.append(f"{entry.source}: {entry.modes.outcome.reason}.")
    if reference is not None and len(ordered) > 1:
        notes.insert(0, f"Differences are from {reference.source}, {_pairing(ordered)}.")
    return Table(
        name=f"frequencies-{molecule}",
        title=f"Harmonic frequencies of {molecule}",
        caption=" ".join(notes),
        section="harmonic",
        columns=tuple(columns),
        rows=tuple(zip(*cells, strict=True)),
    )


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
