"""A pool of processes gives the bits of the potential in this one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from vibench.core.errors import InputError, TaskError
from vibench.core.molecules import Array, Molecules, concatenate, select
from vibench.core.properties import Properties
from vibench.core.protocols import Potential
from vibench.dynamics.engine import run
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.pool import PooledPotential
from vibench.testing.contract import PotentialContract
from vibench.testing.oscillator import HarmonicOscillator
from vibench.testing.springs import spring_molecules, spring_water, water_springs


@pytest.fixture(scope="module")
def pool() -> Iterator[PooledPotential]:
    with PooledPotential(water_springs, workers=2) as potential:
        yield potential


class TestPooledContract(PotentialContract):
    @pytest.fixture(autouse=True)
    def _share_one_pool(self, pool: PooledPotential) -> None:
        self._pool = pool

    def potential(self) -> Potential:
        return self._pool

    def molecules(self) -> Molecules[Array]:
        return spring_molecules()


def test_name_and_capabilities_are_those_of_the_potential(pool: PooledPotential) -> None:
    assert pool.name == "springs"
    assert pool.capabilities == water_springs().capabilities


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_same_bits_as_in_this_process(pool: PooledPotential, count: int) -> None:
    batch = select(spring_molecules(), np.arange(count) % 4)
    _assert_same_bits(pool(batch), water_springs()(batch))


def test_trajectories_have_the_same_bits(pool: PooledPotential) -> None:
    recipe = DynamicsRecipe(replicas=3, equilibration_fs=10.0, production_fs=20.0)
    sinks = MemorySink(), MemorySink()
    run(pool, [spring_water()], recipe, sinks[0])
    run(water_springs(), [spring_water()], recipe, sinks[1])
    for name, array in sinks[1].frames().items():
        np.testing.assert_array_equal(sinks[0].frames()[name], array, err_msg=name)


def test_errors_of_the_potential_arrive_and_do_no_harm(pool: PooledPotential) -> None:
    batch = spring_molecules()
    strange = replace(batch, numbers=np.where(batch.numbers == 8, 6, batch.numbers))
    with pytest.raises(InputError, match=r"no springs for atomic numbers \[6\]"):
        pool(strange)
    _assert_same_bits(pool(batch), water_springs()(batch))


def test_reference_calculator_has_the_same_bits() -> None:
    pytest.importorskip("tblite", reason="tblite has no wheel for this platform")
    batch = concatenate([spring_water("a"), spring_water("b"), spring_water("c")])
    with PooledPotential(GFN2, workers=2) as pooled:
        _assert_same_bits(pooled(batch), GFN2()(batch))


def test_a_factory_that_fails_is_reported() -> None:
    with pytest.raises(TypeError, match="wavelength"):
        PooledPotential(partial(HarmonicOscillator, wavelength=3.0), workers=1)


def test_a_dead_worker_is_reported() -> None:
    with PooledPotential(water_springs, workers=1) as pooled:
        for process in pooled._processes:  # death has no public way
            process.kill()
            process.join()
        with pytest.raises(TaskError, match="has died"):
            pooled(spring_water())


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # what counts is what the workers say
from vibench.potentials.pool import PooledPotential
from vibench.testing.springs import spring_water, water_springs
print("starts", flush=True)
with PooledPotential(water_springs, workers=3) as pooled:
    print("computes", flush=True)
    while True:
        pooled(spring_water())
"""


@pytest.mark.parametrize(
    ("until", "delay_s"),
    [("starts", 0.1), ("starts", 0.4), ("computes", 0.0)],
)
def test_workers_are_silent_when_a_terminal_interrupts_all_processes(
    until: str, delay_s: float
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of their own, as a terminal makes one
    )
    assert process.stdout is not None
    while process.stdout.readline().strip() != until:
        assert process.poll() is None
    time.sleep(delay_s)
    os.killpg(process.pid, signal.SIGINT)
    # Ends when the last process of the group has closed the pipes.
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors == ""


def test_needs_a_worker() -> None:
    with pytest.raises(InputError, match="at least one worker"):
        PooledPotential(water_springs, workers=0)


def _assert_same_bits(found: Properties[Array], expected: Properties[Array]) -> None:
    assert found.available() == expected.available()
    for name in expected.available():
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
