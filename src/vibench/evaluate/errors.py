"""Errors of energies, forces and dipoles with intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import Array, atom_counts
from vibench.core.properties import Properties
from vibench.core.score import Score
from vibench.core.streams import generator
from vibench.core.units import DEBYE
from vibench.statistics.bootstrap import block_bootstrap

BLOCK_LENGTH: Final = 20
"""Successive structures of one sampling trajectory that are drawn together, if not said."""


@dataclass(frozen=True, slots=True)
class _Errors:
    """Deviations of one property, summed per structure so that structures can be resampled."""

    name: str
    """Name of the score, with a place for the kind of mean."""
    unit: str
    absolute: Array
    """(structures,) sum of absolute deviations."""
    squared: Array
    """(structures,) sum of squared deviations."""
    count: Array
    """(structures,) number of values behind the sums."""


def error_scores(
    dataset: Dataset,
    predicted: Properties[Array],
    *,
    model: str,
    dataset_name: str,
    block_length: int = BLOCK_LENGTH,
) -> list[Score]:
    """Compare predictions with labels, over all structures and for every molecule.

    Intervals are 95 % bootstrap intervals over blocks: structures of one sampling trajectory are
    drawn together, in contiguous runs of about *block_length*.

    Returns
    -------
    Mean absolute and root mean square errors of energy (meV, per molecule and per atom), forces
    (meV/Å, per component) and dipole (mDebye, per component), for what both sides have. For each
    molecule there is also the energy error about its mean: a constant shift, which composition
    offsets leave on molecules outside the training data, moves no atom. Each is over the structures
    that have the label.
    """
    names = np.array(dataset.molecules.names)
    scores = []
    for errors in _deviations(dataset, predicted):
        for molecule in [None, *sorted(set(names))]:
            chosen = np.isfinite(errors.absolute)  # where there is a label
            if molecule is not None:
                chosen &= names == molecule
            if not chosen.any():
                continue
            for kind, sums in (("MAE", errors.absolute), ("RMSE", errors.squared)):
                scores.append(
                    _score(
                        errors,
                        kind,
                        sums[chosen],
                        errors.count[chosen],
                        groups=dataset.trajectory_index[chosen],
                        block_length=block_length,
                        model=model,
                        molecule=molecule,
                        dataset_name=dataset_name,
                    )
                )
    return scores


def _deviations(dataset: Dataset, predicted: Properties[Array]) -> list[_Errors]:
    labels, index = dataset.properties, dataset.molecules.molecule_index
    atoms = atom_counts(dataset.molecules)
    one = np.ones(len(atoms))
    found = []
    if labels.energy is not None and predicted.energy is not None:
        energy = 1e3 * (predicted.energy - labels.energy)
        shifted = energy - _molecule_means(energy, dataset.molecules.names)
        for name, unit, values in (
            ("energy {}", "meV", energy),
            ("energy {} per atom", "meV/atom", energy / atoms),
            ("energy {} about its mean", "meV", shifted),
        ):
            found.append(_Errors(name, unit, np.abs(values), values**2, one))
    if labels.forces is not None and predicted.forces is not None:
        forces = 1e3 * (predicted.forces - labels.forces)
        absolute = np.bincount(index, np.abs(forces).sum(axis=1))
        squared = np.bincount(index, (forces**2).sum(axis=1))
        found.append(_Errors("force {}", "meV/Å", absolute, squared, 3.0 * atoms))
    if labels.dipole is not None and predicted.dipole is not None:
        dipole = 1e3 / DEBYE * (predicted.dipole - labels.dipole)
        absolute, squared = np.abs(dipole).sum(axis=1), (dipole**2).sum(axis=1)
        found.append(_Errors("dipole {}", "mDebye", absolute, squared, 3 * one))
    return found


def _molecule_means(values: Array, names: tuple[str, ...]) -> Array:
    _, index = np.unique(names, return_inverse=True)
    known = np.isfinite(values)
    counts = np.maximum(np.bincount(index, known), 1)
    return np.asarray((np.bincount(index, np.where(known, values, 0.0)) / counts)[index])


def _score(
    errors: _Errors,
    kind: str,
    sums: Array,
    counts: Array,
    *,
    groups: Array,
    block_length: int,
    model: str,
    molecule: str | None,
    dataset_name: str,
) -> Score:
    statistic = _STATISTICS[kind]
    name = errors.name.format(kind)
    rng = generator("bootstrap", model, dataset_name, name, str(molecule))
    interval = block_bootstrap(
        np.stack([sums, counts], axis=1), groups, statistic, block_length=block_length, rng=rng
    )
    return Score(
        name=name,
        value=statistic(np.stack([sums, counts], axis=1)),
        unit=errors.unit,
        higher_is_better=False,
        n=len(sums),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand="error on structures drawn like these; 95 % block bootstrap over structures",
        model=model,
        molecule=molecule,
        dataset=dataset_name,
    )


def _mean(rows: Array) -> float:
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def _root_mean(rows: Array) -> float:
    return float(np.sqrt(_mean(rows)))


_STATISTICS: dict[str, Callable[[Array], float]] = {"MAE": _mean, "RMSE": _root_mean}
