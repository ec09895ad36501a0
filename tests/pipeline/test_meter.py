"""Meter: time of processor and wall, over several sittings, and memory of one task."""

import time
from pathlib import Path

import numpy as np
import pytest

from vibench.pipeline.machine import forget_peak_memory, peak_memory_mib
from vibench.pipeline.meter import Meter


def work(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass


def test_sittings_add_up_and_waiting_takes_no_processor(tmp_path):
    meter = Meter(tmp_path)
    work(0.2)
    meter.save()
    meter = Meter(tmp_path)
    work(0.2)
    time.sleep(0.3)
    spent = meter.spent()
    assert 0.35 < spent.processor_s < 0.65
    assert spent.wall_s > spent.processor_s + 0.2


def test_a_damaged_note_counts_as_none(tmp_path):
    (tmp_path / "spent.json").write_text("{")
    assert Meter(tmp_path).spent().wall_s < 1.0


def largest_kib():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def system_forgets():
    """Whether this system lets a process forget its peak: Linux does, some sandboxes do not."""
    before = np.ones(10_000_000)
    try:
        peak = largest_kib()
        del before
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return largest_kib() < peak
    except (OSError, StopIteration):
        return False


def test_memory_is_that_of_one_task():
    if not system_forgets():
        pytest.skip("this system does not forget a peak")
    large = np.ones(40_000_000)
    forget_peak_memory()
    with_array = peak_memory_mib()
    del large
    forget_peak_memory()
    assert peak_memory_mib() < with_array - 200


def test_memory_is_at_least_what_is_held():
    before = peak_memory_mib()
    large = np.ones(40_000_000)
    assert peak_memory_mib() >= max(before, large.nbytes / 2**20)
