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
    found = Timekeeper([task("train", "A"), task("train", "B")], 1).outlook({})
    assert (found.done, found.total, found.seconds_left, found.certain) == (0, 2, None, False)


def test_tasks_take_as_long_as_others_of_their_model_or_stage():
    done = [task("train", "A, seed 0"), task("train", "B, seed 0")]
    waiting = [task("train", "A, seed 1"), task("train", "B, seed 1"), task("train", "C")]
    keepers = [
        Timekeeper([*done, *waiting], 1),
        Timekeeper([*done, *waiting, task("dynamics", "A")], 1),
    ]
    for keeper in keepers:
        keeper.end(done[0], 100.0)
        keeper.end(done[1], 10.0)
    found, unlike = (keeper.outlook({}) for keeper in keepers)
    assert found.seconds_left == pytest.approx(100 + 10 + 55)
    assert found.certain
    assert not unlike.certain
    assert unlike.seconds_left == found.seconds_left


def test_no_study_ends_before_its_longest_task():
    done, waiting = task("train", "A, seed 0"), task("train", "A, seed 1")
    keeper = Timekeeper([done, waiting], 8)
    keeper.end(done, 100.0)
    assert keeper.outlook({}).seconds_left == 100.0


def test_a_running_task_tells_its_own_pace_even_from_a_checkpoint(clock):
    one = task("train", "A")
    keeper = Timekeeper([one], 1)
    keeper.start(one)
    clock["s"] = 5.0
    assert keeper.outlook({one.name: Report(400, 1000)}).seconds_left is None
    clock["s"] = 25.0
    found = keeper.outlook({one.name: Report(500, 1000)})
    assert found.seconds_left == pytest.approx(100.0)
    assert (found.running, found.done) == (1, 0)
    keeper.end(one, 130.0)
    assert keeper.outlook({}).done == 1


def test_without_reports_the_usual_time_runs_down_and_failures_tell_nothing(clock):
    first, one, third = (task("train", f"A, seed {seed}") for seed in range(3))
    keeper = Timekeeper([first, one, third], 1)
    keeper.end(first, 60.0)
    keeper.end(third, None)
    keeper.start(one)
    clock["s"] = 20.0
    assert keeper.outlook({}).seconds_left == pytest.approx(40.0)
    clock["s"] = 90.0
    assert keeper.outlook({}).seconds_left == 0.0
