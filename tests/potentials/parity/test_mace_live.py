"""MACE against mace-torch itself: same weights, same energies, forces and dipoles.

This needs mace-torch 0.3.16: ``uv run --group upstream pytest tests/potentials/parity``.
"""

import numpy as np
import pytest
import torch
from ase.build import molecule as g2
from scipy.spatial.transform import Rotation

from vibench.core.molecules import concatenate, single
from vibench.core.streams import generator
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.conversion.mace import native_arrays, reference_energies
from vibench.potentials.geometry import geometry_of
from vibench.potentials.mace import MACE, MACEDipole
from vibench.potentials.network import predict
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.training_statistics import TrainingStatistics

with pickles_allowed():
    pytest.importorskip("mace.modules", exc_type=ImportError)

from tests.potentials.parity.mace_models import draw, upstream_predictions
from validation.upstream_models import ELEMENTS, MEAN_NEIGHBOURS, mace_model

pytestmark = pytest.mark.filterwarnings("ignore")

TOLERANCE = 1e-10


@pytest.fixture(autouse=True)
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def batch(turn=0):
    molecules = [g2(name) for name in ("CH3OH", "H2CO", "CH3CH2OH")]
    parts = []
    for number, atoms in enumerate(molecules):
        name = atoms.get_chemical_formula()
        positions = atoms.positions + generator("jitter", number).normal(0, 0.1, (len(atoms), 3))
        if turn:
            rotation = Rotation.random(rng=np.random.default_rng(turn))
            positions = rotation.apply(positions) + 3.0 * turn
        parts.append(single(name, atoms.numbers, positions, atoms.get_masses()))
    return concatenate(parts)


def relative_error(found, expected):
    found, expected = (np.asarray(values.detach()) for values in (found, expected))
    assert np.abs(expected).max() > 1e-3, "a degenerate case proves nothing"
    return np.abs(found - expected).max() / np.abs(expected).max()


def compare(recipe, seed=1):
    model = mace_model(recipe)
    state = draw(model, seed)
    network = (MACE if recipe.architecture == "mace" else MACEDipole)(
        recipe, TrainingStatistics(elements=ELEMENTS)
    )
    arrays = native_arrays(state, recipe, mean_neighbours=MEAN_NEIGHBOURS)
    network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
    errors = {}
    for turn in (0, 1):
        molecules = batch(turn)
        geometry = geometry_of(
            molecules, cutoff_angstrom=5.0, dtype=torch.float64, device=torch.device("cpu")
        )
        found = predict(network, geometry, training=False)
        expected = upstream_predictions(model, recipe, molecules)
        if recipe.architecture == "mace":
            offsets = reference_energies(state)
            constant = np.array([offsets[int(z)] for z in molecules.numbers])
            constant = np.bincount(molecules.molecule_index, constant)
            energy = expected["energy"] - torch.tensor(constant)
            errors[turn, "energy"] = relative_error(found.energy, energy)
            errors[turn, "forces"] = relative_error(found.forces, expected["forces"])
        if found.dipole is not None:
            errors[turn, "dipole"] = relative_error(found.dipole, expected["dipole"])
    return errors


def cases():
    small = {"features": 6, "radial_layers": (8, 8), "readout_features": 5}
    for first in ("plain", "residual"):
        for lmax in (0, 1, 2):
            for correlation in (1, 2, 3):
                for interactions in (1, 2, 3):
                    size = {"lmax": lmax, "correlation": correlation, "interactions": interactions}
                    outputs = [("energy",)] + [("energy", "dipole")] * (lmax > 0)
                    for read in outputs:
                        yield MACERecipe(first_interaction=first, outputs=read, **size, **small)
                    if first == "plain" and lmax > 0:
                        yield MACEDipoleRecipe(**size, **small)
    for edge_lmax in (1, 2):
        for lmax in (1, 2):
            size = {"edge_lmax": edge_lmax, "lmax": lmax, "radial_functions": 6}
            for correlation in (1, 2, 3):
                yield MACERecipe(correlation=correlation, cutoff_power=6, **size, **small)
    yield MACERecipe(outputs=("energy",), cutoff_angstrom=2.0, **small)


def label(recipe):
    changed = recipe.model_dump(exclude_defaults=True, exclude={"radial_layers"})
    return recipe.architecture + "-" + "-".join(f"{k}={v}" for k, v in changed.items())


@pytest.mark.slow
@pytest.mark.parametrize("recipe", list(cases()), ids=label)
def test_every_combination_of_settings(recipe):
    errors = compare(recipe)
    assert max(errors.values()) <= TOLERANCE, errors


@pytest.mark.parametrize(
    "recipe",
    [
        MACERecipe(outputs=("energy",), features=256),
        MACERecipe(outputs=("energy", "dipole"), features=128, first_interaction="residual"),
        MACEDipoleRecipe(features=16),
    ],
    ids=label,
)
def test_sizes_of_the_paper(recipe):
    errors = compare(recipe)
    assert max(errors.values()) <= TOLERANCE, errors
