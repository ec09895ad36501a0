"""Errors of single structures, and how long the errors of neighbours are alike."""

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import Array, atom_counts
from vibench.core.properties import Properties
from vibench.core.structure_errors import (
    DIPOLE_MAE,
    ENERGY_ERROR,
    FORCE_MAE,
    FORCE_RMSE,
    StructureErrors,
)
from vibench.core.units import DEBYE
from vibench.statistics.convergence import independent_length


def structure_errors(
    dataset: Dataset,
    predicted: Properties[Array],
    time_fs: Array,
    *,
    model: str,
    dataset_name: str,
) -> StructureErrors:
    """Compare predictions with labels, structure by structure.

    Parameters
    ----------
    dataset
        Structures and labels.
    predicted
        Predictions for them.
    time_fs : (structures,)
        Times in fs in the trajectory of the reference.
    model, dataset_name
        Names.

    Returns
    -------
    StructureErrors
        Of what both sides have.
    """
    labels, index = dataset.properties, dataset.molecules.molecule_index
    values: dict[str, Array] = {}
    if labels.energy is not None and predicted.energy is not None:
        values[ENERGY_ERROR] = 1e3 * (predicted.energy - labels.energy)
    if labels.forces is not None and predicted.forces is not None:
        forces = 1e3 * (predicted.forces - labels.forces)
        components = 3.0 * atom_counts(dataset.molecules)
        values[FORCE_MAE] = np.bincount(index, np.abs(forces).sum(axis=1)) / components
        values[FORCE_RMSE] = np.sqrt(np.bincount(index, (forces**2).sum(axis=1)) / components)
    if labels.dipole is not None and predicted.dipole is not None:
        dipole = 1e3 / DEBYE * (predicted.dipole - labels.dipole)
        values[DIPOLE_MAE] = np.abs(dipole).mean(axis=1)
    return StructureErrors(
        model=model,
        dataset=dataset_name,
        molecules=dataset.molecules.names,
        time_fs=time_fs,
        values=values,
    )


def errors_alike(errors: StructureErrors) -> int:
    """Return the number of successive structures beyond which all errors are independent."""
    groups = molecule_groups(errors)
    return max((independent_length(np.abs(v), groups) for v in errors.values.values()), default=1)


def molecule_groups(errors: StructureErrors) -> Array:
    """Return (structures,) a number for the molecule of each structure."""
    return np.asarray(np.unique(errors.molecules, return_inverse=True)[1])
