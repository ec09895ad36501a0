"""Models of mace-torch itself, with drawn weights, and what they predict."""

import numpy as np
import torch

from tests.potentials.parity.cases import ELEMENTS, MEAN_NEIGHBOURS, mace_weights
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.geometry import geometry_of

with pickles_allowed():
    from e3nn import o3
    from mace import modules


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
        for name, values in mace_weights(shapes, seed).items():
            # Weights that mace-torch does not train are zero.
            parameters[name].copy_(torch.tensor(values) * parameters[name].requires_grad)
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
