"""The loss: weighted mean squared errors of energies, forces and dipoles."""

import torch
from torch import Tensor

from vibench.core.errors import InputError
from vibench.core.properties import PER_ATOM, Properties
from vibench.train.batches import Batch
from vibench.train.recipe import SecondStage, TrainRecipe

LABELS = ("energy", "forces", "dipole")


def label_weights(recipe: TrainRecipe | SecondStage, predicted: frozenset[str]) -> dict[str, float]:
    """Return the weight of each label that enters the loss.

    Labels with zero weight and those that are not *predicted* are left out.

    Raises
    ------
    InputError
        If no label is left.
    """
    weights = {
        "energy": recipe.energy_weight,
        "forces": recipe.force_weight,
        "dipole": recipe.dipole_weight,
    }
    used = {name: weight for name, weight in weights.items() if weight > 0 and name in predicted}
    if not used:
        raise InputError(
            f"the architecture predicts {', '.join(sorted(predicted))}, and the loss gives all of "
            "them zero weight: there is nothing to learn"
        )
    return used


def loss(
    predicted: Properties[Tensor],
    batch: Batch,
    weights: dict[str, float],
    *,
    per_atom: bool,
) -> Tensor:
    """Return Σ_k w_k · mean squared error of label k over a batch.

    With *per_atom*, errors of energies and dipoles are divided by the number of atoms first. A
    mean is over the structures of the batch that have the label; without any it is zero.
    """
    terms = []
    for name, weight in weights.items():
        error, count = _errors(getattr(predicted, name), getattr(batch.labels, name))
        if per_atom and name not in PER_ATOM:
            atoms = torch.bincount(batch.geometry.molecule_index)
            error = error / atoms.reshape(-1, *[1] * (error.ndim - 1))
        terms.append(weight * error.square().sum() / count.clamp(min=1))
    return torch.stack(terms).sum()


def _errors(predicted: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
    """Return deviations, zero where the label is missing, and the number of labels."""
    missing = label.isnan()
    error = torch.where(missing, torch.zeros_like(label), predicted - label)
    return error, (~missing).sum()


def absolute_errors(predicted: Properties[Tensor], labels: Properties[Tensor]) -> dict[str, Tensor]:
    """Return the sum of absolute errors and the number of values of every label predicted."""
    sums = {}
    for name in LABELS:
        label, value = getattr(labels, name), getattr(predicted, name)
        if label is not None and value is not None:
            error, count = _errors(value, label)
            sums[name], sums[f"{name} count"] = error.abs().sum(), count
    return sums
