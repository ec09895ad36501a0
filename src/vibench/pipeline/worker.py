"""The worker: runs one task, in whatever process, and leaves a result in the store."""

import os
import platform
import resource
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

from vibench.pipeline.progress import FileProgress
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Artefact, Store

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_RECORDED = ("vibench", "numpy", "scipy", "ase", "torch", "tblite")


def start_worker(threads: int) -> None:
    """Prepare a fresh process: threads, silence on Ctrl-C, and an end if the parent dies."""
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def run_task(task: Task, root: Path, inputs: dict[str, Artefact], resources: Resources) -> Artefact:
    """Run *task* and return its result; go on from its last checkpoint if there is one.

    Parameters
    ----------
    task
        What to do.
    root
        Root folder of the store.
    inputs
        Task name → result, for all tasks this one uses.
    resources
        What it may use.
    """
    # Stages bring torch with them, which a process that only plans must not load.
    from vibench.pipeline.stages import STAGES, Job

    store = Store(root)
    identity = task.identity(inputs)
    began = time.perf_counter()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    with store.workspace(identity) as workspace:
        # Another process may have finished the same task while this one waited for its turn.
        if (finished := store.find(identity)) is not None:
            return finished
        job = Job(
            task=task,
            inputs={role: inputs[name] for role, name in task.inputs.items()},
            workspace=workspace,
            progress=FileProgress(workspace.scratch),
            resources=resources,
        )
        outcome = STAGES[task.stage](job)
        observed = {
            "task": task.name,
            "status": "done",
            "started": started,
            "wall_s": round(time.perf_counter() - began, 3),
            "peak_memory_mib": peak_memory_mib(),
            "threads": resources.threads,
            "hardware": hardware(),
            "versions": versions(),
            "outcome": outcome,
        }
        return store.finish(workspace, identity, observed)


def peak_memory_mib() -> float:
    """Return the largest resident memory of this process so far in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def hardware() -> str:
    """Return processor, cores and operating system in words."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _RECORDED}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def outcome_text(observed: dict[str, Any]) -> str:
    """Return what a record says of how its task ended, in words."""
    outcome = observed.get("outcome") or {}
    return str(outcome.get("text", ""))
