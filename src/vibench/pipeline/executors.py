"""Executors: where functions are called, in this process or in others on this machine."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from queue import SimpleQueue
from typing import Any

from vibench.core.errors import WorkerLostError
from vibench.pipeline.worker import start_worker


class InProcess(Executor):
    """Calls a function when it is submitted, in this process."""

    def submit[T](
        self, function: Callable[..., T], /, *arguments: Any, **options: Any
    ) -> Future[T]:
        """Call *function* and return its result as a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            future.set_exception(error)
        return future


class Processes(Executor):
    """A few processes, each by itself: one that is killed takes no other with it.

    At most as many calls as there are processes may be under way. The call of a process that ended
    too early fails with `WorkerLostError`, and a new process takes its place.
    """

    def __init__(self, workers: int, threads: int) -> None:
        self._threads = threads
        self._idle: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        self._all: list[ProcessPoolExecutor] = []
        for _ in range(workers):
            self._add_process()

    @property
    def processes(self) -> list[int]:
        """Numbers of the processes that have been started."""
        return [number for pool in self._all for number in (pool._processes or {})]  # noqa: SLF001 - no other way

    def submit[T](
        self, function: Callable[..., T], /, *arguments: Any, **options: Any
    ) -> Future[T]:
        """Call *function* in a process that has nothing to do; wait for one if there is none."""
        process, future = self._idle.get(), Future[T]()
        inner = process.submit(function, *arguments, **options)
        future.set_running_or_notify_cancel()
        inner.add_done_callback(partial(self._settle, process, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as Executor has it
        """End all processes."""
        for process in self._all:
            process.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _add_process(self) -> None:
        process = ProcessPoolExecutor(
            max_workers=1,
            mp_context=get_context("spawn"),
            initializer=start_worker,
            initargs=(self._threads,),
        )
        self._all.append(process)
        self._idle.put(process)

    def _settle(
        self, process: ProcessPoolExecutor, future: Future[Any], inner: Future[Any]
    ) -> None:
        if inner.cancelled():
            future.set_exception(WorkerLostError("it was cancelled"))
            return
        error = inner.exception()
        if isinstance(error, BrokenExecutor):
            # A broken pool ends by itself. It holds its lock here: it must neither be shut down
            # nor be forgotten, both of which would wait for that lock.
            self._add_process()
            error = WorkerLostError(
                "its process ended unasked, killed from outside or for want of memory"
            )
        else:
            self._idle.put(process)
        if error is None:
            future.set_result(inner.result())
        else:
            future.set_exception(error)
