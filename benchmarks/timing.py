"""Timing of several codes side by side."""

import time
from collections.abc import Callable, Mapping

import torch

type Call = Callable[[], object]


def interleaved(
    calls: Mapping[str, Call], *, seconds: float, least: int = 3
) -> dict[str, list[float]]:
    """Return code → times of its calls in ms.

    Codes take turns, so that a change of the machine's speed meets all. Each is called once
    beforehand, and afterwards until it has used its share of *seconds*, but at least *least* times.
    """
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    waiting = set(calls)
    while waiting:
        for name in sorted(waiting):
            began = time.perf_counter()
            calls[name]()
            times[name].append(1e3 * (time.perf_counter() - began))
            if sum(times[name]) > 1e3 * seconds / len(calls) and len(times[name]) >= least:
                waiting.discard(name)
    return times


def matrix_rate(*, dtype: torch.dtype, size: int = 1024, seconds: float = 1.0) -> float:
    """Return the machine's speed at products of square matrices, in 1e9 operations per second."""
    left, right = torch.randn(2, size, size, dtype=dtype)
    times = interleaved({"product": lambda: left @ right}, seconds=seconds)["product"]
    return 2e-6 * size**3 / min(times)
