"""The worker: runs one task, in whatever process, and leaves a result in the store."""

import os
import signal
import threading
from datetime import UTC, datetime
from multiprocessing import parent_process
from pathlib import Path

from vibench.pipeline.machine import (
    forget_peak_memory,
    hardware,
    peak_memory_mib,
    used_device,
    versions,
)
from vibench.pipeline.meter import Meter
from vibench.pipeline.progress import FileProgress
from vibench.pipeline.stages.job import Job
from vibench.pipeline.stages.table import run_stage
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Artefact, Store

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def start_worker(threads: int) -> None:
    """Prepare a fresh process: threads, silence on Ctrl-C, and an end if the parent dies."""
    _limit_threads(threads)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _limit_threads(threads: int) -> None:
    """Say how many threads numerical libraries may use; they look when they are loaded."""
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(threads)


def run_task_in(
    folder: Path, task: Task, root: Path, given: dict[str, Artefact], resources: Resources
) -> Artefact:
    """Run *task* as `run_task` does, in a process that somebody else started, in *folder*.

    Its parameters have no names that mean something to Parsl, as ``inputs`` does.
    """
    _limit_threads(resources.threads)
    os.chdir(folder)
    return run_task(task, root, given, resources)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


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
    store = Store(root)
    identity = task.identity(inputs)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    with store.workspace(identity) as workspace:
        # Another process may have finished the same task while this one waited for its turn.
        if (finished := store.find(identity)) is not None:
            return finished
        meter = Meter(workspace.scratch)
        forget_peak_memory()
        job = Job(
            task=task,
            inputs={role: inputs[name] for role, name in task.inputs.items()},
            workspace=workspace,
            progress=FileProgress(workspace.scratch, meter),
            resources=resources,
        )
        outcome = run_stage(job)
        observed = {
            "task": task.name,
            "status": "done",
            "started": started,
            **meter.spent()._asdict(),
            "peak_memory_mib": peak_memory_mib(),
            "threads": resources.threads,
            "processes": resources.workers,
            "device": used_device(),
            "hardware": hardware(),
            "versions": versions(),
            "outcome": outcome,
        }
        return store.finish(workspace, identity, observed)
