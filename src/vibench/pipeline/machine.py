"""The machine: what ran the numbers, for records and reports."""

import os
import platform
import resource
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vibench.pipeline.cgroups import memory_left

_RECORDED = ("vibench", "numpy", "scipy", "ase", "torch", "tblite")
_GPU_DRIVER = Path("/proc/driver/nvidia/version")
_STATUS = Path("/proc/self/status")
_MEMORY = Path("/proc/meminfo")
_FORGET_PEAK = Path("/proc/self/clear_refs")
_OPTIONAL = ("pyscf", "schnetpack", "mace-torch")


def forget_peak_memory() -> None:
    """Let the largest memory of this process count from now on, where the system can do that."""
    # Where it cannot, a process that does several tasks reports the largest of them for all.
    with suppress(OSError):
        _FORGET_PEAK.write_text("5", encoding="ascii")


def peak_memory_mib() -> float:
    """Return the largest resident memory of this process since `forget_peak_memory` in MiB."""
    if _STATUS.is_file():
        for line in _STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return round(int(line.split()[1]) / 2**10, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def free_memory() -> int:
    """Return bytes of memory that can be had; where the system does not say, all there is."""
    if _MEMORY.is_file():
        for line in _MEMORY.read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 2**10
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def available_memory_mib() -> float:
    """Return the memory that processes may still take in MiB, limits of containers included."""
    free, left = free_memory(), memory_left()
    return (free if left is None else min(free, left)) / 2**20


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_gpu() -> bool:
    """Return whether a GPU's driver is loaded, without asking the GPU."""
    return _GPU_DRIVER.exists()


def used_device() -> str:
    """Return ``"cuda"`` if this process has worked with a GPU, else ``"cpu"``."""
    torch = sys.modules.get("torch")
    return "cuda" if torch is not None and torch.cuda.is_initialized() else "cpu"


def hardware() -> str:
    """Return processor, cores and operating system in words."""
    return f"{_processor()}, {available_cores()} cores, {platform.system()} {platform.machine()}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that numbers depend on."""
    found = {"python": platform.python_version()} | {name: version(name) for name in _RECORDED}
    return found | {name: number for name in _OPTIONAL if (number := installed_version(name))}


def installed_version(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed; nothing is imported."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
