"""Locks between processes: those that work pass, those that do not are noticed."""

import multiprocessing

import pytest

from vibench.core.errors import TaskError
from vibench.pipeline.doctor import locks


class NoLock:
    """A lock that everybody gets."""

    def __init__(self, _):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Stale(NoLock):
    """A lock that nobody gets any more."""

    def __enter__(self):
        raise TaskError("held")


def test_locks_work_here_and_the_process_that_tried_them_is_gone(tmp_path):
    assert locks.check_locks(tmp_path).status == "ok"
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("name", ["Workspace", "alone"])
@pytest.mark.parametrize(
    ("lock", "found"), [(NoLock, "two processes can hold"), (Stale, "a lock stays")]
)
def test_locks_that_do_not_work_are_a_fault(monkeypatch, tmp_path, name, lock, found):
    monkeypatch.setattr(locks, name, lock)
    finding = locks.check_locks(tmp_path)
    assert finding.status == "fault"
    assert found in finding.found
    assert "--runs" in finding.advice
    assert not multiprocessing.active_children()
