"""Representation: what a network knows of every atom before anything is read out."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """Features of the atoms of a batch."""

    scalars: Tensor
    """(atoms, features) features that do not change when the molecule turns."""
    vectors: Tensor | None = None
    """(atoms, 3, features) features that turn with it, as x, y, z; None where there are none."""
