"""Import of models that SchNetPack and mace-torch made, trained and saved themselves.

This needs SchNetPack 2.2.0 and mace-torch 0.3.16:
``uv run --group upstream pytest tests/potentials/parity``.
"""

import json

import numpy as np
import pytest
import torch

pytest.importorskip("schnetpack")
pytest.importorskip("mace")

import schnetpack as spk
from schnetpack import atomistic as heads
from schnetpack import representation as bodies
from schnetpack.nn import BesselRBF, CosineCutoff, GaussianRBF, MollifierCutoff
from schnetpack.transform import AddOffsets, CastTo64, ScaleProperty

from tests.potentials.parity.cases import molecules, worst
from tests.potentials.parity.mace_models import upstream_predictions
from validation.upstream_models import mace_model
from vibench.core.errors import InputError
from vibench.core.units import DEBYE, KCAL_PER_MOL
from vibench.core.weights import Weights
from vibench.pipeline import importing
from vibench.pipeline.importing import import_model
from vibench.potentials.adapters import checkpoints
from vibench.potentials.adapters.build import build_adapter
from vibench.potentials.adapters.descriptions import describe_schnetpack
from vibench.potentials.adapters.mace_description import describe_mace
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.conversion.schnetpack import native_arrays
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe, SchNetRecipe
from vibench.testing.parity import drawn_arrays

with pickles_allowed():
    from e3nn import o3
    from mace import modules

pytestmark = pytest.mark.filterwarnings("ignore")  # of the other codes about themselves

FEATURES = 8
RESPONSES = ["forces", "dipole_moment"]
HCO = (1, 6, 8)


@pytest.fixture
def in_this_process(monkeypatch):
    """Read files here, which takes a second instead of ten."""

    def read(recipe, path, folder):
        settings = recipe.model_copy(update={"dtype": "float64"}).model_dump(exclude={"path"})
        checkpoints._read(recipe.kind, json.loads(json.dumps(settings)), path, folder)

    monkeypatch.setattr(importing, "_read_apart", read)


def body(kind, **changes):
    """Layers of a small model of SchNetPack."""
    settings = {"n_atom_basis": FEATURES, "n_interactions": 2}
    settings |= {"radial_basis": GaussianRBF(8, 5.0), "cutoff_fn": CosineCutoff(5.0)}
    if kind == "SO3net":
        settings |= {"lmax": 2, "return_vector_representation": True}
    if kind == "FieldSchNet":
        settings["response_properties"] = RESPONSES
    return getattr(bodies, kind)(**settings | changes)


def outputs(kind, *, scale=None, energy=None, dipole=None):
    """Output modules of a model of energies, forces and dipoles."""
    found = [heads.Atomwise(FEATURES, output_key="energy", **energy or {})]
    if scale is not None:
        found.append(ScaleProperty("energy", scale=torch.tensor([scale])))
    if kind == "FieldSchNet":
        return [*found, heads.Response("energy", RESPONSES)]
    vectors = {"use_vector_representation": kind != "SchNet"}
    return [*found, heads.Forces(), heads.DipoleMoment(FEATURES, **vectors | (dipole or {}))]


def schnetpack_model(kind, *, layers=None, modules=None, offsets=None):
    """A model with every parameter drawn."""
    inputs = [heads.PairwiseDistances()]
    if kind == "FieldSchNet":
        inputs.insert(0, heads.StaticExternalFields(response_properties=RESPONSES))
    offsets = offsets or AddOffsets("energy", add_mean=True, property_mean=torch.tensor([-5.0]))
    model = spk.model.NeuralNetworkPotential(
        layers or body(kind), inputs, modules or outputs(kind), [CastTo64(), offsets]
    )
    return drawn(model)


def drawn(model, scale=0.5, only=""):
    """Draw all parameters: fresh ones have zero biases."""
    parameters = {n: p for n, p in model.named_parameters() if only in n and p.requires_grad}
    shapes = {name: tuple(value.shape) for name, value in parameters.items()}
    for name, array in drawn_arrays(shapes, 2).items():
        width = array.shape[-1] if array.ndim > 1 and "embedding" not in name else 1
        value = parameters[name]
        value.data = torch.tensor(scale * array / np.sqrt(width), dtype=value.dtype)
    return model


def save(model, folder, name="best_model"):
    torch.save(model, folder / name)
    return str(folder / name)


def schnetpack_import(path, **settings):
    recipe = SchNetPackRecipe(path=path, elements=HCO, **settings)
    return recipe, import_model(recipe, trust=True, level_of_theory="toy")


