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


def error_means(errors: StructureErrors) -> dict[tuple[str, str | None], float]:
    """Return the scores that follow from the errors of single structures alone.

    They are those of `vibench.evaluate.errors.error_scores` with the same names, without intervals.
    Errors of forces over all molecules are weighted by atoms, which are not known here, so there
    are none unless there is one molecule.

    Returns
    -------
    (name of the score, molecule or None for all of them) → value.
    """
    names, found = np.array(errors.molecules), dict[tuple[str, str | None], float]()
    molecules = sorted(set(errors.molecules))
    for molecule in [None, *molecules]:
        chosen = np.full(len(names), fill_value=True) if molecule is None else names == molecule
        for name, quantity, squared in (
            ("energy MAE", ENERGY_ERROR, False),
            ("energy RMSE", ENERGY_ERROR, True),
            ("force MAE", FORCE_MAE, False),
            ("force RMSE", FORCE_RMSE, True),
            ("dipole MAE", DIPOLE_MAE, False),
        ):
            weighted = name.startswith("force") and molecule is None and len(molecules) > 1
            if quantity not in errors.values or weighted:
                continue
            values = errors.values[quantity][chosen]
            values = np.abs(values[np.isfinite(values)])
            if len(values):
                mean = np.sqrt(np.mean(values**2)) if squared else np.mean(values)
                found[name, molecule] = float(mean)
    return found


def errors_alike(errors: StructureErrors) -> int:
    """Return the number of successive structures beyond which all errors are independent."""
    groups = molecule_groups(errors)
    return max((independent_length(np.abs(v), groups) for v in errors.values.values()), default=1)


def molecule_groups(errors: StructureErrors) -> Array:
    """Return (structures,) a number for the molecule of each structure."""
    return np.asarray(np.unique(errors.molecules, return_inverse=True)[1])
