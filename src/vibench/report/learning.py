"""Learning curves sorted into plots: losses with losses, forces with forces."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.molecules import Array
from vibench.report.results import LearningCurve

_TOPICS: Final = {
    "loss": "Loss",
    "energy": "Energy",
    "force": "Forces",
    "dipole": "Dipole",
    "rate": "Learning rate",
}
"""Word in the name of a column → title of the plot it belongs to; losses before properties."""

_NOT_SHOWN: Final = ("epoch", "time", "second", "wall")


@dataclass(frozen=True, slots=True, eq=False)
class LearningPanel:
    """One plot of a model's training."""

    model: str
    """Name of the model."""
    title: str
    """What is plotted."""
    unit: str
    """Unit of the values; empty for a pure number."""
    epochs: Array
    """(epochs,) the horizontal axis."""
    series: tuple[tuple[str, Array], ...]
    """Label and (epochs,) values of each line."""


def learning_panels(curve: LearningCurve) -> tuple[LearningPanel, ...]:
    """Return the plots of one model; columns of one topic and unit share a plot."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in curve.columns:
        if not any(word in name.lower() for word in _NOT_SHOWN):
            groups.setdefault((_topic(name), curve.units.get(name, "")), []).append(name)
    epochs = np.asarray(curve.columns["epoch"], dtype=np.float64)
    return tuple(
        LearningPanel(curve.model, title, unit, epochs, _series(curve, names))
        for (title, unit), names in groups.items()
    )


def _topic(name: str) -> str:
    lowered = name.lower()
    found = (title for word, title in _TOPICS.items() if word in lowered)
    return next(found, name.replace("_", " "))


def _label(name: str) -> str:
    """Return the name of a column without its unit: energy_mae_mev is the energy MAE."""
    words = re.sub(r"_(mev|mdebye|ev)(_per_[a-z]+)?$", "", name.lower()).split("_")
    return " ".join(word.upper() if word in {"mae", "rmse"} else word for word in words)


def _series(curve: LearningCurve, names: Sequence[str]) -> tuple[tuple[str, Array], ...]:
    return tuple(
        (_label(name), np.asarray(curve.columns[name], dtype=np.float64)) for name in names
    )
