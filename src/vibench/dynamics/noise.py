"""Noise: normal numbers that depend on seed, molecule, replica, temperature and step only."""

from itertools import pairwise

import numpy as np

from vibench.core.molecules import Array, atom_offsets
from vibench.dynamics.ensemble import Ensemble

BLOCK_STEPS = 256
"""Steps whose numbers are drawn together, so that no step loops over trajectories."""


class Noise:
    """Standard normal numbers for every step of every trajectory of an ensemble.

    A trajectory's numbers are the same bits alone, in any ensemble, and after a restart at any
    step: each block of steps has a position of its own in the trajectory's random stream.

    Parameters
    ----------
    ensemble
        The trajectories.
    seed
        Seed of the run.
    draws
        Numbers per step, atom and direction.
    """

    def __init__(self, ensemble: Ensemble, seed: int, draws: int) -> None:
        self._ensemble, self._seed = ensemble, seed
        self._numbers = np.empty((BLOCK_STEPS, draws, ensemble.molecules.n_atoms, 3))
        self._block = -1

    def at(self, step: int) -> Array:
        """Return (draws, atoms, 3) standard normal numbers of the integration step *step*."""
        block, row = divmod(step, BLOCK_STEPS)
        if block != self._block:
            self._draw(block)
        numbers: Array = self._numbers[row]
        return numbers

    def _draw(self, block: int) -> None:
        offsets = atom_offsets(self._ensemble.molecules)
        for entry, (start, stop) in enumerate(pairwise(offsets)):
            stream = self._ensemble.stream(entry, self._seed, "noise", block=block)
            shape = (*self._numbers.shape[:2], stop - start, 3)
            self._numbers[:, :, start:stop] = stream.standard_normal(shape)
        self._block = block
