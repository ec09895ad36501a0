"""Live display of running tasks, on stderr."""

import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vibench.cli.console import open_console
from vibench.pipeline.execution import Event
from vibench.pipeline.outlook import Outlook

_MARKS = {"done": "✓", "failed": "✗", "repeated": "↻", "waiting": "…"}
_LINE_INTERVAL_S = 15.0
_OUTLOOK_INTERVAL_S = 60.0
_SPEED_PERIOD_S = 600.0
"""Past from which the time left is estimated; it must hold several epochs."""


class Display:
    """Shows tasks as they run: bars on a terminal, lines elsewhere."""

    def __init__(self) -> None:
        self.console = open_console(stderr=True)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=self.console,
            transient=True,
            speed_estimate_period=_SPEED_PERIOD_S,
        )
        self.known: dict[str, TaskID] = {}
        self.reused = self.again = 0
        self._study: TaskID | None = None
        self._spoken: dict[str, float] = {}
        self._looked = time.monotonic()

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.console.is_terminal:  # elsewhere stopping prints an empty line
            self.bars.stop()
        if self.reused:
            results = "result was" if self.reused == 1 else "results were"
            self.console.print(f"{self.reused} {results} already there")
        if self.again:
            self.console.print(f"{self.again} times a task had to run again (marked ↻)")

    def __call__(self, event: Event) -> None:
        """Show one event."""
        name = event.task.name
        match event.kind:
            case "reused":
                self.reused += 1
            case "started":
                self.known[name] = self.bars.add_task(name, total=None, note="")
                self._spoken[name] = time.monotonic()
            case "progress":
                self._progress(event)
            case _:
                if name in self.known:
                    self.bars.remove_task(self.known.pop(name))
                self.again += event.kind == "repeated"
                self.console.print(f"{_MARKS[event.kind]} {name} {event.message}".rstrip())
        if event.outlook is not None and event.outlook.total > 1:
            self._look(event.outlook)

    def _look(self, outlook: Outlook) -> None:
        """Show how far the whole study is: a bar below the others, or a line now and then."""
        text = outlook_text(outlook)
        if self.console.is_terminal:
            if self._study is None:
                self._study = self.bars.add_task("all tasks", note="")
            self.bars.update(self._study, completed=outlook.done, total=outlook.total, note=text)
        elif time.monotonic() - self._looked > _OUTLOOK_INTERVAL_S:
            self._looked = time.monotonic()
            self.console.print(text)

    def _progress(self, event: Event) -> None:
        report, name = event.report, event.task.name
        if report is None:
            return
        counted = f"{report.done} of {report.total} {report.unit}".rstrip()
        self.bars.update(
            self.known[name],
            completed=report.done,
            total=report.total,
            note=", ".join(filter(None, (counted, report.note))),
        )
        if (
            not self.console.is_terminal
            and time.monotonic() - self._spoken[name] > _LINE_INTERVAL_S
        ):
            self._spoken[name] = time.monotonic()
            parts = (counted, self._left(name), report.note)
            self.console.print(f"  {name}: {', '.join(filter(None, parts))}")

    def _left(self, name: str) -> str:
        """Return the time left in words, once it can be told."""
        bars = {bar.id: bar for bar in self.bars.tasks}
        seconds = bars[self.known[name]].time_remaining
        return f"{timedelta(seconds=round(seconds))} left" if seconds else ""


def outlook_text(outlook: Outlook) -> str:
    """Return how far a study is in words."""
    parts = [f"{outlook.done} of {outlook.total} tasks done", f"{outlook.running} running"]
    if outlook.seconds_left is not None:
        words = "about" if outlook.certain else "more than"
        parts.append(f"{words} {timedelta(seconds=round(outlook.seconds_left))} left")
    return ", ".join(parts)
