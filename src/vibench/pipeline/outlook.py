"""Outlook: how far a whole study has come, and how long it will take still."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vibench.pipeline.progress import Report
from vibench.pipeline.tasks import Task, without_seed


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

    def __init__(self, total: int, slots: int) -> None:
        self._total, self._slots = total, slots
        self._ended = 0
        self._started: dict[str, float] = {}
        self._first: dict[str, tuple[float, int]] = {}
        self._took: dict[tuple[str, ...], list[float]] = defaultdict(list)

    def start(self, task: Task) -> None:
        """Note that a task has begun."""
        self._started[task.name] = time.monotonic()

    def end(self, task: Task, wall_s: float | None) -> None:
        """Note that a task has ended, and how long it took if it tells about others."""
        self._ended += 1
        self._started.pop(task.name, None)
        self._first.pop(task.name, None)
        if wall_s is not None:
            for kind in _kinds(task):
                self._took[kind].append(wall_s)

    def outlook(
        self, waiting: Iterable[Task], running: Iterable[Task], reports: Mapping[str, Report]
    ) -> Outlook:
        """Return how far the study has come.

        Parameters
        ----------
        waiting, running
            Tasks that have not begun, and those at work.
        reports
            Name of a running task → how far it says it is.
        """
        at_work = list(running)
        left = [self._of_running(task, reports.get(task.name)) for task in at_work]
        left += [self._usual(task) for task in waiting]
        known = [seconds for seconds in left if seconds is not None]
        seconds = max(sum(known) / self._slots, *known) if known else None
        return Outlook(
            self._ended, len(at_work), self._total, seconds, certain=len(known) == len(left)
        )

    def _usual(self, task: Task) -> float | None:
        for kind in _kinds(task):
            if kind in self._took:
                return sum(self._took[kind]) / len(self._took[kind])
        return None

    def _of_running(self, task: Task, report: Report | None) -> float | None:
        now = time.monotonic()
        if report is not None:
            # From the first report on, as a task may go on from a checkpoint.
            began, first = self._first.setdefault(task.name, (now, report.done))
            if report.done > first:
                return (now - began) * (report.total - report.done) / (report.done - first)
        elapsed, usual = now - self._started[task.name], self._usual(task)
        return None if usual is None else max(usual - elapsed, 0.0)


def _kinds(task: Task) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a task is like, narrowly and widely."""
    subject = task.name.split(" · ")[1:2]
    return (task.stage, *map(without_seed, subject)), (task.stage,)