def check(recipe, imported, *, charge=0.0, limit=1e-10):
    """Compare an imported model with the original on molecules that the import has not seen."""
    assert isinstance(imported.weights, Weights)
    assert max(imported.deviations.values()) <= limit
    batch = molecules(turned=True, charge=charge)
    original = build_adapter(recipe.model_copy(update={"dtype": "float64"}), trust=True)(batch)
    native = LearnedPotential(imported.weights, name="it", dtype="float64", device="cpu")
    expected = {name: getattr(original, name) for name in original.available()}
    assert native.capabilities.outputs == expected.keys() == imported.deviations.keys()
    assert max(worst(native(batch), expected).values()) < limit


def toy_labels(batch):
    """Springs between all atoms of a molecule, and charges by element."""
    positions = batch.positions
    index, charges = (
        batch.molecule_index,
        np.choose(np.searchsorted(HCO, batch.numbers), [1, 2, -3]),
    )
    energy, forces = np.zeros(len(batch)), np.zeros_like(positions)
    for i in range(len(positions)):
        for j in np.flatnonzero(index == index[i]):
            if i != j:
                vector = positions[j] - positions[i]
                stretched = np.linalg.norm(vector) - 1.5
                energy[index[i]] += 0.25 * stretched**2
                forces[i] += stretched * vector / np.linalg.norm(vector)
    dipole = np.stack([np.bincount(index, charges * axis) for axis in positions.T], axis=1)
    return {"energy": energy - 5.0, "forces": forces, "dipole_moment": dipole}


def train(parameters, losses, steps=5):
    """Take some steps with Adam; return first and last loss."""
    optimizer, values = torch.optim.Adam(parameters, lr=1e-2), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = losses()
        loss.backward()
        optimizer.step()
        values.append(float(loss))
    return values[0], values[-1]


def trained_schnetpack(kind, path):
    """Train a model of SchNetPack and save it as its ModelCheckpoint does."""
    from ase import Atoms
    from schnetpack.interfaces import AtomsConverter
    from schnetpack.transform import ASENeighborList

    model, batch = schnetpack_model(kind), molecules()
    model.do_postprocessing = False
    labels = {name: torch.tensor(value) for name, value in toy_labels(batch).items()}
    labels["energy"] -= -5.0 * torch.tensor(np.bincount(batch.molecule_index))
    parts = [batch.molecule_index == number for number in range(len(batch))]
    atoms = [Atoms(batch.numbers[part], batch.positions[part]) for part in parts]
    converter = AtomsConverter(ASENeighborList(5.0), device="cpu", dtype=torch.float32)

    def loss():
        found = model(converter(atoms))
        return sum(((found[name] - value) ** 2).mean() for name, value in labels.items())

    first, last = train(model.parameters(), loss)
    assert last < first
    task = spk.task.AtomisticTask(
        model, [], optimizer_cls=torch.optim.Adam, optimizer_args={"lr": 1e-3}
    )
    task.save_model(path, do_postprocessing=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["SchNet", "FieldSchNet", "SO3net", "PaiNN"])
def test_a_model_that_schnetpack_trained(kind, tmp_path):
    path = str(tmp_path / "best_model")
    trained_schnetpack(kind, path)
    recipe, imported = schnetpack_import(path, charged=kind != "FieldSchNet")
    assert imported.weights.reference_energies == dict.fromkeys(HCO, -5.0)
    assert imported.weights.charged == (kind != "FieldSchNet")
    check(recipe, imported, charge=1.0 if imported.weights.charged else 0.0)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", ["SchNet", "FieldSchNet", "SO3net", "PaiNN"])
