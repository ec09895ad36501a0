"""Where tasks run: results do not depend on it, and a lost worker costs no more than its task."""

import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest

from tests.pipeline.test_execution import dynamics_task, minima_task
from vibench.core.errors import (
    InputError,
    MissingDependencyError,
    TaskError,
    VibenchError,
    WorkerLostError,
)
from vibench.pipeline.execution import execute
from vibench.pipeline.executors import InProcess, Processes
from vibench.pipeline.needs import MemoryNeeds, uses_network
from vibench.pipeline.site_recipes import NodesRecipe, ParslRecipe, read_site
from vibench.pipeline.sites import LocalSite, closing, in_process, on_this_machine, open_site
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import CorruptedArtefactError, Store
from vibench.store.hdf5 import read_hdf5


def end_own_process(number):
    os.kill(os.getpid(), number)


def run(tasks, root, site):
    events = []
    with closing(site):
        results = execute(tasks, Store(root), site, spectator=events.append)
    return results, events


def test_a_killed_process_takes_no_other_with_it_and_is_replaced():
    with Processes(2, 1) as executor:
        slow = executor.submit(time.sleep, 3.0)
        lost = executor.submit(end_own_process, signal.SIGKILL)
        assert isinstance(lost.exception(), WorkerLostError)
        assert executor.submit(abs, -1).result() == 1
        assert slow.result() is None


def test_errors_come_back_as_they_were_raised():
    with Processes(1, 1) as executor:
        assert isinstance(executor.submit(int, "x").exception(), ValueError)
        assert executor.submit(abs, -2).result() == 2


@pytest.mark.parametrize(
    "error",
    [
        VibenchError("a"),
        InputError("b"),
        TaskError("c"),
        MissingDependencyError("package", "extra"),
        CorruptedArtefactError("folder", "fault"),
    ],
)
def test_every_error_can_be_sent_to_another_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


class KillingSite(LocalSite):
    """Kills whatever process works on a task, a few times."""

    def __init__(self, kills):
        super().__init__(Processes(1, 1), 1, Resources(), MemoryNeeds(1e6))
        self.kills = kills

    def submit(self, task, root, inputs):
        future = super().submit(task, root, inputs)
        if task.stage == "dynamics" and self.kills:
            self.kills -= 1
            threading.Thread(target=self._kill, args=(root,)).start()
        return future

    def _kill(self, root):
        while not list(root.glob("dynamics/*.partial/checkpoint")):
            time.sleep(0.01)
        os.kill(self.executor.processes[-1], signal.SIGKILL)


def test_a_task_whose_worker_is_killed_goes_on_and_gives_the_same_result(tmp_path):
    tasks = [minima_task(), dynamics_task(production_fs=100.0)]
    whole, _ = run(tasks, tmp_path / "whole", in_process(Resources()))
    killed, events = run(tasks, tmp_path / "killed", KillingSite(2))
    repeated = [event for event in events if event.kind == "repeated"]
    assert [event.task.name for event in repeated] == ["dynamics", "dynamics"]
    assert "goes on from its last checkpoint" in repeated[0].message
    assert killed["vibrations"].digest == whole["vibrations"].digest
    first, second = (
        read_hdf5(one["dynamics"].file("trajectories.h5"), list) for one in (whole, killed)
    )
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.dipole, other.dipole)


def test_a_task_that_kills_every_worker_fails_at_last(tmp_path):
    with pytest.raises(TaskError, match="its process ended unasked"):
        run([minima_task(), dynamics_task(production_fs=400.0)], tmp_path, KillingSite(9))


def trained(*names):
    """Tasks that use a trained network."""
    return [Task(name, "evaluate", {}, {"model": "train"}) for name in names]


def test_tasks_wait_for_memory_but_one_always_runs():
    site = LocalSite(InProcess(), 4, Resources(), MemoryNeeds(2000.0))
    one, two, three = trained("1", "2", "3")
    assert site.has_room(one, [])
    assert site.has_room(two, [one])
    assert not site.has_room(three, [one, two])
    site.memory.learn(one, 5000.0)
    assert site.has_room(one, [])
    assert not site.has_room(two, [one])


def test_networks_are_what_profits_from_a_gpu():
    (evaluation,) = trained("1")
    assert uses_network(evaluation)
    assert uses_network(Task("train", "train", {}, {"dataset": "dataset"}))
    assert not uses_network(minima_task())


def test_results_are_the_same_in_this_process_and_in_others(tmp_path):
    tasks = [minima_task(), dynamics_task()]
    here, _ = run(tasks, tmp_path / "here", in_process(Resources()))
    there, _ = run(tasks, tmp_path / "there", on_this_machine(2, Resources()))
    for name in ("vibrations", "dynamics"):
        assert here[name].digest == there[name].digest


def test_sites_are_named_or_described_in_a_file(tmp_path):
    assert read_site("processes").kind == "processes"
    path = tmp_path / "site.toml"
    path.write_text('kind = "parsl"\n[cpu]\ntasks_per_node = 8\n[gpu]\ngpus = ["0", "1"]\n')
    assert read_site(str(path)) == ParslRecipe(
        cpu=NodesRecipe(tasks_per_node=8), gpu=NodesRecipe(gpus=("0", "1"))
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('kind = "parsel"\n', "unknown kind of site .* 'parsel'. Did you mean 'parsl'"),
        ("[cpu]\ntasks_per_node = 8\n", "unknown kind of site .* 'None'"),
        ('kind = "parsl"\n[cpu]\ntasks_per_nod = 8\n', "Did you mean 'tasks_per_node'"),
        ('kind = "parsl"\n[cpu]\nwalltime = "soon"\n', "cpu.walltime"),
    ],
)
def test_a_site_that_cannot_be_used_is_refused(tmp_path, content, message):
    path = tmp_path / "site.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_site(str(path))


def test_several_tasks_may_share_a_gpu():
    nodes = NodesRecipe(gpus=("0", "1"), tasks_per_gpu=3, nodes_per_block=2, blocks=4)
    assert nodes.workers_per_node == 6
    assert nodes.workers == 48


def test_an_open_site_has_the_workers_that_were_asked_for(tmp_path):
    with closing(open_site(read_site("processes"), 3, Resources(), tmp_path)) as site:
        assert site.workers == 3
    with closing(open_site(read_site("in-process"), 3, Resources(), tmp_path)) as site:
        assert site.workers == 1
