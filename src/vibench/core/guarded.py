"""Reading of files that may bring a process down, in a process of its own.

A damaged file can make a library in C ask for all memory, run for ever or crash. In a child process
with limited memory and time that is an error like any other. The child has all rights of its user:
it is no protection against code that a file smuggles in through a fault of such a library.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import InputError, VibenchError

MEMORY_MIB: Final = 4096.0
"""Memory in MiB that a child may take, besides eight times the size of its file."""
SECONDS: Final = 60.0
"""Time in s that a child may take, besides one second per 5 MB of its file."""
_MIB: Final = 2**20
_PER_SIZE: Final = 8
_BYTES_PER_S: Final = 5e6


def in_child[T](
    function: Callable[..., T],
    path: Path,
    *arguments: Any,
    memory_mib: float = MEMORY_MIB,
    seconds: float = SECONDS,
) -> T:
    """Return ``function(path, *arguments)``, computed in a child process with limits.

    Parameters
    ----------
    function
        A function of a module, found there by its name.
    path
        The file, or folder of files, that it reads; limits grow with its size.
    arguments
        Its other arguments.
    memory_mib
        Memory in MiB that the child may take.
    seconds
        Time in s that it may take.

    Raises
    ------
    InputError
        If *function* raises an error of vibench, or the child crashes, or runs out of memory or
        time.
    """
    size = _size(path)
    memory_mib += _PER_SIZE * size / _MIB
    seconds += size / _BYTES_PER_S
    work = pickle.dumps((memory_mib, function, (path, *arguments)))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(  # ourselves
            [sys.executable, "-m", "vibench.core.guarded"],
            input=work,
            capture_output=True,
            check=False,
            timeout=seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{path} could not be read within {seconds:.0f} s: it is damaged, or made to be endless"
        ) from None
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip() or "no message").splitlines()[-1]
        raise InputError(
            f"{path}: reading it took down the process that did so (code {done.returncode}: "
            f"{last:.200}): it is damaged, or needs more than {memory_mib:.0f} MiB"
        )
    refused, result = pickle.loads(done.stdout)  # noqa: S301  # of the child above, not of the file
    if refused:
        raise InputError(result)
    made: T = result
    return made


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def limit_memory(memory_mib: float) -> None:
    """Let this process take no more than so many MiB beyond what it has.

    The limit is one of address space. Linux keeps to it; macOS accepts it and does not keep to it,
    Windows does not know it: there only the limit of time holds.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = _address_space() + round(memory_mib * _MIB)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _address_space() -> int:
    """Return the bytes that this process has mapped, or 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _main() -> None:
    """Do what the parent sent, and send back whether it was refused, and the result or why."""
    # What libraries print must not get between the parent and the reply.
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    memory_mib, function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the parent
    limit_memory(memory_mib)
    try:
        answer = False, function(*arguments)
    except VibenchError as error:
        answer = True, str(error)
    with reply:
        pickle.dump(answer, reply, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    _main()
