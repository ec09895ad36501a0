"""Predictions for many structures, batch by batch."""

from vibench.core.molecules import Array, Molecules, atom_counts, select
from vibench.core.properties import Properties, concatenate_properties
from vibench.core.protocols import Potential, Progress

_ATOMS_PER_BATCH = 2048


def predict_in_batches(
    potential: Potential, molecules: Molecules[Array], progress: Progress
) -> Properties[Array]:
    """Predict the properties of all *molecules* in batches of bounded size."""
    parts, start, counts = [], 0, atom_counts(molecules)
    while start < len(molecules):
        stop = start + 1
        while stop < len(molecules) and counts[start : stop + 1].sum() <= _ATOMS_PER_BATCH:
            stop += 1
        parts.append(potential(select(molecules, range(start, stop))))
        start = stop
        progress.update(start, len(molecules), unit="structures")
    return concatenate_properties(parts)
