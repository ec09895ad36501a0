"""Models of the upstream codes themselves, made from vibench's settings, and what they take.

Importing this module needs neither code; each function needs the one in its name.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from vibench.core.molecules import Array, Molecules, atom_counts
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.geometry import Geometry, geometry_of
from vibench.potentials.recipes import (
    FieldSchNetRecipe,
    MACEDipoleRecipe,
    MACERecipe,
    PaiNNRecipe,
    SchNetRecipe,
    SO3netRecipe,
)

ELEMENTS: Final = (1, 6, 8)
"""Elements of the MACE models."""
MEAN_NEIGHBOURS: Final = 6.3
"""Their mean number of neighbours."""
RESPONSES: Final = ("forces", "dipole_moment", "polarizability")
"""What FieldSchNet can derive from its energy."""

type SchNetPackRecipe = SchNetRecipe | FieldSchNetRecipe | SO3netRecipe | PaiNNRecipe


def schnetpack_model(
    recipe: SchNetPackRecipe, *, responses: Sequence[str] = RESPONSES
) -> nn.Module:
    """Return SchNetPack's model with its own initial weights.

    Parameters
    ----------
    recipe
        Settings; its outputs are those of the model.
    responses
        Derivatives of the energy that FieldSchNet gives.
    """
    import schnetpack as spk
    from schnetpack import representation

    classes = {
        "schnet": representation.SchNet,
        "field_schnet": representation.FieldSchNet,
        "so3net": representation.SO3net,
        "painn": representation.PaiNN,
    }
    kind, settings = recipe.architecture, dict[str, Any]()
    if isinstance(recipe, SO3netRecipe):
        settings = {"lmax": recipe.lmax, "return_vector_representation": True}
    if isinstance(recipe, FieldSchNetRecipe):
        settings = {"response_properties": list(RESPONSES)}
    layers = classes[kind](
        n_atom_basis=recipe.features,
        n_interactions=recipe.interactions,
        radial_basis=spk.nn.GaussianRBF(recipe.radial_functions, recipe.cutoff_angstrom),
        cutoff_fn=spk.nn.CosineCutoff(recipe.cutoff_angstrom),
        **settings,
    )
    energy = spk.atomistic.Atomwise(n_in=recipe.features, output_key="energy")
    inputs = [spk.atomistic.PairwiseDistances()]
    if isinstance(recipe, FieldSchNetRecipe):
        fields = spk.atomistic.StaticExternalFields(response_properties=list(RESPONSES))
        response = spk.atomistic.Response(energy_key="energy", response_properties=list(responses))
        return spk.model.NeuralNetworkPotential(layers, [fields, *inputs], [energy, response])
    outputs = [energy, spk.atomistic.Forces()]
    if "dipole" in recipe.outputs:
        dipole = spk.atomistic.DipoleMoment(
            n_in=recipe.features,
            dipole_key="dipole_moment",
            use_vector_representation=kind != "schnet",
        )
        outputs.append(dipole)
    return spk.model.NeuralNetworkPotential(layers, inputs, outputs)


def schnetpack_inputs(
    molecules: Molecules[Array], *, cutoff_angstrom: float, dtype: torch.dtype = torch.float64
) -> dict[str, Tensor]:
    """Return what a model of SchNetPack takes: all pairs within the cutoff."""
    import schnetpack.properties as keys

    geometry, inside = _pairs_inside(molecules, cutoff_angstrom, dtype)
    count = len(molecules)
    return {
        keys.Z: geometry.numbers,
        keys.R: torch.tensor(molecules.positions, dtype=dtype),
        keys.idx_i: geometry.index.centre[inside],
        keys.idx_j: geometry.index.neighbour[inside],
        keys.offsets: torch.zeros(int(inside.sum()), 3, dtype=dtype),
        keys.idx_m: geometry.molecule_index,
        keys.n_atoms: torch.tensor(atom_counts(molecules)),
        keys.cell: torch.zeros(count, 3, 3, dtype=dtype),
        keys.pbc: torch.zeros(3 * count, dtype=torch.bool),
        keys.total_charge: geometry.charge,
    }


def mace_model(recipe: MACERecipe | MACEDipoleRecipe) -> nn.Module:
    """Return mace-torch's model of H, C and O with its own initial weights."""
    with pickles_allowed():
        from e3nn import o3
        from mace import modules

    classes = modules.interaction_classes
    plain = isinstance(recipe, MACEDipoleRecipe) or recipe.first_interaction == "plain"
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
    if isinstance(recipe, MACEDipoleRecipe):
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


def mace_inputs(
    molecules: Molecules[Array], *, cutoff_angstrom: float, dtype: torch.dtype = torch.float64
) -> dict[str, Tensor]:
    """Return what a model of mace-torch takes: all pairs within the cutoff."""
    geometry, inside = _pairs_inside(molecules, cutoff_angstrom, dtype)
    count, pairs = len(molecules), int(inside.sum())
    numbers = torch.searchsorted(torch.tensor(ELEMENTS), geometry.numbers)
    return {
        "positions": torch.tensor(molecules.positions, dtype=dtype),
        "node_attrs": torch.nn.functional.one_hot(numbers, len(ELEMENTS)).to(dtype),
        "edge_index": torch.stack(
            [geometry.index.neighbour[inside], geometry.index.centre[inside]]
        ),
        "shifts": torch.zeros(pairs, 3, dtype=dtype),
        "unit_shifts": torch.zeros(pairs, 3, dtype=dtype),
        "cell": torch.zeros(3 * count, 3, dtype=dtype),
        "batch": geometry.molecule_index,
        "ptr": torch.tensor([0, *np.cumsum(atom_counts(molecules))]),
        "head": torch.zeros(count, dtype=torch.int64),
        "charges": torch.zeros(molecules.n_atoms, dtype=dtype),
        "pbc": torch.zeros(3 * count, dtype=torch.bool),
    }


def state_of(model: nn.Module) -> dict[str, Array]:
    """Return the weights and tables of a model as arrays."""
    return {name: value.detach().numpy() for name, value in model.state_dict().items()}


def _pairs_inside(
    molecules: Molecules[Array], cutoff_angstrom: float, dtype: torch.dtype
) -> tuple[Geometry, Tensor]:
    geometry = geometry_of(
        molecules, cutoff_angstrom=cutoff_angstrom, dtype=dtype, device=torch.device("cpu")
    )
    return geometry, geometry.pairs().distances[geometry.index.row] < cutoff_angstrom
