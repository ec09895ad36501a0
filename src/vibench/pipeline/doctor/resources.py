"""Checks of cores, threads and memory."""

import os
from collections.abc import Mapping

from vibench.pipeline.cgroups import core_limit, memory_left
from vibench.pipeline.doctor.finding import Finding
from vibench.pipeline.machine import available_cores, free_memory

_GIB = 2**30
_NEEDED_GIB = 1.5
"""What one process takes, PyTorch included: 1.1 GiB for the quickstart and 1.4 GiB for the larger
studies that ship, by the peaks in their records; a single evaluation took 1.9 GiB."""
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_BINDING = {
    "OMP_PROC_BIND": {"", "false"},
    "KMP_AFFINITY": {"", "none", "disabled"},
    "GOMP_CPU_AFFINITY": {""},
}
"""Variable that binds threads to cores → values with which it does not."""


def check_cores() -> Finding:
    """Say how many cores there are, and whether a limit allows fewer."""
    cores, limit = available_cores(), core_limit()
    if limit is not None and limit < cores:
        return Finding(
            "warning",
            f"{cores} cores, but a limit (cgroup) of {limit:g} cores of processor time",
            f"run with --workers {max(1, int(limit))}",
        )
    return Finding("ok", f"{cores} may be used")


def check_threads(environment: Mapping[str, str] = os.environ) -> Finding:
    """Look for variables with which threads of several processes would be in each other's way."""
    cores = _usable_cores()
    wrong = [
        name
        for name in _THREADS
        if environment.get(name, "").isdigit() and int(environment[name]) > cores
    ]
    wrong += [
        name
        for name, harmless in _BINDING.items()
        if environment.get(name, "").lower() not in harmless
    ]
    if wrong:
        found = ", ".join(f"{name}={environment[name]}" for name in wrong)
        advice = f"unset {' '.join(wrong)}: more threads than cores, or all bound to the same ones"
        return Finding("warning", found, advice)
    return Finding("ok", "no variable asks for more threads than there are cores")


def check_memory() -> Finding:
    """Compare free memory with what a small study takes."""
    free, limit = free_memory(), memory_left()
    limited = limit is not None and limit < free
    free_gib = (limit if limit is not None and limited else free) / _GIB
    found = f"{free_gib:.1f} GiB free{' below the limit (cgroup)' * limited}"
    processes, cores = int(free_gib / _NEEDED_GIB), _usable_cores()
    if processes < 1:
        advice = "end other programs, or ask for more memory"
        return Finding("fault", f"{found}, but a process takes {_NEEDED_GIB} GiB", advice)
    if processes < cores:
        found += f"; one process per core takes {cores * _NEEDED_GIB:g} GiB"
        return Finding("warning", found, f"run with --workers {processes}")
    return Finding("ok", f"{found}; one process per core takes {cores * _NEEDED_GIB:g} GiB")


def _usable_cores() -> int:
    return max(1, int(min(available_cores(), core_limit() or available_cores())))
