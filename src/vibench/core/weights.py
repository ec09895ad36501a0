"""Weights: a trained model as data, with all that is needed to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vibench.core.molecules import Array


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Parameters of a model and the facts without which they mean nothing.

    Predictions are in the package's units: eV, eV/Å, e·Å.
    """

    architecture: Mapping[str, Any]
    """The architecture's recipe in JSON form, its name under ``"architecture"``."""
    arrays: Mapping[str, Array]
    """Parameter name → values."""
    reference_energies: Mapping[int, float]
    """Atomic number → energy in eV that is added per atom; its keys are the known elements."""
    level_of_theory: str
    """Method of the labels the model was trained on."""
    training_checksum: str
    """SHA-256 of the training structures and labels."""
    charged: bool = False
    """Whether charged or open-shell molecules were among the training structures."""
