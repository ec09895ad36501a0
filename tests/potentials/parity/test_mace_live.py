"""MACE against mace-torch itself: same weights, same energies, forces and dipoles.

This needs the packages of the dependency group "upstream", and the environment variable
TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1, without which e3nn 0.4.4 does not import beside a new torch.
"""

import warnings

import numpy as np
import pytest
import torch
from ase.build import molecule as g2
from scipy.spatial.transform import Rotation

from vibench.core.molecules import concatenate, single
from vibench.core.streams import generator
from vibench.potentials.conversion.mace import native_arrays, reference_energies
from vibench.potentials.geometry import geometry_of
from vibench.potentials.mace import MACE, MACEDipole
from vibench.potentials.network import predict
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.training_statistics import TrainingStatistics
from vibench.testing.parity import drawn_arrays

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    modules = pytest.importorskip("mace.modules", exc_type=ImportError)
    from e3nn import o3

pytestmark = pytest.mark.filterwarnings("ignore")

ELEMENTS = (1, 6, 8)
MEAN_NEIGHBOURS = 6.3
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


def upstream_model(recipe):
    classes = modules.interaction_classes
    plain = recipe.architecture == "mace_dipole" or recipe.first_interaction == "plain"
    first = "RealAgnosticInteractionBlock" if plain else "RealAgnosticResidualInteractionBlock"
    f, h = recipe.features, recipe.readout_features
    irreps = "+".join(f"{f}x{l}{'eo'[l % 2]}" for l in range(recipe.lmax + 1))
    common = {
        "r_max": recipe.cutoff_angstrom,
        "num_bessel": recipe.radial_functions,
        "num_polynomial_cutoff": recipe.cutoff_power,
        "max_ell": recipe.edge_lmax,
        "interaction_cls": classes["RealAgnosticResidualInteractionBlock"],
        "interaction_cls_first": classes[first],
        "num_interactions": recipe.interactions,
        "num_elements": len(ELEMENTS),
        "hidden_irreps": o3.Irreps(irreps),
        "avg_num_neighbors": MEAN_NEIGHBOURS,
        "atomic_numbers": list(ELEMENTS),
        "correlation": recipe.correlation,
        "gate": torch.nn.functional.silu,
        "radial_MLP": list(recipe.radial_layers),
    }
    scalars, both = o3.Irreps(f"{h}x0e"), o3.Irreps(f"{h}x0e+{h}x1o")
    if recipe.architecture == "mace_dipole":
        return modules.AtomicDipolesMACE(MLP_irreps=scalars, atomic_energies=None, **common)
    energies = np.array([-0.5, 0.3, 0.8])
    if "dipole" in recipe.outputs:
        return modules.EnergyDipolesMACE(MLP_irreps=both, atomic_energies=energies, **common)
    return modules.ScaleShiftMACE(
        MLP_irreps=scalars,
        atomic_energies=energies,
        atomic_inter_scale=1.7,
        atomic_inter_shift=0.3,
        **common,
    )


def draw(model, seed):
    """Draw all parameters of the mace-torch model at random and return its state."""
    parameters = dict(model.named_parameters())
    shapes = {name: tuple(value.shape) for name, value in parameters.items()}
    with torch.no_grad():
        for name, values in drawn_arrays(shapes, seed).items():
            zeroed = not parameters[name].requires_grad
            # Products are normalised by their number of paths, as mace-torch does at first.
            scale = 1 / values.shape[1] if "symmetric_contractions" in name else 1.0
            parameters[name].copy_(torch.tensor(0.0 if zeroed else scale) * torch.tensor(values))
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}


def upstream_predictions(model, recipe, molecules):
    geometry = geometry_of(molecules, dtype=torch.float64, device=torch.device("cpu"))
    inside = geometry.pairs().distances < recipe.cutoff_angstrom
    count = len(molecules)
    numbers = torch.searchsorted(torch.tensor(ELEMENTS), geometry.numbers)
    data = {
        "positions": torch.tensor(molecules.positions),
        "node_attrs": torch.nn.functional.one_hot(numbers, len(ELEMENTS)).to(torch.float64),
        "edge_index": torch.stack([geometry.neighbour[inside], geometry.centre[inside]]),
        "shifts": torch.zeros(int(inside.sum()), 3),
        "unit_shifts": torch.zeros(int(inside.sum()), 3),
        "cell": torch.zeros(3 * count, 3),
        "batch": geometry.molecule_index,
        "ptr": torch.tensor([0, *np.cumsum(np.bincount(molecules.molecule_index))]),
        "head": torch.zeros(count, dtype=torch.int64),
        "charges": torch.zeros(molecules.n_atoms),
        "pbc": torch.zeros(3 * count, dtype=torch.bool),
    }
    return model(data, compute_force=recipe.architecture == "mace")


def relative_error(found, expected):
    found, expected = (np.asarray(values.detach()) for values in (found, expected))
    assert np.abs(expected).max() > 1e-3, "a degenerate case proves nothing"
    return np.abs(found - expected).max() / np.abs(expected).max()


def compare(recipe, seed=1):
    model = upstream_model(recipe)
    state = draw(model, seed)
    network = (MACE if recipe.architecture == "mace" else MACEDipole)(
        recipe, TrainingStatistics(elements=ELEMENTS)
    )
    arrays = native_arrays(state, recipe, mean_neighbours=MEAN_NEIGHBOURS)
    network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
    errors = {}
    for turn in (0, 1):
        molecules = batch(turn)
        geometry = geometry_of(molecules, dtype=torch.float64, device=torch.device("cpu"))
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
