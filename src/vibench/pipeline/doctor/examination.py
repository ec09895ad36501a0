"""The examination: all checks, one after the other."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from vibench.core.errors import VibenchError
from vibench.pipeline.doctor.finding import Finding
from vibench.pipeline.doctor.locks import check_locks
from vibench.pipeline.doctor.methods import check_gfn2, check_gpu, check_network
from vibench.pipeline.doctor.packages import check_extras, check_packages, check_python
from vibench.pipeline.doctor.resources import check_cores, check_memory, check_threads
from vibench.pipeline.doctor.storage import (
    check_clock,
    check_names,
    check_space,
    check_whole_files,
    trial_folder,
)

_OF_THE_FOLDER = {
    "space": check_space,
    "files": check_whole_files,
    "locks": check_locks,
    "clock": check_clock,
    "names": check_names,
}


def examine(runs: Path, device: str) -> Iterator[tuple[str, Finding]]:
    """Yield what each check finds, by its name, as soon as it is done.

    Parameters
    ----------
    runs
        Folder of results; it need not be there yet, and is left as it is.
    device
        Device of networks: ``"auto"``, ``"cpu"`` or ``"cuda"``.
    """
    checks: dict[str, Callable[[], Finding]] = {
        "Python": check_python,
        "packages": check_packages,
        "extras": check_extras,
        "cores": check_cores,
        "threads": check_threads,
        "memory": check_memory,
        "GPU": partial(check_gpu, device),
        "network": partial(check_network, device),
        "GFN2-xTB": check_gfn2,
    }
    for name, check in checks.items():
        yield name, outcome(check)
    try:
        with trial_folder(runs) as folder:
            yield "results", Finding("ok", f"{runs} can be written to")
            for name, check_folder in _OF_THE_FOLDER.items():
                yield name, outcome(partial(check_folder, folder))
    except OSError as error:
        advice = "choose another folder with --runs or VIBENCH_RUNS"
        yield "results", Finding("fault", f"{runs} cannot be written to: {error.strerror}", advice)


def outcome(check: Callable[[], Finding]) -> Finding:
    """Return what a check finds; one that fails has found a fault."""
    try:
        return check()
    except VibenchError as error:
        return Finding("fault", str(error))
    except Exception as error:  # noqa: BLE001  # a broken library may raise anything
        return Finding("fault", f"{type(error).__name__}: {error}")
