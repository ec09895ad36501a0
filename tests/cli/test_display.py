"""The live display says how far a task is, how good, and how long it will take."""

import pytest
from rich.table import Table

from vibench.cli import display as module
from vibench.cli.console import open_console
from vibench.cli.display import Display
from vibench.pipeline.execution import Event
from vibench.pipeline.outlook import Outlook
from vibench.pipeline.progress import Report
from vibench.pipeline.tasks import Task


@pytest.fixture
def clock(monkeypatch):
    now = {"s": 0.0}
    monkeypatch.setattr(module.time, "monotonic", lambda: now["s"])
    return now


def test_lines_name_errors_and_the_time_left(clock, capsys):
    task = Task("train · PaiNN", "train", {})
    shown = Display()
    shown.bars.get_time = lambda: clock["s"]
    with shown:
        shown(Event(task, "started"))
        for epoch in range(1, 31):
            clock["s"] += 20.0
            note = f"validation MAE F {100 - epoch} meV/Å"
            shown(Event(task, "progress", report=Report(epoch, 100, note, "epochs")))
        shown(Event(task, "done"))
    text = capsys.readouterr().err
    lines = [line.strip() for line in text.splitlines() if "of 100" in line]
    assert lines[0] == "train · PaiNN: 1 of 100 epochs, validation MAE F 99 meV/Å"
    assert lines[-1] == ("train · PaiNN: 30 of 100 epochs, 0:23:20 left, validation MAE F 70 meV/Å")


def test_a_line_now_and_then_tells_how_far_the_study_is(clock, capsys):
    task = Task("train · PaiNN", "train", {})
    shown = Display()
    with shown:
        for done in range(5):
            clock["s"] += 40.0
            outlook = Outlook(done, 2, 12, 100.0 * done or None, certain=done > 2)
            shown(Event(task, "reused", outlook=outlook))
    lines = [line for line in capsys.readouterr().err.splitlines() if "of 12" in line]
    assert lines == [
        "1 of 12 tasks done, 2 running, more than 0:01:40 left",
        "3 of 12 tasks done, 2 running, about 0:05:00 left",
    ]


def test_lines_of_a_log_are_not_wrapped_and_none_is_empty(capsys):
    task = Task("dynamics · a method with a name · a molecule of a long name", "dynamics", {})
    message = "2 of 16 trajectories failed: " + "a bond was broken or formed; " * 5 + "the end"
    shown = Display()
    with shown:
        shown(Event(task, "started"))
        shown(Event(task, "done", message=message))
        shown(Event(Task("spectra", "spectra", {}), "reused"))
    assert capsys.readouterr().err.splitlines() == [
        f"✓ {task.name} {message}",
        "1 result was already there",
    ]


def test_tables_of_a_log_are_as_wide_as_they_need_to_be(capsys):
    table = Table("task", "status", box=None, pad_edge=False)
    table.add_row("t" * 150, "to run")
    open_console().print(table)
    assert f"{'t' * 150}  to run" in capsys.readouterr().out
