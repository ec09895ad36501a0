"""Models of SchNetPack itself, with drawn weights, and what they predict."""

from dataclasses import replace

import numpy as np
import schnetpack as spk
import schnetpack.properties as keys
import torch
from schnetpack import representation

from tests.potentials.parity.cases import SCHNETPACK, weights
from vibench.core.molecules import atom_counts
from vibench.potentials.neighbours import atom_pairs

RESPONSES = ["forces", "dipole_moment", "polarizability"]
_CLASSES = {
    "schnet": representation.SchNet,
    "field_schnet": representation.FieldSchNet,
    "so3net": representation.SO3net,
    "painn": representation.PaiNN,
}


def build(recipe):
    """Return SchNetPack's model of these settings, in its own initial weights."""
    kind, settings = recipe.architecture, {}
    if kind == "so3net":
        settings = {"lmax": recipe.lmax, "return_vector_representation": True}
    if kind == "field_schnet":
        settings = {"response_properties": RESPONSES}
    layers = _CLASSES[kind](
        n_atom_basis=recipe.features,
        n_interactions=recipe.interactions,
        radial_basis=spk.nn.GaussianRBF(recipe.radial_functions, recipe.cutoff_angstrom),
        cutoff_fn=spk.nn.CosineCutoff(recipe.cutoff_angstrom),
        **settings,
    )
    energy = spk.atomistic.Atomwise(n_in=recipe.features, output_key="energy")
    inputs = [spk.atomistic.PairwiseDistances()]
    if kind == "field_schnet":
        fields = spk.atomistic.StaticExternalFields(response_properties=RESPONSES)
        response = spk.atomistic.Response(energy_key="energy", response_properties=RESPONSES)
        return spk.model.NeuralNetworkPotential(layers, [fields, *inputs], [energy, response])
    dipole = spk.atomistic.DipoleMoment(
        n_in=recipe.features,
        dipole_key="dipole_moment",
        use_vector_representation=kind != "schnet",
    )
    outputs = [energy, spk.atomistic.Forces(), dipole]
    return spk.model.NeuralNetworkPotential(layers, inputs, outputs)


def drawn(case):
    """Return SchNetPack's model of a case in double precision, all parameters drawn."""
    model = build(SCHNETPACK[case]).double().eval()
    parameters = dict(model.named_parameters())
    found = weights({name: tuple(value.shape) for name, value in parameters.items()})
    with torch.no_grad():
        for name, value in parameters.items():
            value.copy_(torch.tensor(found[name]))
    return model, found


def state(model):
    """Return the model's state as arrays."""
    return {name: value.numpy() for name, value in model.state_dict().items()}


def evaluate(model, molecules, *, field=None):
    """Return what SchNetPack predicts, as float64 arrays under vibench's names."""
    centre, neighbour = atom_pairs(atom_counts(molecules))
    count = len(molecules)
    inputs = {
        keys.Z: torch.tensor(molecules.numbers),
        keys.R: torch.tensor(molecules.positions),
        keys.idx_i: torch.tensor(centre),
        keys.idx_j: torch.tensor(neighbour),
        keys.offsets: torch.zeros(len(centre), 3, dtype=torch.float64),
        keys.idx_m: torch.tensor(molecules.molecule_index),
        keys.n_atoms: torch.tensor(atom_counts(molecules)),
        keys.cell: torch.zeros(count, 3, 3, dtype=torch.float64),
        keys.pbc: torch.zeros(3 * count, dtype=torch.bool),
        keys.total_charge: torch.tensor(molecules.charge),
    }
    if field is not None:
        values = torch.tensor(np.tile(field, (count, 1)), dtype=torch.float64)
        inputs[keys.electric_field] = values.requires_grad_()
    raw = model(inputs)
    names = {"energy": "energy", "forces": "forces", "dipole": "dipole_moment"}
    names["polarizability"] = "polarizability"
    return {name: raw[key].detach().numpy() for name, key in names.items() if key in raw}


def with_field(molecules, field):
    """Return the molecules in a field (3,) in V/Å."""
    return replace(molecules, electric_field=np.tile(field, (len(molecules), 1)))
