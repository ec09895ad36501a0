"""Errors on held-out structures while a network is trained."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from torch import Tensor, nn

from vibench.core.properties import Properties
from vibench.core.units import DEBYE
from vibench.potentials.network import predict
from vibench.train.batches import Batch, TrainingData
from vibench.train.loss import absolute_errors

_REPORTED: Final = {
    "energy": ("energy_mae_mev", 1e3, "E", "meV"),
    "forces": ("force_mae_mev_per_angstrom", 1e3, "F", "meV/Å"),
    "dipole": ("dipole_mae_mdebye", 1e3 / DEBYE, "μ", "mD"),
}
"""Label → column of the history, factor to its unit, and symbol and unit for people."""

type Loss = Callable[[Properties[Tensor], Batch], Tensor]


def validate(
    network: nn.Module, data: TrainingData, loss: Loss, *, batch_size: int
) -> dict[str, float]:
    """Return loss and mean absolute errors of a network; a name says the unit of its value."""
    total, sums = 0.0, dict[str, float]()
    order = np.arange(len(data))
    for batch in data.batches(order, 4 * batch_size):
        found = predict(network, batch.geometry, training=False)
        total += float(loss(found, batch)) * batch.geometry.n_molecules
        for name, part in absolute_errors(found, batch.labels).items():
            sums[name] = sums.get(name, 0.0) + float(part)
    errors = {"validation_loss": total / len(order)}
    for name, (column, factor, *_) in _REPORTED.items():
        if sums.get(f"{name} count"):
            errors[column] = factor * sums[name] / sums[f"{name} count"]
    return errors


def in_words(history: Mapping[str, Sequence[float]]) -> str:
    """Return the last errors for people, in physical units."""
    parts = [
        f"{symbol} {history[column][-1]:.3g} {unit}"
        for column, _, symbol, unit in _REPORTED.values()
        if column in history
    ]
    return "validation MAE " + ", ".join(parts)
