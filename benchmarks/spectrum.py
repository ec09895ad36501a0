"""A spectrum from long trajectories: time and memory."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe


@dataclass(frozen=True, slots=True)
class SpectrumRow:
    """One spectrum."""

    steps: int
    replicas: int
    seconds: float
    growth_mib: float
    """By how much the process grew; the dipoles themselves are not counted."""
    dipoles_mib: float


def spectrum(*, tiny: bool) -> Iterator[list[SpectrumRow]]:
    """Make a spectrum from 64 trajectories of 100 000 steps."""
    steps, replicas = (5_000, 4) if tiny else (100_000, 64)
    numbers = np.random.default_rng(0)
    dipoles = [np.cumsum(numbers.normal(size=(steps, 3)), axis=0) for _ in range(replicas)]
    settings = {"time_step_fs": 0.5, "temperature_k": 300.0, "recipe": SpectrumRecipe()}
    spectrum_from_dipoles([one[:5_000] for one in dipoles[:2]], **settings)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    spectrum_from_dipoles(dipoles, **settings)
    seconds = time.perf_counter() - began
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    yield [SpectrumRow(steps, replicas, seconds, growth, sum(d.nbytes for d in dipoles) / 2**20)]
