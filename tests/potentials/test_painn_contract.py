"""PaiNN keeps the contract of every potential, in both precisions."""

import runpy
from pathlib import Path

import numpy as np
from ase.build import molecule as g2

from vibench.core.molecules import concatenate, single, with_positions
from vibench.core.streams import generator
from vibench.potentials.learned import LearnedPotential
from vibench.testing.contract import PotentialContract
from vibench.testing.tolerances import FLOAT32, FLOAT64

random_weights = runpy.run_path(str(Path(__file__).with_name("test_painn.py")))["random_weights"]


def smooth_weights():
    """Weights small enough that the surface is about as smooth as that of a trained model."""
    return random_weights(scale=0.6)


def disordered_molecules():
    batch = concatenate(
        [
            single(name, atoms.numbers, atoms.positions, atoms.get_masses())
            for name, atoms in ((name, g2(name)) for name in ("CH3OH", "H2CO", "CH3CH2OH"))
        ]
    )
    jitter = generator("contract").normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + jitter)


class TestPaiNNDouble(PotentialContract):
    tolerances = FLOAT64

    def potential(self):
        return LearnedPotential(smooth_weights(), name="PaiNN", dtype="float64", device="cpu")

    def molecules(self):
        return disordered_molecules()


class TestPaiNNSingle(TestPaiNNDouble):
    tolerances = FLOAT32

    def potential(self):
        return LearnedPotential(smooth_weights(), name="PaiNN", dtype="float32", device="cpu")


def test_single_precision_agrees_with_double():
    molecules = disordered_molecules()
    exact, rounded = (
        LearnedPotential(smooth_weights(), name="PaiNN", dtype=dtype, device="cpu")(molecules)
        for dtype in ("float64", "float32")
    )
    np.testing.assert_allclose(rounded.forces, exact.forces, atol=1e-4)
    np.testing.assert_allclose(rounded.dipole, exact.dipole, atol=1e-4)
