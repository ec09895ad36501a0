"""Check of the locks that keep processes from making the same result, or deleting it, at a time."""

import time
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from vibench.core.errors import TaskError
from vibench.pipeline.doctor.finding import Finding
from vibench.store.artefacts import Workspace
from vibench.store.sharing import alone, in_use

_PATIENCE_S = 60.0
"""Time for a process to start on a busy machine."""
_RESULT = "result.partial"
_LOCKS = 2
"""That of a result being made, and that of the whole store."""
_ADVICE = "choose a folder on a local disk with --runs or VIBENCH_RUNS"


def check_locks(folder: Path) -> Finding:
    """Let another process take the locks of a store, try to take them, and again once it is killed.

    The process is a new one of this program; nothing else is touched.
    """
    context = get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(folder, ready), daemon=True)
    holder.start()
    try:
        if not ready.wait(_PATIENCE_S):
            return Finding("fault", "another process cannot take a lock here", _ADVICE)
        if _taken(folder) > 0:
            return Finding("fault", "two processes can hold the same lock", _ADVICE)
    finally:
        holder.kill()
        holder.join()
    if _taken(folder) < _LOCKS:
        return Finding("fault", "a lock stays when the process that holds it is killed", _ADVICE)
    return Finding("ok", "one process at a time, and free again when it is killed")


def _hold(folder: Path, ready: Event) -> None:
    """Take both kinds of locks until this process is killed."""
    with Workspace(folder / _RESULT), in_use(folder):
        ready.set()
        time.sleep(2 * _PATIENCE_S)


def _taken(folder: Path) -> int:
    """Try to take each of the locks, let it go again, and return how many could be had."""
    taken = 0
    for lock in (Workspace(folder / _RESULT), alone(folder)):
        with suppress(TaskError), lock:
            taken += 1
    return taken
