"""Structures whose positions and labels are all finite numbers, and those where one is not."""

from dataclasses import replace

import numpy as np

from vibench.core.dataset import Dataset, subset
from vibench.core.molecules import Array
from vibench.core.properties import PER_ATOM
from vibench.data.raw import LABELS


def incomplete_frames(dataset: Dataset) -> dict[str, Array]:
    """Return, for positions and each label, the structures in which it is not a finite number.

    Names without such structures are left out.
    """
    molecules = dataset.molecules
    found: dict[str, Array] = {}
    for name in ("positions", *LABELS):
        value = getattr(molecules if name == "positions" else dataset.properties, name)
        if value is None:
            continue
        bad = ~np.isfinite(value).reshape(len(value), -1).all(axis=1)
        per_atom = name == "positions" or name in PER_ATOM
        rows = np.unique(molecules.molecule_index[bad]) if per_atom else np.flatnonzero(bad)
        if rows.size:
            found[name] = rows
    return found


def missing_labels(dataset: Dataset) -> dict[str, Array]:
    """Return, for each label that some structures lack, the positions of these structures.

    A label is missing where all its numbers are NaN.
    """
    count, index = len(dataset), dataset.molecules.molecule_index
    found: dict[str, Array] = {}
    for name in LABELS:
        value = getattr(dataset.properties, name)
        if value is None:
            continue
        known = ~np.isnan(value).reshape(len(value), -1).all(axis=1)
        if name in PER_ATOM:
            known = np.bincount(index, known, minlength=count) > 0
        if not known.all():
            found[name] = np.flatnonzero(~known)
    return found


def lost_frames(dataset: Dataset) -> Array:
    """Return the ascending positions of all structures in which some number is not finite."""
    gaps = list(incomplete_frames(dataset).values())
    return np.unique(np.concatenate(gaps)) if gaps else np.zeros(0, np.int64)


def with_gaps(dataset: Dataset) -> Dataset:
    """Return the data set with every label that is not wholly finite set to NaN: it is missing."""
    gaps, index = incomplete_frames(dataset), dataset.molecules.molecule_index
    labels = {}
    for name, rows in gaps.items():
        labels[name] = value = getattr(dataset.properties, name).copy()
        value[np.isin(index, rows) if name in PER_ATOM else rows] = np.nan
    return replace(dataset, properties=replace(dataset.properties, **labels)) if gaps else dataset


def without(dataset: Dataset, lost: Array) -> Dataset:
    """Return the data set without the structures at the positions *lost*."""
    return subset(dataset, np.setdiff1d(np.arange(len(dataset)), lost))
