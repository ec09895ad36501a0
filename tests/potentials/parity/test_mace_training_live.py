"""Steps of training as mace-torch takes them: same weights before, same weights after.

This needs mace-torch 0.3.16: ``uv run --group upstream pytest tests/potentials/parity``.
"""

import argparse

import numpy as np
import pytest
import torch
from ase.build import molecule as g2

from vibench.core.dataset import Dataset
from vibench.core.molecules import atom_counts, concatenate, single
from vibench.core.properties import Properties
from vibench.core.streams import generator
from vibench.core.weights import Weights
from vibench.pipeline.presets import preset_settings
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.conversion.mace import native_arrays, reference_energies
from vibench.potentials.learned import reference_energy
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.train.average import MovingAverage
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer

with pickles_allowed():
    pytest.importorskip("mace.modules", exc_type=ImportError)

from tests.potentials.parity.mace_models import draw
from validation.upstream_models import MEAN_NEIGHBOURS, mace_inputs, mace_model

pytestmark = pytest.mark.filterwarnings("ignore")

TOLERANCE = 1e-10
SIZE = {"features": 6, "radial_layers": (8, 8), "readout_features": 5}
MODELS = [MACERecipe(outputs=("energy",), lmax=1, **SIZE), MACEDipoleRecipe(lmax=2, **SIZE)]


@pytest.fixture(autouse=True)
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def labelled():
    """Nine structures of three molecules with drawn labels; three more for validation."""
    stream = generator("labels")
    parts = []
    for _ in range(4):
        for name in ("CH3OH", "H2CO", "CH3CH2OH"):
            atoms = g2(name)
            positions = atoms.positions + stream.normal(0, 0.1, (len(atoms), 3))
            parts.append(single(name, atoms.numbers, positions, atoms.get_masses()))
    molecules = concatenate(parts)
    labels = Properties(
        energy=stream.normal(size=len(molecules)),
        forces=stream.normal(size=(molecules.n_atoms, 3)),
        dipole=stream.normal(size=(len(molecules), 3)),
    )
    return Dataset(molecules, labels, "drawn", np.arange(len(molecules)))


class Frames(dict):
    """What mace-torch's step takes: a mapping whose entries are attributes as well."""

    __getattr__ = dict.__getitem__

    def to(self, device):
        return self

    def to_dict(self):
        return dict(self)


def upstream_batch(dataset, index, energies):
    """The structures at *index* as mace-torch takes them; its own *energies* replace the labels."""
    molecules = concatenate(
        [
            single(
                dataset.molecules.names[one],
                dataset.molecules.numbers[inside],
                dataset.molecules.positions[inside],
                dataset.molecules.masses[inside],
            )
            for one in index
            for inside in [dataset.molecules.molecule_index == one]
        ]
    )
    rows = np.concatenate([np.flatnonzero(dataset.molecules.molecule_index == o) for o in index])
    inputs = mace_inputs(molecules, cutoff_angstrom=5.0)
    ones = torch.ones(len(index))
    labels = {
        "energy": torch.tensor(energies[index]),
        "forces": torch.tensor(dataset.properties.forces[rows]),
        "dipole": torch.tensor(dataset.properties.dipole[index]),
    }
    weights = {f"{name}_weight": ones for name in labels} | {"weight": ones}
    weights["dipole_weight"] = ones[:, None]
    return Frames(inputs | labels | weights)


def upstream_optimizer(model, recipe):
    """The optimiser of mace-torch, as its command-line program makes it."""
    from mace.tools.scripts_utils import get_optimizer, get_params_options

    options = argparse.Namespace(
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        amsgrad=recipe.amsgrad,
        optimizer=recipe.optimizer,
        beta=0.9,
        freeze=None,
        lr_params_factors="{}",
    )
    return get_optimizer(options, get_params_options(options, model))