def test_units_and_scales_of_schnetpack(kind, tmp_path):
    offsets = AddOffsets("energy", add_mean=True, add_atomrefs=True, atomrefs=-torch.arange(100.0))
    offsets.mean = torch.tensor([0.5])
    model = schnetpack_model(kind, modules=outputs(kind, scale=2.5), offsets=offsets)
    units = {"energy_unit": "kcal/mol", "dipole_unit": "debye"}
    recipe, imported = schnetpack_import(save(model, tmp_path), **units)
    expected = {z: KCAL_PER_MOL * (0.5 - z) for z in HCO}
    assert imported.weights.reference_energies == pytest.approx(expected, rel=1e-12)
    check(recipe, imported)
    plain = schnetpack_import(recipe.path)[1].weights
    first, last = molecules(), LearnedPotential
    one, other = (
        last(weights, name="it", dtype="float64", device="cpu")(first)
        for weights in (plain, imported.weights)
    )
    np.testing.assert_allclose(other.dipole, DEBYE * one.dipole, rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", ["SchNet", "FieldSchNet", "SO3net", "PaiNN"])
def test_layers_that_share_weights(kind, tmp_path):
    changes = {"shared_interactions": True} | ({"shared_filters": True} if kind == "PaiNN" else {})
    model = schnetpack_model(kind, layers=body(kind, **changes))
    check(*schnetpack_import(save(model, tmp_path)))


@pytest.mark.usefixtures("in_this_process")
def test_models_of_one_property(tmp_path):
    whole = outputs("PaiNN")
    model = schnetpack_model("PaiNN", modules=whole[:2])
    recipe, imported = schnetpack_import(save(model, tmp_path))
    check(recipe, imported)
    assert imported.weights.architecture["outputs"] == ["energy"]
    model = spk.model.NeuralNetworkPotential(
        body("SchNet"), [heads.PairwiseDistances()], [outputs("SchNet")[2]]
    )
    recipe, imported = schnetpack_import(save(drawn(model), tmp_path))
    check(recipe, imported)
    assert imported.weights.architecture["outputs"] == ["dipole"]


@pytest.mark.usefixtures("in_this_process")
def test_elements_come_from_the_energies_of_atoms(tmp_path):
    offsets = AddOffsets("energy", add_atomrefs=True, atomrefs=torch.zeros(100))
    offsets.atomref[[1, 8]] = torch.tensor([-0.5, -70.0])
    path = save(schnetpack_model("PaiNN", offsets=offsets), tmp_path)
    recipe = SchNetPackRecipe(path=path)
    imported = import_model(recipe, trust=True, level_of_theory="toy")
    assert imported.weights.reference_energies == {1: -0.5, 8: -70.0}
    path = save(schnetpack_model("PaiNN"), tmp_path)
    with pytest.raises(InputError, match=r"which elements it was trained on.*--elements H,C,O"):
        import_model(SchNetPackRecipe(path=path), trust=True, level_of_theory="toy")


@pytest.mark.usefixtures("in_this_process")
def test_models_with_names_of_their_own(tmp_path):
    modules = [
        heads.Atomwise(FEATURES, output_key="energy_U0"),
        heads.Forces(energy_key="energy_U0", force_key="gradient"),
        heads.DipoleMoment(FEATURES, dipole_key="mu", use_vector_representation=True),
    ]
    offsets = AddOffsets("energy_U0", add_mean=True, property_mean=torch.tensor([3.0]))
    path = save(schnetpack_model("PaiNN", modules=modules, offsets=offsets), tmp_path)
    with pytest.raises(InputError, match="say which of them is the energy"):
        schnetpack_import(path)
    keys = {"energy_key": "energy_U0", "forces_key": "gradient", "dipole_key": "mu"}
    check(*schnetpack_import(path, **keys))


@pytest.mark.usefixtures("in_this_process")
def test_charges_need_dipoles_in_their_unit(tmp_path):
    path = save(schnetpack_model("PaiNN"), tmp_path)
    with pytest.raises(InputError, match="charges, which are in e"):
        schnetpack_import(path, charged=True, dipole_unit="debye")


def changed(kind="PaiNN", *, layers=None, **heads_changed):
    return schnetpack_model(
        kind, layers=body(kind, **layers or {}), modules=outputs(kind, **heads_changed)
    )


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: changed(layers={"radial_basis": BesselRBF(8, 5.0)}), "radial basis BesselRBF"),
        (lambda: changed(layers={"cutoff_fn": MollifierCutoff(5.0)}), "function MollifierCutoff"),
        (lambda: changed(layers={"activation": torch.tanh}), "activation tanh"),
        (lambda: changed("SchNet", layers={"activation": torch.nn.SiLU()}), "activation SiLU"),
        (lambda: changed("SchNet", layers={"n_filters": 6}), "6 filters"),
        (lambda: changed("FieldSchNet", layers={"n_filters": 6}), "6 filters"),
        (lambda: changed("FieldSchNet", layers={"max_z": 20}), "embedding of 20 elements"),
        (
            lambda: changed(
                layers={
                    "electronic_embeddings": [
                        spk.nn.ElectronicEmbedding("total_charge", FEATURES, 2, True)
                    ]
                }
            ),
            "electronic embeddings",
        ),
        (lambda: changed(energy={"aggregation_mode": "avg"}), "aggregation 'avg'"),
        (lambda: changed(energy={"n_layers": 3}), r"layers of \[8, 4, 2, 1\] features"),
        (lambda: changed(energy={"activation": torch.tanh}), "activation tanh of the readout"),
        (lambda: changed(dipole={"correct_charges": False}), "without correct_charges"),
        (lambda: changed(dipole={"predict_magnitude": True}), "predict_magnitude"),
        (lambda: changed(dipole={"activation": torch.tanh}), "activation tanh of the readout"),
        (lambda: changed(dipole={"n_layers": 3}), "readout of the dipole with layers of"),
        (lambda: changed(dipole={"use_vector_representation": False}), "use_vector_rep"),
        (
            lambda: schnetpack_model(
                "PaiNN",
                modules=[*outputs("PaiNN"), ScaleProperty("energy", scale=torch.tensor([2.0]))],
            ),
            "ScaleProperty after forces",
        ),
        (
            lambda: schnetpack_model(
                "PaiNN", modules=[*outputs("PaiNN"), heads.Polarizability(FEATURES)]
            ),
            "output module Polarizability",
        ),
        (
            lambda: schnetpack_model("PaiNN", offsets=AddOffsets("energy", is_extensive=False)),
            "AddOffsets of another property than an extensive energy",
        ),
    ],
)
def test_what_of_schnetpack_cannot_be_converted_is_named(made, message):
    with pytest.raises(InputError, match=rf"cannot be converted: .*{message}"):
        describe_schnetpack(made().double(), HCO)


