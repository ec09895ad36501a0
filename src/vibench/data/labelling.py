"""Labels of a reference method for given structures, in pieces that can be kept and resumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, select
from vibench.core.properties import Properties, concatenate_properties
from vibench.core.protocols import Potential, Progress, Silent, missing_outputs
from vibench.data.completeness import lost_frames, without

LABEL_NAMES = ("energy", "forces", "dipole")
"""What is kept of the answer of a reference method."""


def label(
    molecules: Molecules[Array],
    potential: Potential,
    trajectory_index: Array,
    *,
    level_of_theory: str,
    outputs: Sequence[str] = LABEL_NAMES,
    chunk_size: int = 64,
    done: Sequence[Properties[Array]] = (),
    keep: Callable[[Properties[Array]], None] | None = None,
    progress: Progress | None = None,
    provenance: Mapping[str, str] | None = None,
) -> Dataset:
    """Label structures chunk by chunk; labels that failed are NaN, see `filter_failed`.

    The chunks handed to *keep* in an interrupted run, given back as *done*, are all that a later
    run needs to continue. A potential that pools processes divides each chunk over them.

    Parameters
    ----------
    molecules : the structures
    potential : the reference method
    trajectory_index : (structures,) as in `Dataset`
    level_of_theory : of the labels
    outputs : names of the properties to keep
    chunk_size : structures per call of the potential
    done : labels of the first chunks, from an earlier run with the same *chunk_size*
    keep : called with the labels of each new chunk
    progress : display of structures done
    provenance : facts to go into the data set

    Raises
    ------
    InputError
        If the potential does not predict all *outputs*, or *done* belongs to other chunks.
    """
    missing = missing_outputs(potential, outputs)
    if missing:
        raise InputError(
            f"{potential.name} cannot label {', '.join(missing)}; choose a method that does"
        )
    progress = progress or Silent()
    count = len(molecules)
    chunks = [np.arange(count)[start : start + chunk_size] for start in range(0, count, chunk_size)]
    parts = list(done)
    _check_done(parts, chunks)
    progress.update(min(len(parts) * chunk_size, count), count, unit="structures")
    for chunk in chunks[len(parts) :]:
        found = potential(select(molecules, chunk))
        parts.append(Properties(**{name: getattr(found, name) for name in outputs}))
        if keep is not None:
            keep(parts[-1])
        progress.update(int(chunk[-1]) + 1, count, unit="structures")
    return Dataset(
        molecules=molecules,
        properties=concatenate_properties(parts),
        level_of_theory=level_of_theory,
        trajectory_index=np.asarray(trajectory_index),
        provenance=dict(provenance or {}),
    )


def filter_failed(dataset: Dataset) -> tuple[Dataset, int]:
    """Return the structures whose labels are all finite, and how many were left out.

    Raises
    ------
    InputError
        If no structure is left.
    """
    lost = lost_frames(dataset)
    if not lost.size:
        return dataset, 0
    if len(lost) == len(dataset):
        raise InputError(
            f"the reference method failed for all {len(dataset)} structures; check charge, "
            "unpaired electrons and geometries"
        )
    kept = without(dataset, lost)
    provenance = {**kept.provenance, "structures failed": str(len(lost))}
    return replace(kept, provenance=provenance), len(lost)


def _check_done(parts: Sequence[Properties[Array]], chunks: Sequence[Array]) -> None:
    sizes = [len(part.energy) for part in parts if part.energy is not None]
    expected = [len(chunk) for chunk in chunks[: len(parts)]]
    if len(parts) > len(chunks) or (sizes and sizes != expected):
        raise InputError(
            f"labels of an earlier run come in chunks of {sizes[:5]} structures, expected "
            f"{expected[:5]}; they belong to other structures or another chunk size"
        )
