"""Every architecture, alone and joined to a composite, keeps the contract of every potential."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.composite import DifferentiableComposite, compose
from vibench.potentials.recipes import (
    FieldSchNetRecipe,
    MACEDipoleRecipe,
    MACERecipe,
    PaiNNRecipe,
    SchNetRecipe,
    SO3netRecipe,
)
from vibench.testing.contract import PotentialContract
from vibench.testing.tolerances import FLOAT32, FLOAT64, SELF_CONSISTENT

HELPERS = runpy.run_path(str(Path(__file__).with_name("random_weights.py")))
random_potential, distorted = HELPERS["random_potential"], HELPERS["distorted"]

SIZE = {"features": 8, "interactions": 2}
MACE_SIZE = {"features": 4, "radial_layers": (8,), "readout_features": 4}


class Architecture(PotentialContract):
    """Hooks of a network: its recipe says all."""

    # A random surface is steeper than a trained one: smaller steps than for analytic potentials.
    tolerances = replace(FLOAT64, displacement_angstrom=5e-4)
    recipe = None
    charged = False

    def potential(self):
        return random_potential(self.recipe, charged=self.charged)

    def single_precision(self):
        return random_potential(self.recipe, charged=self.charged, dtype="float32")

    def molecules(self):
        return distorted("CH3OH", "H2CO", "H2O")


class TestSchNet(Architecture):
    recipe = SchNetRecipe(**SIZE)
    charged = True


class TestSchNetOfDipoles(Architecture):
    recipe = SchNetRecipe(**SIZE, outputs=("dipole",))
    charged = True


class TestFieldSchNet(Architecture):
    recipe = FieldSchNetRecipe(**SIZE)


class TestSO3net(Architecture):
    recipe = SO3netRecipe(**SIZE)
    charged = True


class TestPaiNN(Architecture):
    recipe = PaiNNRecipe(**SIZE)
    charged = True


class TestPaiNNOfEnergies(Architecture):
    recipe = PaiNNRecipe(**SIZE, outputs=("energy",))


class TestPaiNNInSinglePrecision(Architecture):
    # The steps that single precision needs go across the kinks of the default epsilon.
    recipe = PaiNNRecipe(**SIZE, epsilon=1e-4)
    tolerances = FLOAT32

    def potential(self):
        return random_potential(self.recipe, dtype="float32")


class TestMACEOfEnergies(Architecture):
    recipe = MACERecipe(**MACE_SIZE, outputs=("energy",), first_interaction="residual")


class TestMACE(Architecture):
    recipe = MACERecipe(**MACE_SIZE, first_interaction="plain")


class TestMACEResidual(Architecture):
    recipe = MACERecipe(**MACE_SIZE, first_interaction="residual")


class TestMACEDipoleFaithful(Architecture):
    recipe = MACEDipoleRecipe(**MACE_SIZE, last_layer="faithful")


class TestMACEDipoleFixed(Architecture):
    recipe = MACEDipoleRecipe(**MACE_SIZE, last_layer="fixed")


ENERGIES = PaiNNRecipe(**SIZE, outputs=("energy",))
DIPOLES = SchNetRecipe(**SIZE, outputs=("dipole",), cutoff_angstrom=4.0)


class TestComposite(Architecture):
    """Two networks: exact derivatives are kept."""

    charged = True

    def potential(self, dtype="float64"):
        parts = (
            random_potential(recipe, charged=True, dtype=dtype) for recipe in (ENERGIES, DIPOLES)
        )
        return compose(*parts, name="PaiNN+SchNet")

    def single_precision(self):
        return self.potential(dtype="float32")


class TestCompositeOfFields(Architecture):
    """Two networks that feel fields: their composite must not, as its dipole is no derivative."""

    def potential(self, dtype="float64"):
        parts = (
            random_potential(FieldSchNetRecipe(**SIZE), dtype=dtype, seed=seed) for seed in (3, 4)
        )
        return compose(*parts, name="two fields")

    def single_precision(self):
        return self.potential(dtype="float32")


class TestCompositeWithGFN2(Architecture):
    """A reference method with the dipole of a network."""

    tolerances = SELF_CONSISTENT

    def potential(self):
        return compose(GFN2(), random_potential(DIPOLES), name="GFN2+SchNet")

    def single_precision(self):
        return None


def test_composite_joins_what_its_parts_can():
    energy, dipole = random_potential(ENERGIES), random_potential(DIPOLES, charged=True)
    both = compose(energy, dipole, name="both")
    assert isinstance(both, DifferentiableComposite)
    assert both.capabilities.outputs == {"energy", "forces", "dipole"}
    assert not both.capabilities.charged
    molecules = distorted("CH3OH", "H2O")
    found = both(molecules)
    np.testing.assert_array_equal(found.energy, energy(molecules).energy)
    np.testing.assert_array_equal(found.dipole, dipole(molecules).dipole)
    hessian, derivatives = both.derivatives(distorted("H2O"))
    np.testing.assert_array_equal(hessian, energy.derivatives(distorted("H2O"))[0])
    np.testing.assert_array_equal(derivatives, dipole.dipole_derivatives(distorted("H2O")))


def test_composite_refuses_parts_in_the_wrong_order():
    energy, dipole = random_potential(ENERGIES), random_potential(DIPOLES)
    with pytest.raises(InputError, match="predicts no forces; give the energy model first"):
        compose(dipole, energy, name="wrong")
    with pytest.raises(InputError, match="predicts no dipole; give the energy model first"):
        compose(energy, energy, name="wrong")
