"""Dataset: molecules with reference labels."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate, select
from vibench.core.properties import (
    Properties,
    check_shapes,
    concatenate_properties,
    select_properties,
)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Structures, their reference labels, and where both come from."""

    molecules: Molecules[Array]
    """One entry per labelled structure."""
    properties: Properties[Array]
    """The reference labels; NaN in all its numbers where a structure lacks one."""
    level_of_theory: str
    """Method and basis of the labels, as a chemist would write it."""
    trajectory_index: Array
    """(structures,) the sampling trajectory a structure was taken from; structures of one
    trajectory are ordered in time. Every independent structure has a number of its own."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Free facts: source file, its checksum, citation."""

    def __post_init__(self) -> None:
        check_shapes(self.properties, self.molecules)
        if self.trajectory_index.shape != (len(self.molecules),):
            raise InputError(
                f"trajectory_index has shape {self.trajectory_index.shape}, "
                f"expected ({len(self.molecules)},)"
            )

    def __len__(self) -> int:
        return len(self.molecules)

    @property
    def checksum(self) -> str:
        """SHA-256 over structures and labels, independent of the file they came from."""
        digest = hashlib.sha256(self.level_of_theory.encode())
        digest.update("\0".join(self.molecules.names).encode())
        for part in (self.molecules, self.properties):
            _update(digest, part)
        return digest.hexdigest()


def _update(digest: Any, part: Any) -> None:
    for item in fields(part):
        value = getattr(part, item.name)
        if isinstance(value, np.ndarray):
            digest.update(item.name.encode())
            digest.update(np.ascontiguousarray(value).tobytes())


def subset(dataset: Dataset, index: ArrayLike) -> Dataset:
    """Return the structures at the positions *index* as a data set of their own."""
    index = np.atleast_1d(np.asarray(index, dtype=np.int64))
    return Dataset(
        molecules=select(dataset.molecules, index),
        properties=select_properties(dataset.properties, dataset.molecules, index),
        level_of_theory=dataset.level_of_theory,
        trajectory_index=dataset.trajectory_index[index],
        provenance=dataset.provenance,
    )


def join(datasets: list[Dataset]) -> Dataset:
    """Join data sets of one level of theory; trajectories stay distinct.

    Raises
    ------
    InputError
        If levels of theory differ: their energies cannot be learned together.
    """
    levels = sorted({dataset.level_of_theory for dataset in datasets})
    if len(levels) != 1:
        raise InputError(f"cannot join data of different levels of theory: {', '.join(levels)}")
    shifted, start = [], 0
    for dataset in datasets:
        shifted.append(dataset.trajectory_index + start)
        start += int(dataset.trajectory_index.max(initial=-1)) + 1
    return Dataset(
        molecules=concatenate([dataset.molecules for dataset in datasets]),
        properties=concatenate_properties([dataset.properties for dataset in datasets]),
        level_of_theory=levels[0],
        trajectory_index=np.concatenate(shifted),
        provenance={key: text for dataset in datasets for key, text in dataset.provenance.items()},
    )
