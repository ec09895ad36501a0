"""Networks whose every parameter is drawn at random, and distorted molecules to try them on.

Fresh networks hide errors: their biases are zero, and so are some of their weights.
"""

import numpy as np
from ase.build import molecule as g2

from vibench.core.molecules import concatenate, single, with_positions
from vibench.core.streams import generator
from vibench.core.weights import Weights
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.training_statistics import TrainingStatistics

REFERENCE_ENERGIES = {1: -13.6, 6: -1030.0, 8: -2040.0}


def random_weights(recipe, *, charged=False, seed=3, scale=1.0):
    """Weights of the architecture in *recipe*: parameters random, biases included.

    They are divided by the square root of the number of features they sum over, but for MACE,
    which does that itself.
    """
    known = TrainingStatistics(
        elements=tuple(REFERENCE_ENERGIES), mean_neighbours=5.0, force_rms=1.3
    )
    network = build_network(recipe, seed=0, statistics=known)
    arrays = {name: value.numpy() for name, value in network.state_dict().items()}
    rng = generator("weights", seed)
    normalised = recipe.architecture.startswith("mace")
    for name, value in network.named_parameters():
        shape = tuple(value.shape)
        width = 1 if normalised or not shape else shape[-1]
        arrays[name] = scale * rng.standard_normal(shape) / np.sqrt(width)
    return Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=arrays,
        reference_energies=REFERENCE_ENERGIES,
        level_of_theory="none",
        training_checksum="none",
        charged=charged,
    )


def random_potential(recipe, *, dtype="float64", name=None, **options):
    """A potential with such weights, in double precision unless told."""
    return LearnedPotential(
        random_weights(recipe, **options),
        name=name or recipe.architecture,
        dtype=dtype,
        device="cpu",
    )


def g2_molecule(formula, *, charge=0.0):
    """A molecule of the G2 set at its minimum."""
    atoms = g2(formula)
    return single(formula, atoms.numbers, atoms.positions, atoms.get_masses(), charge=charge)


def distorted(*formulas):
    """Molecules of the G2 set, their atoms moved by some hundredths of an Å."""
    batch = concatenate([g2_molecule(formula) for formula in formulas])
    jitter = generator("jitter").normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + jitter)
