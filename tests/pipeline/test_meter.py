"""Meter: time of processor and wall, over several sittings, and memory of one task."""

import sys
import time

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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forgets a peak")
def test_memory_is_that_of_one_task():
    large = np.ones(40_000_000)
    forget_peak_memory()
    with_array = peak_memory_mib()
    del large
    forget_peak_memory()
    assert peak_memory_mib() < with_array - 200
