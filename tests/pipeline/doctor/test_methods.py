"""Small calculations come out right, and wrong ones are noticed."""

import numpy as np
import pytest
import torch

from vibench.pipeline.doctor import methods

no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.fixture
def disturbed(monkeypatch):
    """Let forces be wrong by as much as is asked for."""
    right = methods._energy_and_forces

    def disturb(by):
        def wrong(potential, molecules):
            energy, forces = right(potential, molecules)
            return energy, forces + by

        monkeypatch.setattr(methods, "_energy_and_forces", wrong)

    return disturb


def test_gfn2_gives_the_stored_numbers():
    finding = methods.check_gfn2()
    assert finding.status == "ok", finding


def test_the_stored_numbers_balance():
    np.testing.assert_allclose(np.sum(methods._FORCES_EV_PER_ANGSTROM, axis=0), 0, atol=2e-6)


@pytest.mark.parametrize("by", [2e-3, np.nan])
def test_wrong_forces_of_gfn2_are_a_fault(disturbed, by):
    disturbed(by)
    finding = methods.check_gfn2()
    assert finding.status == "fault"
    assert "tblite" in finding.advice


def test_forces_of_the_network_are_those_of_its_energy():
    finding = methods.check_network("cpu")
    assert finding.status == "ok", finding
    assert "on cpu" in finding.found


@pytest.mark.parametrize("by", [1e-5, np.nan])
def test_wrong_forces_of_the_network_are_a_fault(disturbed, by):
    disturbed(by)
    assert methods.check_network("cpu").status == "fault"


def test_a_device_that_computes_as_the_cpu_does_is_in_order():
    finding = methods.compare_with_cpu("cpu", "the CPU itself")
    assert finding.status == "ok"
    assert "0.0e+00 eV/Å in float64 and 0.0e+00 eV/Å in float32" in finding.found


@pytest.mark.parametrize("wrong", ["float64", "float32"])
def test_a_device_that_computes_otherwise_is_a_fault(monkeypatch, wrong):
    right = methods._network

    def network(dtype, device):
        potential = right(dtype, "cpu")
        if device == "other" and dtype == wrong:
            with torch.no_grad():
                for value in potential.network.parameters():
                    value.mul_(1.01)
        return potential

    monkeypatch.setattr(methods, "_network", network)
    assert methods.compare_with_cpu("other", "GPU").status == "fault"


@no_gpu
@pytest.mark.parametrize(
    ("device", "driver", "status"),
    [
        ("auto", False, "info"),
        ("auto", True, "warning"),
        ("cuda", False, "fault"),
        ("cuda", True, "fault"),
        ("cpu", True, "info"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_told(monkeypatch, device, driver, status):
    monkeypatch.setattr(methods, "has_gpu", lambda: driver)
    finding = methods.check_gpu(device)
    assert finding.status == status
    assert (finding.status == "info") == (not finding.advice)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_computes_as_the_cpu_does():
    finding = methods.check_gpu("auto")
    assert finding.status == "ok", finding
