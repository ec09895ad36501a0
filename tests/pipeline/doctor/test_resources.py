"""Cores, threads and memory of machines of different kinds."""

import pytest

from vibench.pipeline.doctor import resources

GIB = 2**30


@pytest.fixture
def machine(monkeypatch):
    def pretend(cores, *, limit=None, free=64 * GIB, left=None):
        monkeypatch.setattr(resources, "available_cores", lambda: cores)
        monkeypatch.setattr(resources, "core_limit", lambda: limit)
        monkeypatch.setattr(resources, "free_memory", lambda: free)
        monkeypatch.setattr(resources, "memory_left", lambda: left)

    return pretend


@pytest.mark.parametrize(
    ("cores", "limit", "status", "advice"),
    [
        (8, None, "ok", ""),
        (8, 8.0, "ok", ""),
        (64, 2.5, "warning", "run with --workers 2"),
        (64, 0.5, "warning", "run with --workers 1"),
    ],
)
def test_cores(machine, cores, limit, status, advice):
    machine(cores, limit=limit)
    finding = resources.check_cores()
    assert (finding.status, finding.advice) == (status, advice)
    assert str(cores) in finding.found


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({}, "ok"),
        ({"OMP_NUM_THREADS": "4"}, "ok"),
        ({"OMP_NUM_THREADS": "4,2"}, "ok"),  # nested levels, as OpenMP allows
        ({"OMP_NUM_THREADS": "5"}, "warning"),
        ({"NUMBA_NUM_THREADS": "64"}, "warning"),
        ({"OMP_PROC_BIND": "false"}, "ok"),
        ({"OMP_PROC_BIND": "TRUE"}, "warning"),
        ({"GOMP_CPU_AFFINITY": "0-3"}, "warning"),
        ({"KMP_AFFINITY": "disabled"}, "ok"),
    ],
)
def test_threads(machine, environment, status):
    machine(64, limit=4.0)
    finding = resources.check_threads(environment)
    assert finding.status == status
    if status == "warning":
        ((name, value),) = environment.items()
        assert f"{name}={value}" in finding.found
        assert f"unset {name}" in finding.advice


@pytest.mark.parametrize(
    ("free", "left", "status", "text"),
    [
        (64 * GIB, None, "ok", "64.0 GiB free;"),
        (4 * GIB, None, "warning", "--workers 2"),
        (64 * GIB, 4 * GIB, "warning", "4.0 GiB free below the limit (cgroup)"),
        (64 * GIB, 1 * GIB, "fault", "a process takes 1.5 GiB"),
        (1 * GIB, 64 * GIB, "fault", "1.0 GiB free,"),
    ],
)
def test_memory(machine, free, left, status, text):
    machine(8, free=free, left=left)
    finding = resources.check_memory()
    assert finding.status == status
    assert text in f"{finding.found} {finding.advice}"


def test_this_machine_has_memory():
    assert 0 < resources.free_memory() < 2**50