def test_gaussians_that_were_trained_cannot_be_converted():
    basis = GaussianRBF(8, 5.0, trainable=True)
    model = schnetpack_model("SchNet", layers=body("SchNet", radial_basis=basis))
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    recipe = SchNetRecipe(features=FEATURES, interactions=2, radial_functions=8)
    with pytest.raises(InputError, match=r"(?s)radial_basis\.(offsets|widths).*moved or trained"):
        native_arrays(state, recipe, dipole_module=2)


def test_other_keys_of_schnetpack_are_not_taken_for_the_energy():
    modules = [heads.Atomwise(FEATURES, output_key="homo"), *outputs("PaiNN")[2:]]
    with pytest.raises(InputError, match="Atomwise of 'homo'"):
        describe_schnetpack(schnetpack_model("PaiNN", modules=modules), HCO)


@pytest.mark.usefixtures("in_this_process")
def test_files_that_hold_no_model(tmp_path):
    model = schnetpack_model("PaiNN")
    weights = save(model.state_dict(), tmp_path, "weights.pt")
    with pytest.raises(InputError, match=r"holds a collections\.OrderedDict, expected a model"):
        schnetpack_import(weights)
    whole = (tmp_path / "best_model").resolve()
    torch.save(model, whole)
    (tmp_path / "cut").write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(InputError, match="cut: SchNetPack cannot read a model from it"):
        schnetpack_import(str(tmp_path / "cut"))
    with pytest.raises(InputError, match=r"NeuralNetworkPotential, expected a model of mace-torch"):
        import_model(MACECalculatorRecipe(path=str(whole)), trust=True, level_of_theory="toy")


SMALL = {"features": 6, "radial_layers": (8, 8), "readout_features": 5, "cutoff_angstrom": 4.0}
MACE_KINDS = {
    "plain": MACERecipe(outputs=("energy",), **SMALL),
    "residual": MACERecipe(outputs=("energy",), first_interaction="residual", lmax=2, **SMALL),
    "three layers": MACERecipe(outputs=("energy",), interactions=3, correlation=2, **SMALL),
    "one layer": MACERecipe(outputs=("energy",), interactions=1, **SMALL),
    "scalars": MACERecipe(outputs=("energy",), lmax=0, edge_lmax=2, cutoff_power=6, **SMALL),
    "both": MACERecipe(outputs=("energy", "dipole"), **SMALL),
    "dipole": MACEDipoleRecipe(**SMALL),
}


