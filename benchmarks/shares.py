"""Where the time of one evaluation goes, and the least that its matrix products would take."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.choice import Choice
from benchmarks.contenders import contenders, distorted
from benchmarks.timing import interleaved, matrix_rate

_CASE: Final = "energy, forces"
_PRODUCTS: Final = frozenset(("mm", "addmm", "bmm", "baddbmm", "mv", "dot"))
_CALLS: Final = 20


@dataclass(frozen=True, slots=True)
class ShareRow:
    """Part of vibench's time for one batch."""

    case: str
    architecture: str
    molecule: str
    batch: int
    dtype: str
    threads: int
    part: str
    """Matrix products, other operations of PyTorch, or the rest: compiled loops and Python."""
    calls: float | None
    """Operations in one evaluation; None of the rest."""
    ms: float
    """Time in one evaluation while it is watched, which makes many small operations slower."""
    unwatched_ms: float
    """Median time of the whole evaluation without watching it."""
    floor_ms: float
    """Time of the matrix products alone at the rate of large square ones."""


def shares(choice: Choice) -> Iterator[list[ShareRow]]:
    """Watch evaluations of energies and forces; yield the parts of each."""
    dtype = getattr(torch, choice.dtype)
    rate = matrix_rate(dtype=dtype)
    for architecture in choice.architectures:
        for molecule in choice.molecules:
            for batch in choice.batches:
                molecules = distorted(molecule, batch)
                codes = contenders(architecture, _CASE, molecules, size=choice.size, dtype=dtype)
                call = codes["vibench"]
                times = interleaved({"vibench": call}, seconds=choice.seconds)["vibench"]
                with FlopCounterMode(display=False) as counter:
                    call()
                yield [
                    ShareRow(
                        case=_CASE,
                        architecture=architecture,
                        molecule=molecule,
                        batch=batch,
                        dtype=choice.dtype,
                        threads=choice.threads,
                        part=part,
                        calls=calls,
                        ms=ms,
                        unwatched_ms=float(np.median(times)),
                        floor_ms=1e-6 * counter.get_total_flops() / rate,
                    )
                    for part, calls, ms in _parts(call)
                ]


def _parts(call: Callable[[], object]) -> list[tuple[str, float | None, float]]:
    """Return name, operations and ms of each part of one call."""
    counts, times = defaultdict[str, float](float), defaultdict[str, float](float)
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        began = time.perf_counter()
        for _ in range(_CALLS):
            call()
        whole = 1e3 * (time.perf_counter() - began) / _CALLS
    for event in watched.key_averages():
        name = event.key.removeprefix("aten::")
        part = "matrix products" if name in _PRODUCTS else "other operations"
        counts[part] += event.count / _CALLS
        times[part] += 1e-3 * event.self_cpu_time_total / _CALLS
    rest = max(whole - sum(times.values()), 0.0)
    named = [(part, counts[part], times[part]) for part in ("matrix products", "other operations")]
    return [*named, ("compiled loops and Python", None, rest)]
