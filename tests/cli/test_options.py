"""Defaults of processes and threads on machines of different kinds."""

import pytest

from vibench.cli import options


@pytest.fixture
def machine(monkeypatch):
    def pretend(cores, *, gpu=False):
        monkeypatch.setattr(options, "available_cores", lambda: cores)
        monkeypatch.setattr(options, "has_gpu", lambda: gpu)

    return pretend


@pytest.mark.parametrize(
    ("cores", "gpu", "device", "expected"),
    [
        (2, False, "auto", (2, 1)),
        (64, False, "auto", (64, 1)),
        (64, True, "auto", (4, 16)),
        (2, True, "auto", (2, 1)),
        (64, True, "cpu", (64, 1)),
    ],
)
def test_a_study_has_a_process_per_core_or_a_few_on_a_gpu(machine, cores, gpu, device, expected):
    machine(cores, gpu=gpu)
    place = {"device": device, "allow_import": False, "trust": False}
    count, resources = options.share_of_machine(None, **place)
    assert (count, resources.threads) == expected


def test_processes_that_are_asked_for_share_the_cores(machine):
    machine(64, gpu=True)
    count, resources = options.share_of_machine(8, device="auto", allow_import=False, trust=False)
    assert (count, resources.threads) == (8, 8)


def test_one_task_has_a_few_threads_for_a_network_and_processes_for_a_reference(machine):
    machine(64)
    network = options.one_task(None, device="auto", potential="model.safetensors")
    assert (network.workers, network.threads) == (1, 4)
    reference = options.one_task(None, device="auto", potential="gfn2")
    assert (reference.workers, reference.threads) == (64, 1)
