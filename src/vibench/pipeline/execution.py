"""Execution: run the tasks of a graph on a site, reusing what the store already has."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from vibench.core.errors import BusyError, InputError, TaskError, WorkerLostError
from vibench.core.files import make_folder
from vibench.core.record import Identity
from vibench.pipeline.order import TaskQueue, in_order
from vibench.pipeline.outlook import Outlook, Timekeeper
from vibench.pipeline.progress import Report, read_progress
from vibench.pipeline.sites import Site
from vibench.pipeline.tasks import Task
from vibench.store.artefacts import Artefact, CorruptedArtefactError, Store
from vibench.store.sharing import in_use

MOST_REPEATS: Final = 3
"""How often a task is run again, after its worker was lost or a result was damaged."""
_POLL_S = 0.5
_BUSY_S = 2.0
_MOST_POLLED = 50
"""Tasks whose progress is read at a time: far away, reading a file is not free."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a spectator of the execution may want to show."""

    task: Task
    kind: str
    """``"reused"``, ``"started"``, ``"progress"``, ``"done"``, ``"failed"``, ``"repeated"`` (it
    runs again, from its last checkpoint) or ``"waiting"`` (another run makes its result)."""
    report: Report | None = None
    message: str = ""
    outlook: Outlook | None = None
    """How far the whole study has come."""


class Ending(NamedTuple):
    """How a task came to its end."""

    kind: str
    """``"reused"``, ``"done"`` or ``"failed"``."""
    message: str = ""
    """Why it failed, and why it was run again."""


type Spectator = Callable[[Event], None]


def execute(
    tasks: Sequence[Task], store: Store, site: Site, *, spectator: Spectator
) -> dict[str, Artefact]:
    """Run *tasks* and return their results by name.

    Of those that could run, the one listed first goes first. A task whose result is in the store
    is not run; one whose result another run is making is waited for. A task whose worker was lost
    goes on from its last checkpoint in another, and a damaged result is set aside and made anew,
    at most `MOST_REPEATS` times. After a failure the tasks that do not depend on it still run.

    Raises
    ------
    InputError
        If a task was given something that cannot be used.
    TaskError
        If tasks failed; the message names them.
    """
    make_folder(store.root)
    run = _Run(in_order(tasks), store, site, spectator)
    with in_use(store.root):
        return run.results()


