"""Models of SchNetPack and mace-torch, made and saved by them, evaluated through the adapters."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule as g2

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single, with_positions
from vibench.core.streams import generator
from vibench.core.units import DEBYE, KCAL_PER_MOL
from vibench.potentials.adapters.build import build_adapter
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.composite import compose
from vibench.testing.contract import PotentialContract
from vibench.testing.tolerances import FLOAT64

os.environ.setdefault("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # e3nn 0.4.4 on import
pytestmark = pytest.mark.filterwarnings("ignore")  # of the other codes about themselves


def disordered(*formulas):
    batch = concatenate(
        [
            single(name, atoms.numbers, atoms.positions, atoms.get_masses())
            for name, atoms in ((name, g2(name)) for name in formulas)
        ]
    )
    jitter = generator("live").normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + jitter)


def randomised(model, scale=1.0):
    """Draw every parameter at random: fresh ones have zero biases."""
    rng = generator("live weights")
    for value in model.parameters():
        shape = tuple(value.shape)
        # Weights of mace-torch are flat, and normalised where they are used.
        width = shape[-1] if model.__module__.startswith("schnetpack") and shape else 1
        drawn = scale * rng.standard_normal(shape) / np.sqrt(width)
        value.data = torch.tensor(drawn, dtype=value.dtype)
    return model


def schnetpack_model(kind):
    """A model as a training with SchNetPack leaves it."""
    spk = pytest.importorskip("schnetpack")
    import schnetpack.atomistic as heads
    from schnetpack import representation as bodies
    from schnetpack.nn import CosineCutoff, GaussianRBF
    from schnetpack.transform import AddOffsets, CastTo64

    size = {"n_atom_basis": 8, "n_interactions": 2, "radial_basis": GaussianRBF(8, 5.0)}
    size["cutoff_fn"] = CosineCutoff(5.0)
    inputs, outputs = [heads.PairwiseDistances()], [heads.Atomwise(8, output_key="energy")]
    if kind == "field":
        response = ["forces", "dipole_moment"]
        body = bodies.FieldSchNet(**size, response_properties=response)
        inputs.insert(0, heads.StaticExternalFields(response_properties=response))
        outputs.append(heads.Response("energy", response))
    else:
        body = bodies.SchNet(**size) if kind == "schnet" else bodies.PaiNN(**size)
        outputs.append(heads.Forces())
        vectors = kind == "painn"
        outputs.append(heads.DipoleMoment(8, use_vector_representation=vectors))
    offsets = AddOffsets("energy", add_mean=True)
    offsets.mean = torch.tensor([-5.0])
    post = [CastTo64(), offsets]
    return randomised(spk.model.NeuralNetworkPotential(body, inputs, outputs, post))


def mace_model(kind):
    """A model as a training with mace-torch leaves it: tables made in double precision, too."""
    modules = pytest.importorskip("mace.modules")
    from e3nn.o3 import Irreps

    blocks = modules.interaction_classes
    size = {
        "r_max": 4.5,
        "num_bessel": 6,
        "num_polynomial_cutoff": 5,
        "max_ell": 2,
        "interaction_cls": blocks["RealAgnosticResidualInteractionBlock"],
        "interaction_cls_first": blocks["RealAgnosticInteractionBlock"],
        "num_interactions": 2,
        "num_elements": 3,
        "hidden_irreps": Irreps("4x0e+4x1o"),
        "MLP_irreps": Irreps("4x0e"),
        "avg_num_neighbors": 3.0,
        "atomic_numbers": [1, 6, 8],
        "correlation": 2,
        "gate": torch.nn.functional.silu,
    }
    energies = np.array([-13.0, -1000.0, -2000.0])
    torch.set_default_dtype(torch.float64)
    try:
        if kind == "dipole":
            made = modules.AtomicDipolesMACE(**size, atomic_energies=None)
        elif kind == "both":
            size["MLP_irreps"] = Irreps("4x0e+4x1o")
            made = modules.EnergyDipolesMACE(**size, atomic_energies=energies)
        else:
            scale = {"atomic_inter_scale": 1.3, "atomic_inter_shift": 0.2}
            made = modules.ScaleShiftMACE(**size, **scale, atomic_energies=energies)
    finally:
        torch.set_default_dtype(torch.float32)
    return randomised(made, scale=1.2)


class Live(PotentialContract):
    """Hooks of a model of another code: what it is decides how it is made and opened."""

    kind = ""
    settings = {}  # noqa: RUF012  # of a test class
    _files = {}  # noqa: RUF012  # models are made once

    @pytest.fixture(autouse=True)
    def _saved(self, tmp_path_factory):
        if self.file_key not in self._files:
            path = tmp_path_factory.mktemp("models") / "best_model"
            torch.save(self.made(self.kind), path)
            self._files[self.file_key] = path

    @property
    def file_key(self):
        return (type(self).__name__, self.kind)

    def opened(self, dtype):
        recipe = self.recipe(path=str(self._files[self.file_key]), dtype=dtype, **self.settings)
        return build_adapter(recipe, trust=True)

    def potential(self):
        return self.opened("float64")

    def single_precision(self):
        return self.opened("float32")

    def molecules(self):
        return disordered("CH3OH", "H2CO", "H2O")


class LiveSchNetPack(Live):
    recipe = SchNetPackRecipe
    made = staticmethod(schnetpack_model)


class LiveMACE(Live):
    recipe = MACECalculatorRecipe
    made = staticmethod(mace_model)


class TestSchNetPackSchNet(LiveSchNetPack):
    kind = "schnet"
    settings = {"charged": True}  # noqa: RUF012


class TestSchNetPackPaiNN(LiveSchNetPack):
    kind = "painn"
    settings = {"energy_unit": "kcal/mol", "dipole_unit": "debye"}  # noqa: RUF012


class TestSchNetPackFieldSchNet(LiveSchNetPack):
    kind = "field"


class TestMACEEnergies(LiveMACE):
    kind = "energy"


class TestMACEDipoles(LiveMACE):
    kind = "dipole"


class TestMACEBoth(LiveMACE):
    kind = "both"


def save(folder, model, name="best_model"):
    path = folder / name
    torch.save(model, path)
    return str(path)


def test_units_of_a_schnetpack_model(tmp_path):
    path, molecules = save(tmp_path, schnetpack_model("painn")), disordered("CH3OH", "H2CO")
    plain = build_adapter(SchNetPackRecipe(path=path, dtype="float64"), trust=True)(molecules)
    recipe = SchNetPackRecipe(
        path=path, dtype="float64", energy_unit="kcal/mol", dipole_unit="debye"
    )
    converted = build_adapter(recipe, trust=True)(molecules)
    np.testing.assert_allclose(converted.energy, plain.energy * KCAL_PER_MOL, rtol=1e-13)
    np.testing.assert_allclose(converted.forces, plain.forces * KCAL_PER_MOL, rtol=1e-13)
    np.testing.assert_allclose(converted.dipole, plain.dipole * DEBYE, rtol=1e-13)


def test_energies_and_forces_are_those_of_schnetpacks_own_calculator(tmp_path):
    path, molecule = save(tmp_path, schnetpack_model("painn")), disordered("CH3OH")
    from schnetpack.interfaces import SpkCalculator
    from schnetpack.transform import ASENeighborList

    calculator = SpkCalculator(path, ASENeighborList(5.0), energy_unit="eV", dtype=torch.float64)
    atoms = Atoms(molecule.numbers, molecule.positions, calculator=calculator)
    found = build_adapter(SchNetPackRecipe(path=path, dtype="float64"), trust=True)(molecule)
    assert found.energy[0] == pytest.approx(atoms.get_potential_energy(), rel=1e-10)
    np.testing.assert_allclose(found.forces, atoms.get_forces(), atol=1e-10)


@pytest.mark.parametrize("kind", ["dipole", "both"])
def test_dipoles_of_mace_are_debye(tmp_path, kind):
    path, molecule = save(tmp_path, mace_model(kind)), disordered("CH3OH")
    calculators = pytest.importorskip("mace.calculators")
    model_type = {"dipole": "DipoleMACE", "both": "EnergyDipoleMACE"}[kind]
    calculator = calculators.MACECalculator(
        model_paths=path, device="cpu", default_dtype="float64", model_type=model_type
    )
    atoms = Atoms(molecule.numbers, molecule.positions)
    debye = calculator.get_property("dipole", atoms)
    found = build_adapter(MACECalculatorRecipe(path=path, dtype="float64"), trust=True)(molecule)
    np.testing.assert_allclose(found.dipole[0], 0.2081943 * debye, rtol=1e-6)
    assert (found.energy is None) == (kind == "dipole")


def test_mace_of_energies_joins_mace_of_dipoles(tmp_path):
    parts = [
        build_adapter(
            MACECalculatorRecipe(path=save(tmp_path, mace_model(kind), kind), dtype="float64"),
            trust=True,
        )
        for kind in ("energy", "dipole")
    ]
    both, molecules = compose(*parts, name="MACE"), disordered("CH3OH", "H2O")
    assert both.capabilities.outputs == {"energy", "forces", "dipole"}
    np.testing.assert_array_equal(both(molecules).dipole, parts[1](molecules).dipole)


def test_lost_molecule_is_nan_and_alone(tmp_path):
    path, batch = save(tmp_path, schnetpack_model("schnet")), disordered("CH3OH", "H2CO")
    potential = build_adapter(SchNetPackRecipe(path=path, dtype="float64"), trust=True)
    positions = np.where(batch.molecule_index[:, None] == 0, np.nan, batch.positions)
    found, whole = potential(with_positions(batch, positions)), potential(batch)
    assert np.isnan(found.energy[0])
    assert np.isnan(found.dipole[0]).all()
    limit = FLOAT64.energy_ev
    np.testing.assert_allclose(found.energy[1], whole.energy[1], atol=limit)
    np.testing.assert_allclose(found.forces[6:], whole.forces[6:], atol=limit)


def test_files_of_the_wrong_kind_say_what_they_are(tmp_path):
    spk, mace = schnetpack_model("painn"), mace_model("energy")
    with pytest.raises(InputError, match=r"holds a mace\.modules\.models\.ScaleShiftMACE"):
        build_adapter(SchNetPackRecipe(path=save(tmp_path, mace)), trust=True)
    with pytest.raises(InputError, match=r"holds a schnetpack\..*NeuralNetworkPotential"):
        build_adapter(MACECalculatorRecipe(path=save(tmp_path, spk)), trust=True)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(Path(save(tmp_path, spk)).read_bytes()[:1000])
    for recipe in (SchNetPackRecipe, MACECalculatorRecipe):
        with pytest.raises(InputError, match="cannot read a model"):
            build_adapter(recipe(path=str(damaged)), trust=True)


def test_what_a_model_does_not_have_is_named(tmp_path):
    path = save(tmp_path, schnetpack_model("painn"))
    recipe = SchNetPackRecipe(path=path, energy_key="U0", dipole_key="mu")
    with pytest.raises(InputError, match="say which of them is the energy"):
        build_adapter(recipe, trust=True)
    trained = build_adapter(SchNetPackRecipe(path=path, elements=(1, 8)), trust=True)
    with pytest.raises(InputError, match="does not know element C of molecule 'CH3OH'"):
        trained(disordered("CH3OH"))
    mace = build_adapter(
        MACECalculatorRecipe(path=save(tmp_path, mace_model("dipole"))), trust=True
    )
    with pytest.raises(InputError, match="does not know element N of molecule 'NH3'"):
        mace(disordered("NH3"))
    recipe = MACECalculatorRecipe(path=save(tmp_path, mace_model("energy")), head="pbe")
    with pytest.raises(InputError, match="has the heads Default"):
        build_adapter(recipe, trust=True)
