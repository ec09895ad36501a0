"""Models of mace-torch itself, with drawn weights, and what they predict."""

import torch

from tests.potentials.parity.cases import mace_weights
from validation.upstream_models import mace_inputs, state_of


def draw(model, seed):
    """Draw all parameters of the mace-torch model at random and return its state."""
    parameters = dict(model.named_parameters())
    shapes = {name: tuple(value.shape) for name, value in parameters.items()}
    with torch.no_grad():
        for name, values in mace_weights(shapes, seed).items():
            # Weights that mace-torch does not train are zero.
            parameters[name].copy_(torch.tensor(values) * parameters[name].requires_grad)
    return state_of(model)


def upstream_predictions(model, recipe, molecules):
    """Return what mace-torch predicts, under its own names."""
    data = mace_inputs(molecules, cutoff_angstrom=recipe.cutoff_angstrom)
    return model(data, compute_force=recipe.architecture == "mace")
