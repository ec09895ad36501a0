"""How far a study is, and the time that is left."""

import pytest

from vibench.pipeline import outlook as module
from vibench.pipeline.outlook import Timekeeper
from vibench.pipeline.progress import Report
from vibench.pipeline.tasks import Task, task_name


def task(*about):
    return Task(task_name(*about), about[0], {})


@pytest.fixture
def clock(monkeypatch):
    now = {"s": 0.0}
    monkeypatch.setattr(module.time, "monotonic", lambda: now["s"])
    return now


def test_nothing_is_known_at_first():
    found = Timekeeper(2, 1).outlook([task("train", "A"), task("train", "B")], [], {})
    assert (found.done, found.total, found.seconds_left, found.certain) == (0, 2, None, False)


def test_tasks_take_as_long_as_others_of_their_model_or_stage():
    keeper = Timekeeper(6, 1)
    keeper.end(task("train", "A, seed 0"), 100.0)
    keeper.end(task("train", "B, seed 0"), 10.0)
    waiting = [task("train", "A, seed 1"), task("train", "B, seed 1"), task("train", "C")]
    found = keeper.outlook(waiting, [], {})
    assert found.seconds_left == pytest.approx(100 + 10 + 55)
    assert found.certain
    unlike = keeper.outlook([*waiting, task("dynamics", "A")], [], {})
    assert not unlike.certain
    assert unlike.seconds_left == found.seconds_left


def test_no_study_ends_before_its_longest_task():
    keeper = Timekeeper(2, 8)
    keeper.end(task("train", "A, seed 0"), 100.0)
    assert keeper.outlook([task("train", "A, seed 1")], [], {}).seconds_left == 100.0


def test_a_running_task_tells_its_own_pace_even_from_a_checkpoint(clock):
    keeper, one = Timekeeper(1, 1), task("train", "A")
    keeper.start(one)
    clock["s"] = 5.0
    assert keeper.outlook([], [one], {one.name: Report(400, 1000)}).seconds_left is None
    clock["s"] = 25.0
    found = keeper.outlook([], [one], {one.name: Report(500, 1000)})
    assert found.seconds_left == pytest.approx(100.0)
    assert (found.running, found.done) == (1, 0)
    keeper.end(one, 130.0)
    assert keeper.outlook([], [], {}).done == 1


def test_without_reports_the_usual_time_runs_down_and_failures_tell_nothing(clock):
    keeper, one = Timekeeper(3, 1), task("train", "A, seed 1")
    keeper.end(task("train", "A, seed 0"), 60.0)
    keeper.end(task("train", "A, seed 2"), None)
    keeper.start(one)
    clock["s"] = 20.0
    assert keeper.outlook([], [one], {}).seconds_left == pytest.approx(40.0)
    clock["s"] = 90.0
    assert keeper.outlook([], [one], {}).seconds_left == 0.0
