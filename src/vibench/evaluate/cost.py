"""Cost of one evaluation."""

import time

import numpy as np

from vibench.core.molecules import Array, Molecules, concatenate, select, with_positions
from vibench.core.protocols import Potential
from vibench.core.score import Score

_WARM_UP = 3


def inference_time(
    potential: Potential, molecules: Molecules[Array], *, batch: int = 1, repeats: int = 20
) -> Score:
    """Measure the wall time per molecule of energies, forces and dipole of the first molecule.

    The molecule is evaluated *repeats* times in a batch of *batch* copies, each time at fresh
    positions as in dynamics; the median is reported, with the quartiles as its interval.
    """
    copies = concatenate([select(molecules, 0)] * batch)
    times = []
    for _ in range(_WARM_UP + repeats):
        moved = with_positions(copies, copies.positions.copy())
        began = time.perf_counter()
        potential(moved)
        times.append(1e3 * (time.perf_counter() - began) / batch)
    low, middle, high = np.percentile(times[_WARM_UP:], [25, 50, 75])
    return Score(
        name="inference time",
        value=float(middle),
        unit="ms per molecule",
        higher_is_better=False,
        n=repeats,
        low=float(low),
        high=float(high),
        estimand=f"median and quartiles of one evaluation, batch of {batch}",
        model=potential.name,
        molecule=molecules.names[0],
        dataset=f"batch {batch}",
    )