def random_mace(recipe, dtype=torch.float64):
    """A model of mace-torch, made in this precision, with every weight drawn."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        return drawn(mace_model(recipe), scale=1.0)
    finally:
        torch.set_default_dtype(before)


def trained_mace(recipe):
    """Take some steps of training with mace-torch's own network."""
    model, batch = random_mace(recipe), molecules()
    labels = {name: torch.tensor(value) for name, value in toy_labels(batch).items()}
    names = {"energy": "energy", "dipole": "dipole_moment"}

    def network(data, compute_force):
        return model(data, training=True, compute_force=compute_force)

    def loss():
        found = upstream_predictions(network, recipe, batch)
        terms = [
            ((found[name] - labels[label]) ** 2).mean()
            for name, label in names.items()
            if found.get(name) is not None
        ]
        return sum(terms)

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        first, last = train(model.parameters(), loss)
    finally:
        torch.set_default_dtype(before)
    assert last < first
    return model


def mace_import(path, **settings):
    recipe = MACECalculatorRecipe(path=path, **settings)
    return recipe, import_model(recipe, trust=True, level_of_theory="toy")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "both", "dipole"])
def test_a_model_that_mace_trained(kind, tmp_path):
    path = save(trained_mace(MACE_KINDS[kind]), tmp_path)
    check(*mace_import(path))


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", MACE_KINDS)
@pytest.mark.parametrize("units", [{}, {"energy_unit": "kcal/mol", "dipole_unit": "e*angstrom"}])
def test_every_kind_of_mace(kind, units, tmp_path):
    recipe, imported = mace_import(save(random_mace(MACE_KINDS[kind]), tmp_path), **units)
    settings = MACE_KINDS[kind].model_dump(mode="json")
    ignored = {"readout_features", "lmax"} if kind == "one layer" else set()
    found = {n: v for n, v in imported.weights.architecture.items() if n not in ignored}
    assert found == {n: v for n, v in settings.items() if n not in ignored}
    check(recipe, imported)


@pytest.mark.usefixtures("in_this_process")
def test_mace_in_single_precision(tmp_path):
    model = random_mace(MACE_KINDS["plain"], torch.float32)
    recipe, imported = mace_import(save(model, tmp_path))
    check(recipe, imported, limit=importing.SINGLE_LIMIT)


def mace_variant(kind="ScaleShiftMACE", **changes):
    classes = modules.interaction_classes
    settings = {
        "r_max": 4.0,
        "num_bessel": 8,
        "num_polynomial_cutoff": 5,
        "max_ell": 2,
        "interaction_cls": classes["RealAgnosticResidualInteractionBlock"],
        "interaction_cls_first": classes["RealAgnosticInteractionBlock"],
        "num_interactions": 2,
        "num_elements": 3,
        "hidden_irreps": o3.Irreps("4x0e+4x1o"),
        "MLP_irreps": o3.Irreps("5x0e"),
        "atomic_energies": np.array([-0.5, 0.3, 0.8]),
        "avg_num_neighbors": 6.3,
        "atomic_numbers": list(HCO),
        "correlation": 2,
        "gate": torch.nn.functional.silu,
        "atomic_inter_scale": 1.0,
        "atomic_inter_shift": 0.0,
    }
    return getattr(modules, kind)(**settings | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gate": torch.tanh}, "activation tanh of the readout"),
        ({"distance_transform": "Agnesi"}, "distance transform AgnesiTransform"),
        ({"pair_repulsion": True}, "pair_repulsion = True"),
        ({"radial_type": "gaussian"}, "radial basis GaussianBasis"),
        ({"radial_type": "chebyshev"}, "radial basis ChebychevBasis"),
        ({"correlation": [3, 2]}, "correlation 3, 2 in its layers"),
        ({"apply_cutoff": False}, "apply_cutoff"),
        ({"use_last_readout_only": True}, "use_last_readout_only"),
        ({"use_agnostic_product": True}, "use_agnostic_product"),
        ({"use_so3": True}, "use_so3"),
        ({"keep_last_layer_irreps": True}, "last layer that keeps 4x0e"),
        (
            {"heads": ["a", "b"], "atomic_energies": np.zeros((2, 3))}
            | {"atomic_inter_scale": [1.0, 1.0], "atomic_inter_shift": [0.0, 0.0]},
            "several heads: a, b",
        ),
        (
            {
                "interaction_cls": modules.interaction_classes[
                    "RealAgnosticDensityResidualInteractionBlock"
                ]
            },
            "interaction RealAgnosticDensityResidualInteractionBlock",
        ),
        (
            {"readout_cls": modules.readout_classes["NonLinearBiasReadoutBlock"]},
            "readout NonLinearBiasReadoutBlock",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_of_mace_cannot_be_converted_is_named(changes, message):
    with pytest.raises(InputError, match=rf"cannot be converted: .*{message}"):
        describe_mace(mace_variant(**changes))
