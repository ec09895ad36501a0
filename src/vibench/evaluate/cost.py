"""Cost of one evaluation."""

import time

import numpy as np
from scipy.stats import quantile_test

from vibench.core.molecules import Array, Molecules, concatenate, select, with_positions
from vibench.core.protocols import Potential
from vibench.core.score import Score

_WARM_UP = 3


def inference_time(
    potential: Potential, molecules: Molecules[Array], *, batch: int = 1, repeats: int = 20
) -> Score:
    """Measure the wall time per molecule of energies, forces and dipole of the first molecule.

    The molecule is evaluated *repeats* times in a batch of *batch* copies, each time at fresh
    positions as in dynamics; the median is reported with its 95 % interval by order statistics.
    """
    copies = concatenate([select(molecules, 0)] * batch)
    times = []
    for _ in range(_WARM_UP + repeats):
        moved = with_positions(copies, copies.positions.copy())
        began = time.perf_counter()
        potential(moved)
        times.append(1e3 * (time.perf_counter() - began) / batch)
    interval = quantile_test(times[_WARM_UP:], p=0.5).confidence_interval()
    return Score(
        name="inference time",
        value=float(np.median(times[_WARM_UP:])),
        unit="ms per molecule",
        higher_is_better=False,
        n=repeats,
        low=float(interval.low),
        high=float(interval.high),
        estimand=f"median of single evaluations, batch of {batch}",
        model=potential.name,
        molecule=molecules.names[0],
        dataset=f"batch {batch}",
    )
