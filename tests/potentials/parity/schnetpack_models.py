"""Models of SchNetPack itself, with drawn weights, and what they predict."""

from dataclasses import replace

import numpy as np
import schnetpack.properties as keys
import torch

from tests.potentials.parity.cases import SCHNETPACK, weights
from validation.upstream_models import schnetpack_inputs, schnetpack_model


def drawn(case):
    """Return SchNetPack's model of a case in double precision, all parameters drawn."""
    model = schnetpack_model(SCHNETPACK[case]).double().eval()
    parameters = dict(model.named_parameters())
    found = weights({name: tuple(value.shape) for name, value in parameters.items()})
    with torch.no_grad():
        for name, value in parameters.items():
            value.copy_(torch.tensor(found[name]))
    return model, found


def evaluate(model, molecules, *, field=None):
    """Return what SchNetPack predicts, as float64 arrays under vibench's names."""
    inputs = schnetpack_inputs(molecules, cutoff_angstrom=5.0)
    if field is not None:
        values = torch.tensor(np.tile(field, (len(molecules), 1)), dtype=torch.float64)
        inputs[keys.electric_field] = values.requires_grad_()
    raw = model(inputs)
    names = {"energy": "energy", "forces": "forces", "dipole": "dipole_moment"}
    names["polarizability"] = "polarizability"
    return {name: raw[key].detach().numpy() for name, key in names.items() if key in raw}


def with_field(molecules, field):
    """Return the molecules in a field (3,) in V/Å."""
    return replace(molecules, electric_field=np.tile(field, (len(molecules), 1)))
