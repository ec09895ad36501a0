"""The loss: weighted mean squared errors of energies, forces and dipoles."""

import torch
from torch import Tensor

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.properties import Properties
from vibench.train.recipe import TrainRecipe

LABELS = ("energy", "forces", "dipole")


def label_weights(recipe: TrainRecipe) -> dict[str, float]:
    """Return the weight of each label that enters the loss, those with zero weight left out."""
    weights = {
        "energy": recipe.energy_weight,
        "forces": recipe.force_weight,
        "dipole": recipe.dipole_weight,
    }
    return {name: weight for name, weight in weights.items() if weight > 0}


def check_labels(dataset: Dataset, recipe: TrainRecipe) -> None:
    """Refuse a loss that asks for labels the data does not have."""
    for name in label_weights(recipe):
        if getattr(dataset.properties, name) is None:
            setting = "force_weight" if name == "forces" else f"{name}_weight"
            raise InputError(
                f"{setting} is not zero but the training data has no {name}; "
                f"set {setting} = 0 or add the labels"
            )


def loss(
    predicted: Properties[Tensor], labels: Properties[Tensor], weights: dict[str, float]
) -> Tensor:
    """Return Σ_k w_k · mean squared error of label k over a batch."""
    terms = [
        weight * (getattr(predicted, name) - getattr(labels, name)).square().mean()
        for name, weight in weights.items()
    ]
    return torch.stack(terms).sum()


def absolute_errors(predicted: Properties[Tensor], labels: Properties[Tensor]) -> dict[str, Tensor]:
    """Return the sum of absolute errors and the number of values of every label present."""
    sums = {}
    for name in LABELS:
        label = getattr(labels, name)
        if label is not None:
            sums[name] = (getattr(predicted, name) - label).abs().sum()
            sums[f"{name} count"] = torch.tensor(label.numel(), dtype=label.dtype)
    return sums
