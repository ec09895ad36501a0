"""Which atoms of a batch see each other."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from vibench.core.molecules import Array
from vibench.tensors import to_tensor


@dataclass(frozen=True, eq=False)
class PairIndex:
    """Directed pairs of atoms, sorted by the atom that receives messages."""

    first: Tensor
    """(atoms + 1,) first pair of each centre, and the number of pairs at the end."""
    centre: Tensor
    """(pairs,) atom that receives."""
    neighbour: Tensor
    """(pairs,) atom that sends."""
    row: Tensor
    """(pairs,) number of the unordered pair: the same for (i, j) and (j, i)."""
    one: Tensor
    """(rows,) first atom of each unordered pair."""
    other: Tensor
    """(rows,) second atom of each unordered pair."""
    either: Tensor
    """(pairs,) row, plus the number of rows for pairs that point from ``other`` to ``one``."""

    @cached_property
    def atoms(self) -> int:
        """Number of atoms."""
        return len(self.first) - 1

    @cached_property
    def pairs(self) -> int:
        """Number of directed pairs."""
        return len(self.row)

    @cached_property
    def rows(self) -> int:
        """Number of unordered pairs."""
        return len(self.one)

    @cached_property
    def arrays(self) -> tuple[Array, Array, Array]:
        """``first``, ``neighbour`` and ``row`` for loops on a CPU."""
        first, neighbour, row = (t.cpu().numpy() for t in (self.first, self.neighbour, self.row))
        return first, neighbour, row

    @cached_property
    def own(self) -> "PairIndex":
        """Every atom paired with itself, and with a filter of its own."""
        atoms = torch.arange(self.atoms + 1, device=self.first.device)
        same = atoms[:-1]
        return PairIndex(atoms, same, same, same, same, same, same)


def pair_index(centre: Array, neighbour: Array, *, atoms: int, device: torch.device) -> PairIndex:
    """Index directed pairs that are sorted by centre and contain (j, i) with every (i, j).

    Parameters
    ----------
    centre, neighbour : (pairs,)
        Atoms of each pair.
    atoms
        Number of atoms of the batch.
    """
    low, high = np.minimum(centre, neighbour), np.maximum(centre, neighbour)
    key, row = np.unique(low * atoms + high, return_inverse=True)
    one, other = np.divmod(key, max(atoms, 1))

    def tensor(array: Array) -> Tensor:
        return to_tensor(array, device=device)

    return PairIndex(
        first=tensor(np.searchsorted(centre, np.arange(atoms + 1))),
        centre=tensor(centre),
        neighbour=tensor(neighbour),
        row=tensor(row),
        one=tensor(one),
        other=tensor(other),
        either=tensor(row + len(key) * (centre > neighbour)),
    )