class _Run:
    """The state of one execution."""

    def __init__(
        self, tasks: Sequence[Task], store: Store, site: Site, spectator: Spectator
    ) -> None:
        self.queue = TaskQueue(tasks)
        self.store, self.site, self.spectator = store, site, spectator
        self.finished: dict[str, Artefact] = {}
        self.failed: dict[str, BaseException] = {}
        self.running: dict[Future[Artefact], Task] = {}
        self.busy: dict[str, float] = {}
        self.busy_before: set[str] = set()
        self.makers: dict[Path, Task] = {}
        self.repeats: Counter[str] = Counter()
        self.folders: dict[str, Path] = {}
        self.reports: dict[str, Report] = {}
        self.timekeeper = Timekeeper(tasks, site.workers)

    def results(self) -> dict[str, Artefact]:
        """Run everything that can be run."""
        self._submit_ready()
        while self.running or self.busy:
            if self._await_some():
                self._submit_ready()
            self._report_progress()
        if self.failed:
            raise _failure(self.failed, self.queue.waiting)
        return self.finished

    def _await_some(self) -> bool:
        """Wait until a task ends, or for a moment; take in what ended and tell if others may start.

        Asking for the next one costs reading: of its record, and of the data files it uses.
        """
        if not self.running:
            time.sleep(_POLL_S)
        done, _ = wait(self.running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        for future in done:
            self._collect(future)
        again = [name for name, until in self.busy.items() if time.monotonic() > until]
        for name in again:
            del self.busy[name]
            self.queue.put_back(name)
        return bool(done or again)

    def _submit_ready(self) -> None:
        """Start the first tasks that can run; a reused result may make others ready."""
        while (task := self.queue.first) is not None:
            inputs = {name: self.finished[name] for name in task.inputs.values()}
            identity = task.identity(inputs)
            artefact = self._stored(task, identity)
            if artefact is not None:
                self._reuse(self.queue.pop(), artefact)
            elif self._has_room(task):
                self._start(self.queue.pop(), identity, inputs)
            else:
                return

    def _has_room(self, task: Task) -> bool:
        """Tell whether *task* may start; one that was lost twice may have wanted more memory."""
        if self.running and self.repeats[task.name] > 1:
            return False
        return self.site.has_room(task, self.running.values())

    def _stored(self, task: Task, identity: Identity) -> Artefact | None:
        """Return the result of *task* if it is there; set it aside if it is damaged."""
        try:
            return self.store.find(identity)
        except CorruptedArtefactError as error:
            aside = self.store.set_aside(error.folder)
            self._tell(task, "repeated", message=f"{error.fault}; set aside as {aside}")
            return None

    def _reuse(self, task: Task, artefact: Artefact) -> None:
        self._finish(task, artefact)
        self._tell(task, "reused")

    def _start(self, task: Task, identity: Identity, inputs: Mapping[str, Artefact]) -> None:
        self.folders[task.name] = self.store.scratch(identity)
        self.running[self.site.submit(task, self.store.root, inputs)] = task
        self.timekeeper.start(task)
        self._tell(task, "started")

    def _finish(self, task: Task, artefact: Artefact) -> None:
        self.finished[task.name] = artefact
        self.makers[artefact.folder] = task
        self.queue.finish(task.name)
        self.timekeeper.end(task, artefact.record.observed["wall_s"])

    def _collect(self, future: Future[Artefact]) -> None:
        """Take in how a task ended."""
        task = self.running.pop(future)
        self.reports.pop(task.name, None)
        match future.exception():
            case None:
                artefact = future.result()
                self.site.ended(task, artefact)
                self._finish(task, artefact)
                self._tell(task, "done")
            case BusyError():
                self._wait_for_another_run(task)
            case WorkerLostError() as error if self._may_repeat(task):
                self._again(task, f"{error}; it goes on from its last checkpoint")
                self.queue.put_back(task.name)
            case CorruptedArtefactError() as error if self._may_make_anew(task, error):
                self._make_anew(error)
                self._again(task, "an input was damaged")
                self.queue.put_back(task.name)
            case error:
                self.failed[task.name] = error
                self.timekeeper.end(task, None)
                self._tell(task, "failed", message=str(error))

    def _may_make_anew(self, task: Task, error: CorruptedArtefactError) -> bool:
        return error.folder in self.makers and self._may_repeat(task)

    def _make_anew(self, error: CorruptedArtefactError) -> None:
        """Set a damaged result aside and have it made again, unless that was done already."""
        maker = self.makers[error.folder]
        if maker.name in self.finished:
            aside = self.store.set_aside(error.folder)
            del self.finished[maker.name]
            self._again(maker, f"{error.fault}; set aside as {aside}")
            self.queue.withdraw(maker.name)

    def _may_repeat(self, task: Task) -> bool:
        return self.repeats[task.name] < MOST_REPEATS

    def _again(self, task: Task, message: str) -> None:
        """Let *task* run again, whether it was running or had finished."""
        self.repeats[task.name] += 1
        self.timekeeper.again(task)
        self._tell(task, "repeated", message=message)

    def _wait_for_another_run(self, task: Task) -> None:
        if task.name not in self.busy_before:
            self.busy_before.add(task.name)
            self._tell(task, "waiting", message="another run is making this result")
        self.busy[task.name] = time.monotonic() + _BUSY_S
        self.timekeeper.again(task)

    def _report_progress(self) -> None:
        for task in islice(self.running.values(), _MOST_POLLED):
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
