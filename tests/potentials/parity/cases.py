"""What parity is tested on: molecules, settings, and the rule by which weights are drawn."""

import hashlib

import numpy as np
from ase.build import molecule as g2
from scipy.spatial.transform import Rotation

from vibench.core.molecules import concatenate, single
from vibench.core.streams import generator
from vibench.potentials.recipes import (
    FieldSchNetRecipe,
    MACEDipoleRecipe,
    MACERecipe,
    PaiNNRecipe,
    SchNetRecipe,
    SO3netRecipe,
)
from vibench.testing.parity import drawn_arrays

SEED = 1

SCHNETPACK = {
    "schnet": SchNetRecipe(features=128, interactions=6),
    "field_schnet": FieldSchNetRecipe(features=128, interactions=5),
    "so3net": SO3netRecipe(features=128, interactions=10, lmax=2),
    "so3net_float32": SO3netRecipe(features=128, interactions=10, lmax=2, float32_constants=True),
    "painn": PaiNNRecipe(features=128, interactions=10),
}
"""Case → settings of the paper's size."""
MACE = {
    "mace": MACERecipe(features=256, outputs=("energy",)),
    "mace_residual": MACERecipe(features=256, outputs=("energy",), first_interaction="residual"),
    "mace_energy_dipole": MACERecipe(features=128, outputs=("energy", "dipole")),
    "mace_dipole": MACEDipoleRecipe(features=16, lmax=2),
}
"""Case → settings of the paper's size, and of the variants."""
LIMIT = {"so3net": 1e-7}
"""Largest relative deviation, of cases where it is not 1e-10: SchNetPack's SO3net has constants in
single precision, ours are exact unless ``float32_constants`` is set."""


def limit(case):
    """Return the largest relative deviation that a case may have."""
    return LIMIT.get(case, 1e-10)


def molecules(*, turned=False, charge=0.0):
    """Return distorted methanol, formaldehyde and ethanol, on the whole turned and moved."""
    turn, shift = np.eye(3), np.zeros(3)
    if turned:
        turn = Rotation.random(rng=np.random.default_rng(5)).as_matrix()
        shift = np.array([2.0, -1.0, 7.0])
    parts = []
    for number, formula in enumerate(("CH3OH", "H2CO", "CH3CH2OH")):
        atoms = g2(formula)
        noise = generator("parity", "jitter", number).normal(0, 0.1, (len(atoms), 3))
        positions = (atoms.positions + noise) @ turn.T + shift
        total = charge if number == 0 else 0.0
        masses = atoms.get_masses()
        parts.append(single(formula, atoms.numbers, positions, masses, charge=total))
    return concatenate(parts)


def weights(shapes):
    """Return name → array for SchNetPack's names and shapes.

    Each array is drawn by `drawn_arrays`; embeddings are left as they are, matrices divided by the
    square root of the number of their inputs, and all but embeddings multiplied by 0.5, so that
    outputs of ten layers stay of the order of one.
    """
    drawn = drawn_arrays(shapes, SEED)
    return {
        name: array if "embedding" in name else 0.5 * array / np.sqrt(max(1, _inputs(array)))
        for name, array in drawn.items()
    }


def mace_weights(shapes, seed=SEED):
    """Return name → array for mace-torch's names and shapes.

    Each array is drawn by `drawn_arrays`; those of products are divided by their number of paths,
    as mace-torch does at first.
    """
    return {
        name: array / array.shape[1] if "symmetric_contractions" in name else array
        for name, array in drawn_arrays(shapes, seed).items()
    }


def _inputs(array):
    return array.shape[-1] if array.ndim > 1 else 1


def digest(arrays):
    """Return the SHA-256 of names, shapes and values."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].shape}".encode())
        found.update(np.ascontiguousarray(arrays[name], dtype="<f8").tobytes())
    return found.hexdigest()


def deviation(found, expected):
    """Return the largest deviation relative to the largest value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def worst(found, expected):
    """Return property → largest relative deviation; energies are compared one by one."""
    deviations = {}
    for name, value in expected.items():
        ours = getattr(found, name)
        if name == "energy":
            deviations[name] = float(np.abs((ours - value) / value).max())
        else:
            deviations[name] = deviation(ours, value)
    return deviations
