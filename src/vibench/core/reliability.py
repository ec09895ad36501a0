"""Reliability: how large the errors of a committee are where its spread says they are."""

from dataclasses import dataclass

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


def committee_name(model: str) -> str:
    """Return the name of the committee of all trainings of a model."""
    return f"{model}, committee"


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Errors of one property by predicted standard deviation, in bins of equally many values."""

    model: str
    """Name of the committee."""
    name: str
    """What is predicted: ``"energy"``, ``"force"`` or ``"dipole"``."""
    unit: str
    """Unit of all values, per component."""
    dataset: str
    """Data set the errors were measured on."""
    predicted: Array
    """(bins,) root mean square of the predicted standard deviations, ascending."""
    error: Array
    """(bins,) root mean square error."""
    low: Array
    """(bins,) lower end of the 95 % interval of `error`; NaN if there is none."""
    high: Array
    """(bins,) upper end of it."""

    def __post_init__(self) -> None:
        expected = np.shape(self.predicted)
        for field in ("error", "low", "high"):
            found = np.shape(getattr(self, field))
            if found != expected:
                raise InputError(f"reliability {field} has shape {found}, expected {expected}")
