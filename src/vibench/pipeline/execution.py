"""Execution: run the tasks of a graph on an executor, reusing what the store already has."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from vibench.core.errors import InputError, TaskError
from vibench.core.files import make_folder
from vibench.pipeline.outlook import Outlook, Timekeeper
from vibench.pipeline.progress import Report, read_progress
from vibench.pipeline.tasks import Resources, Task, in_order
from vibench.pipeline.worker import run_task, start_worker
from vibench.store.artefacts import Artefact, Store
from vibench.store.sharing import in_use

_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Event:
    """Something a spectator of the execution may want to show."""

    task: Task
    kind: str
    """``"reused"``, ``"started"``, ``"progress"``, ``"done"`` or ``"failed"``."""
    report: Report | None = None
    message: str = ""
    outlook: Outlook | None = None
    """How far the whole study has come."""


class Ending(NamedTuple):
    """How a task came to its end."""

    kind: str
    """``"reused"``, ``"done"`` or ``"failed"``."""
    message: str = ""
    """Why it failed."""


type Spectator = Callable[[Event], None]


def local_executor(workers: int, threads: int) -> Executor:
    """Return a pool of local processes, each with its share of threads."""
    return ProcessPoolExecutor(
        max_workers=workers,
        mp_context=get_context("spawn"),
        initializer=start_worker,
        initargs=(threads,),
    )


def execute(
    tasks: Sequence[Task],
    store: Store,
    executor: Executor,
    *,
    slots: int,
    resources: Resources,
    spectator: Spectator,
) -> dict[str, Artefact]:
    """Run *tasks* and return their results by name.

    At most *slots* tasks run at a time; of those that could run, the one listed first goes first.
    A task whose result is in the store is not run. After a failure the tasks that do not depend
    on it still run.

    Raises
    ------
    InputError
        If a task was given something that cannot be used.
    TaskError
        If tasks failed; the message names them.
    """
    make_folder(store.root)
    run = _Run(
        in_order(tasks), store, executor, slots=slots, resources=resources, spectator=spectator
    )
    with in_use(store.root):
        return run.results()


class _Run:
    """The state of one execution."""

    def __init__(
        self,
        tasks: Sequence[Task],
        store: Store,
        executor: Executor,
        *,
        slots: int,
        resources: Resources,
        spectator: Spectator,
    ) -> None:
        self.waiting = {task.name: task for task in tasks}
        self.store, self.executor, self.slots = store, executor, slots
        self.resources, self.spectator = resources, spectator
        self.finished: dict[str, Artefact] = {}
        self.failed: dict[str, BaseException] = {}
        self.running: dict[Future[Artefact], Task] = {}
        self.folders: dict[str, Path] = {}
        self.reports: dict[str, Report] = {}
        self.timekeeper = Timekeeper(tasks, slots)

    def results(self) -> dict[str, Artefact]:
        """Run everything that can be run."""
        try:
            self._submit_ready()
            while self.running:
                done, _ = wait(self.running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in done:
                    self._collect(future)
                self._submit_ready()
                self._report_progress()
        except BaseException:
            self.executor.shutdown(wait=False, cancel_futures=True)
            raise
        if self.failed:
            raise _failure(self.failed, list(self.waiting))
        return self.finished

    def _submit_ready(self) -> None:
        """Start the first tasks that can run; a reused result may make others ready."""
        while len(self.running) < self.slots:
            ready = (
                task
                for task in self.waiting.values()
                if set(task.inputs.values()) <= self.finished.keys()
            )
            task = next(ready, None)
            if task is None:
                return
            del self.waiting[task.name]
            self._start(task)

    def _start(self, task: Task) -> None:
        """Reuse the result of *task* if it is there, else submit the task."""
        inputs = {name: self.finished[name] for name in task.inputs.values()}
        identity = task.identity(inputs)
        artefact = self.store.find(identity)
        if artefact is not None:
            self.finished[task.name] = artefact
            self.timekeeper.end(task, artefact.record.observed["wall_s"])
            self._tell(task, "reused")
            return
        scratch = self.store.root / identity.stage / f"{identity.key}.partial" / "checkpoint"
        self.folders[task.name] = scratch
        future = self.executor.submit(run_task, task, self.store.root, inputs, self.resources)
        self.running[future] = task
        self.timekeeper.start(task)
        self._tell(task, "started")

    def _collect(self, future: Future[Artefact]) -> None:
        task = self.running.pop(future)
        self.reports.pop(task.name, None)
        error = future.exception()
        if error is None:
            self.finished[task.name] = future.result()
            self.timekeeper.end(task, self.finished[task.name].record.observed["wall_s"])
            self._tell(task, "done")
        else:
            self.failed[task.name] = error
            self.timekeeper.end(task, None)
            self._tell(task, "failed", message=str(error))

    def _report_progress(self) -> None:
        for task in self.running.values():
            report = read_progress(self.folders[task.name])
            if report is not None:
                self.reports[task.name] = report
                self._tell(task, "progress", report=report)

    def _tell(
        self, task: Task, kind: str, *, report: Report | None = None, message: str = ""
    ) -> None:
        outlook = self.timekeeper.outlook(self.reports)
        self.spectator(Event(task, kind, report, message, outlook))


def _failure(failed: Mapping[str, BaseException], left: Sequence[str]) -> Exception:
    """Return the exception that tells of *failed* tasks and those *left* undone because of it."""
    unexpected = [e for e in failed.values() if not isinstance(e, InputError | TaskError)]
    if unexpected:
        unexpected[0].add_note(f"while running: {', '.join(failed)}")
    lines = [f"{name}: {error}" for name, error in failed.items()]
    if left:
        lines.append(f"not run because of this: {', '.join(left)}")
    kind = InputError if all(isinstance(e, InputError) for e in failed.values()) else TaskError
    error = kind("; ".join(lines))
    error.__cause__ = unexpected[0] if unexpected else next(iter(failed.values()))
    return error
