"""Small training runs that several tests share."""

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.streams import generator
from vibench.potentials.recipes import PaiNNRecipe
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer

SMALL = PaiNNRecipe(features=8, interactions=1, radial_functions=8)


def diatomics(count=40):
    """Charged springs along one bond, with exact labels."""
    rng = generator("diatomics")
    molecules, energies, forces, dipoles = [], [], [], []
    for _ in range(count):
        axis = rng.standard_normal(3)
        axis /= np.linalg.norm(axis)
        length = 1.0 + 0.2 * rng.standard_normal()
        molecules.append(single("OH", [8, 1], [np.zeros(3), length * axis], [16.0, 1.0]))
        energies.append(-2000.0 + 10.0 * (length - 1.0) ** 2)
        pull = 20.0 * (length - 1.0) * axis
        forces += [pull, -pull]
        dipoles.append(0.3 * length * axis)
    labels = Properties(np.array(energies), np.array(forces), np.array(dipoles))
    return Dataset(concatenate(molecules), labels, "spring", np.arange(count))


class MemoryCheckpoint:
    """Keeps the last checkpoint."""

    def __init__(self):
        self.content = None

    def load(self):
        return self.content

    def save(self, content):
        self.content = content


def trainer(dataset, *, architecture=SMALL, start=None, **settings):
    """A trainer of 32 structures, with 8 for validation."""
    common = {"batch_size": 8, "learning_rate": 5e-3, "dipole_weight": 0.1}
    recipe = TrainRecipe(**(common | settings))
    index = np.arange(len(dataset))
    return Trainer(
        dataset,
        index[:32],
        index[32:],
        architecture=architecture,
        recipe=recipe,
        start=start,
        device="cpu",
    )
