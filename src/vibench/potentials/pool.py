"""A potential spread over processes: for reference calculators that take a core each."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import numpy as np

from vibench.core.errors import InputError, TaskError
from vibench.core.molecules import Array, Molecules, select
from vibench.core.properties import Properties, concatenate_properties
from vibench.core.protocols import Capabilities, Potential

_THREAD_SETTINGS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class PooledPotential:
    """Splits every batch over worker processes, each with a potential of its own.

    Results are those of the potential in this process, bit for bit, if it treats each molecule
    by itself, as calculators that start cold do. Workers compute with one thread each. Close the
    pool, or use it in a ``with`` block.

    Parameters
    ----------
    factory
        Makes the potential; it must be picklable, e.g. a class or a ``functools.partial``.
    workers
        Number of processes.

    Raises
    ------
    InputError
        If *workers* is not positive.
    """

    def __init__(self, factory: Callable[[], Potential], workers: int) -> None:
        if workers < 1:
            raise InputError(f"a pool needs at least one worker, found {workers}")
        context = get_context("spawn")
        self._connections: list[Connection] = []
        self._processes = []
        for _ in range(workers):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(factory, there), daemon=True)
            with _holding_back_interrupts():
                process.start()
            there.close()
            self._connections.append(here)
            self._processes.append(process)
        try:
            name, capabilities = self._answers(workers)[0]
        except Exception:
            self.close()
            raise
        self._name: str = name
        self._capabilities: Capabilities = capabilities

    @property
    def name(self) -> str:
        """The name of the potential."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What the potential predicts and for which molecules."""
        return self._capabilities

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        """Predict the properties of *molecules*.

        Raises
        ------
        TaskError
            If a worker has died. What the potential itself raises is raised here.
        """
        parts = np.array_split(np.arange(len(molecules)), min(len(molecules), len(self._processes)))
        for connection, part in zip(self._connections, parts, strict=False):
            with suppress(OSError):  # a dead worker shows when its answer is read
                connection.send(select(molecules, part))
        return concatenate_properties(self._answers(len(parts)))

    def close(self) -> None:
        """End the workers."""
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()

    def _answers(self, count: int) -> list[Any]:
        """Return the answers of the first *count* workers, or raise the first error among them.

        All of them are awaited first, so that no late answer is taken for the next one.
        """
        answers = [_receive(connection) for connection in self._connections[:count]]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def _holding_back_interrupts() -> Iterator[None]:
    """Deliver a Ctrl-C only after the block, and to a process started in it only when it serves.

    Until then Python would print where the process was interrupted.
    """
    resource_tracker.ensure_running()  # Python starts it with the first process, and lifts the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _receive(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, OSError):
        return TaskError("a worker process of the pool has died; see its output on stderr")


def _serve(factory: Callable[[], Potential], connection: Connection) -> None:
    """Answer batches until the other end closes: the life of a worker process.

    Ctrl-C on a terminal reaches every process; this one ends of it without a word.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for name in _THREAD_SETTINGS:
        os.environ[name] = "1"
    try:
        potential = factory()
        connection.send((potential.name, potential.capabilities))
        while True:
            connection.send(_attempt(potential, connection.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:  # noqa: BLE001  # sent to the process that asked
        connection.send(error)


def _attempt(potential: Potential, molecules: Molecules[Array]) -> Properties[Array] | Exception:
    """Return the properties of *molecules*, or the error, for the process that asked."""
    try:
        return potential(molecules)
    except Exception as error:  # noqa: BLE001  # raised again where it was asked for
        return error
