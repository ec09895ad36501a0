"""Outlook: how far a whole study has come, and how long it will take still."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vibench.pipeline.progress import Report
from vibench.pipeline.tasks import Task, without_seed

type _Kinds = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a study has come."""

    done: int
    """Tasks that have ended, well or not, reused ones included."""
    running: int
    """Tasks at work."""
    total: int
    """All tasks."""
    seconds_left: float | None
    """Time left in s at the present pace; None if nothing like what remains was done yet."""
    certain: bool
    """Whether something like every task that remains was done; else the time is a lower bound."""


class Timekeeper:
    """Estimates the time left from what tasks of the same kind took.

    A task takes as long as those of the same stage for the same model or method did, or those of
    the same stage if there are none; a running one that reports how far it is as long as its own
    pace tells. Processes share what remains evenly, though none ends before its longest task.
    """

    def __init__(self, tasks: Iterable[Task], slots: int) -> None:
        self._waiting = Counter(map(_kinds, tasks))
        self._total, self._slots = self._waiting.total(), slots
        self._ended = 0
        self._running: dict[str, tuple[Task, float]] = {}
        self._first: dict[str, tuple[float, int]] = {}
        self._took: dict[tuple[str, ...], tuple[float, int]] = {}

    def start(self, task: Task) -> None:
        """Note that a task has begun."""
        self._waiting[_kinds(task)] -= 1
        self._running[task.name] = task, time.monotonic()

    def end(self, task: Task, wall_s: float | None) -> None:
        """Note that a task has ended, and how long it took if it tells about others.

        One that was never begun is a result that was there already.
        """
        self._ended += 1
        self._first.pop(task.name, None)
        if self._running.pop(task.name, None) is None:
            self._waiting[_kinds(task)] -= 1
        if wall_s is not None:
            for kind in _kinds(task):
                seconds, count = self._took.get(kind, (0.0, 0))
                self._took[kind] = seconds + wall_s, count + 1

    def again(self, task: Task) -> None:
        """Note that a task that was begun, or had ended, has yet to be run."""
        self._first.pop(task.name, None)
        self._waiting[_kinds(task)] += 1
        if self._running.pop(task.name, None) is None:
            self._ended -= 1

    def outlook(self, reports: Mapping[str, Report]) -> Outlook:
        """Return how far the study has come.

        Parameters
        ----------
        reports
            Name of a running task → how far it says it is.
        """
        left = [
            (self._of_running(task, began, reports.get(task.name)), 1)
            for task, began in self._running.values()
        ]
        left += [(self._usual(kinds), count) for kinds, count in self._waiting.items() if count]
        known = [(seconds, count) for seconds, count in left if seconds is not None]
        seconds = None
        if known:
            work = sum(one * count for one, count in known)
            seconds = max(work / self._slots, *(one for one, _ in known))
        return Outlook(
            self._ended, len(self._running), self._total, seconds, certain=len(known) == len(left)
        )

    def _usual(self, kinds: _Kinds) -> float | None:
        for kind in kinds:
            if kind in self._took:
                seconds, count = self._took[kind]
                return seconds / count
        return None

    def _of_running(self, task: Task, started: float, report: Report | None) -> float | None:
        now = time.monotonic()
        if report is not None:
            # From the first report on, as a task may go on from a checkpoint.
            began, first = self._first.setdefault(task.name, (now, report.done))
            if report.done > first:
                return (now - began) * (report.total - report.done) / (report.done - first)
        usual = self._usual(_kinds(task))
        return None if usual is None else max(usual - (now - started), 0.0)


def _kinds(task: Task) -> _Kinds:
    """Return what a task is like, narrowly and widely."""
    subject = task.name.split(" · ")[1:2]
    return (task.stage, *map(without_seed, subject)), (task.stage,)
