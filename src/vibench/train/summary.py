"""What networks are told about their training data."""

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import atom_counts
from vibench.potentials.neighbours import atom_pairs
from vibench.potentials.training_statistics import TrainingStatistics


def summarise(dataset: Dataset, *, cutoff_angstrom: float) -> TrainingStatistics:
    """Return elements, mean number of neighbours, and root mean square force of a data set.

    Neighbours are counted over the atoms that have any within the cutoff, as in mace-torch. Without
    forces in the data, their root mean square counts as 1 eV/Å.
    """
    molecules, forces = dataset.molecules, dataset.properties.forces
    centre, neighbour = atom_pairs(atom_counts(molecules))
    vectors = molecules.positions[neighbour] - molecules.positions[centre]
    near = centre[np.linalg.norm(vectors, axis=1) < cutoff_angstrom]
    return TrainingStatistics(
        elements=tuple(sorted({int(z) for z in molecules.numbers})),
        mean_neighbours=len(near) / len(np.unique(near)) if near.size else 1.0,
        force_rms=1.0 if forces is None else float(np.sqrt(np.nanmean(forces**2))),
    )
