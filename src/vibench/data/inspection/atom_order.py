"""Which two atoms were exchanged, if forces do not resemble those of a reference method."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Protocol

import numpy as np
from ase.data import chemical_symbols

from vibench.core.dataset import Dataset, subset
from vibench.core.molecules import Array
from vibench.core.protocols import Potential
from vibench.data.completeness import lost_frames
from vibench.data.inspection.findings import Finding
from vibench.data.inspection.groups import group_molecules

RESTORED = 0.3
"""Share of the missing correlation that may be left after the right exchange."""
MOST_ATOMS = 16
"""Atoms up to which all exchanges of two are tried."""
STRUCTURES_TRIED = 6
"""Structures on which exchanges are tried."""


class HasCorrelation(Protocol):
    """A comparison of forces."""

    @property
    def correlation(self) -> float:
        """Cosine between label and reference."""


type Compare = Callable[[Dataset, Dataset], HasCorrelation | None]


def atom_order_findings(
    labelled: Dataset, predicted: Dataset, reference: Potential, compare: Compare
) -> list[Finding]:
    """Return the exchange of two atoms after which forces are those of the *reference*, if any.

    Tries for each pair of atoms of the first molecule whether exchanging them among the forces,
    the elements or the positions restores the likeness.
    """
    index = group_molecules(labelled)[0].index[:STRUCTURES_TRIED]
    few, few_predicted = subset(labelled, index), subset(predicted, index)
    start = _correlation(compare, few, few_predicted)
    best, words = start, ""
    for trial, trial_predicted, label in _exchanges(few, few_predicted, reference):
        correlation = _correlation(compare, trial, trial_predicted)
        if correlation > best:
            best, words = correlation, label
    if 1 - best > RESTORED * (1 - start):
        return []
    text = (
        f"forces do not resemble those of {reference.name} (correlation {start:.2f}), but do "
        f"({best:.2f}) after exchanging {words}: wrong order of atoms"
    )
    return [Finding("error", "atom-order", text, best)]


def _correlation(compare: Compare, labelled: Dataset, predicted: Dataset) -> float:
    found = None if lost_frames(predicted).size else compare(labelled, predicted)
    return -1.0 if found is None else found.correlation


def _exchanges(
    labelled: Dataset, predicted: Dataset, reference: Potential
) -> Iterator[tuple[Dataset, Dataset, str]]:
    """Yield, for each exchange, data set and prediction after it, and the exchange in words."""
    molecules, properties = labelled.molecules, labelled.properties
    forces = np.asarray(properties.forces)
    atoms = molecules.n_atoms // len(molecules)
    if atoms > MOST_ATOMS:
        return
    symbols = [chemical_symbols[z] for z in molecules.numbers[:atoms]]
    for first, second in combinations(range(atoms), 2):
        pair = f"atoms {first} ({symbols[first]}) and {second} ({symbols[second]})"
        order = _exchange(atoms, first, second, len(molecules))
        changed = replace(labelled, properties=replace(properties, forces=forces[order]))
        yield changed, predicted, f"the forces of {pair}"
        if symbols[first] == symbols[second]:
            continue
        for words, moved in (
            ("the elements", replace(molecules, numbers=molecules.numbers[order])),
            ("the positions", replace(molecules, positions=molecules.positions[order])),
        ):
            again = replace(predicted, molecules=moved, properties=reference(moved))
            yield replace(labelled, molecules=moved), again, f"{words} of {pair}"


def _exchange(atoms: int, first: int, second: int, copies: int) -> Array:
    order = np.arange(atoms)
    order[[first, second]] = second, first
    return np.asarray((np.arange(copies)[:, None] * atoms + order).ravel())
