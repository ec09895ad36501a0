"""Reference energies: the part of the energy that composition alone explains."""

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import composition


def fit_reference_energies(dataset: Dataset) -> dict[int, float]:
    """Fit one energy per element so that their sums match the labels in the least squares sense.

    Where the molecules do not determine the energies (one molecule, say, or always the same ratio
    of two elements), the solution of smallest norm is taken.

    Returns
    -------
    Atomic number → energy in eV, for every element in the data.

    They are zero if the data set has no energies.
    """
    energy = dataset.properties.energy
    elements = sorted({int(z) for z in dataset.molecules.numbers})
    if energy is None:
        return dict.fromkeys(elements, 0.0)
    known = np.isfinite(energy)
    counts = composition(dataset.molecules, elements).astype(np.float64)
    solution, *_ = np.linalg.lstsq(counts[known], energy[known], rcond=None)
    return {z: float(e) for z, e in zip(elements, solution, strict=True)}