def differences(architecture, settings, steps=6):
    """Take the same steps with both codes; return the largest relative difference of weights."""
    from mace.modules import loss as losses
    from mace.tools.train import take_step

    model = mace_model(architecture)
    state = draw(model, 1)
    forces = isinstance(architecture, MACERecipe)
    offsets = reference_energies(state) if forces else dict.fromkeys((1, 6, 8), 0.0)
    arrays = native_arrays(state, architecture, mean_neighbours=MEAN_NEIGHBOURS)
    start = Weights(
        architecture.model_dump(mode="json"),
        {name: np.array(value) for name, value in arrays.items()},
        offsets,
        level_of_theory="drawn",
        training_checksum="",
    )
    dataset, recipe = labelled(), TrainRecipe(**settings | {"dtype": "float64", "batch_size": 3})
    trainer = Trainer(
        dataset,
        np.arange(9),
        np.arange(9, 12),
        architecture=architecture,
        recipe=recipe,
        start=start,
        device="cpu",
    )
    # Both have reference energies of their own: only the rest of the energy is learned.
    moved = reference_energy(dataset.molecules, start)
    energies = dataset.properties.energy + moved
    energies -= reference_energy(dataset.molecules, trainer.weights)
    optimizer = upstream_optimizer(model, recipe)
    if forces:
        loss = losses.WeightedEnergyForcesLoss(recipe.energy_weight, recipe.force_weight)
    else:
        loss = losses.DipoleSingleLoss(recipe.dipole_weight / 100.0)
    for step in range(steps):
        index = (np.arange(3) + 3 * step) % 9
        trainer.step(index)
        take_step(
            model=model,
            loss_fn=loss,
            batch=upstream_batch(dataset, index, energies),
            optimizer=optimizer,
            ema=None,
            output_args={"forces": forces, "virials": False, "stress": False},
            max_grad_norm=recipe.gradient_clip,
            device=torch.device("cpu"),
        )
    after = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    expected = native_arrays(after, architecture, mean_neighbours=MEAN_NEIGHBOURS)
    found = trainer.network.state_dict()
    moved = max(np.abs(expected[name] - arrays[name]).max() for name in expected)
    assert moved > 1e-3, "steps that change nothing prove nothing"
    return max(
        np.abs(found[name].numpy() - expected[name]).max() / max(np.abs(expected[name]).max(), 1)
        for name in expected
    )


@pytest.mark.parametrize("architecture", MODELS, ids=lambda recipe: recipe.architecture)
@pytest.mark.parametrize(
    "strong", [{}, {"weight_decay": 0.05}, {"optimizer": "adamw", "weight_decay": 0.5}]
)
def test_steps_of_the_paper_preset_are_those_of_mace_torch(architecture, strong):
    paper = preset_settings("paper", architecture.architecture, "training")
    assert differences(architecture, paper | strong) <= TOLERANCE


def test_weight_decay_on_all_parameters_is_something_else():
    paper = preset_settings("paper", "mace", "training") | {"weight_decay": 0.05}
    assert differences(MODELS[0], paper | {"weight_decay_on": "all"}) > 1e-6


def test_molecules_of_a_batch_are_those_of_the_data_set():
    dataset = labelled()
    batch = upstream_batch(dataset, np.array([0, 2]), dataset.properties.energy)
    assert batch.ptr.tolist() == [0, *np.cumsum(atom_counts(dataset.molecules)[[0, 2]])]


@pytest.mark.parametrize("warm_up", [True, False])
def test_moving_averages_are_those_of_torch_ema(warm_up):
    torch_ema = pytest.importorskip("torch_ema")
    network = torch.nn.Linear(3, 2)
    ours = MovingAverage(network, decay=0.99, warm_up=warm_up)
    theirs = torch_ema.ExponentialMovingAverage(
        network.parameters(), decay=0.99, use_num_updates=warm_up
    )
    for _ in range(20):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        ours.update(network)
        theirs.update()
    for found, expected in zip(ours.network.parameters(), theirs.shadow_params, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
