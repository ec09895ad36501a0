"""Tasks through Parsl, on this machine: the same results, and lost workers are no loss."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.pipeline.test_execution import dynamics_task, minima_task
from vibench.core.errors import InputError
from vibench.pipeline.execution import execute
from vibench.pipeline.needs import uses_network
from vibench.pipeline.parsl_site import ParslSite, parsl_config
from vibench.pipeline.site_recipes import NodesRecipe, ParslRecipe, read_site
from vibench.pipeline.sites import closing, in_process
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Store

pytest.importorskip("parsl")

# Parsl leaves files and sockets to the collector, which complains of it.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestWarning")

EXAMPLES = sorted((Path(__file__).parents[2] / "sites").glob("*.toml"))
LOCAL = ParslRecipe(cpu=NodesRecipe(tasks_per_node=2, lost_after_s=20))


@pytest.fixture(autouse=True)
def _tidy():
    """Let the collector complain here, and not in some other test."""
    yield
    gc.collect()


def run(tasks, root, site):
    events = []
    with closing(site):
        results = execute(tasks, Store(root), site, spectator=events.append)
    return results, events


def wrong_task():
    task = minima_task()
    return Task("wrong", task.stage, {**task.recipe, "molecule": {"name": "watre"}})


def test_results_are_those_of_this_process_although_a_worker_is_killed(tmp_path):
    tasks = [minima_task(), dynamics_task(production_fs=100.0)]
    here, _ = run(tasks, tmp_path / "here", in_process(Resources()))
    root = tmp_path / "there"

    def kill_worker():
        """Kill the process that works on the dynamics, as the system does for want of memory."""
        while not list(root.glob("dynamics/*.partial/checkpoint")):
            time.sleep(0.05)
        (lock,) = root.glob("dynamics/*.lock")
        for process in Path("/proc").glob("[0-9]*"):
            try:
                held = [link.resolve() for link in (process / "fd").iterdir()]
            except OSError:
                continue
            if lock.resolve() in held and int(process.name) != os.getpid():
                os.kill(int(process.name), signal.SIGKILL)

    threading.Thread(target=kill_worker, daemon=True).start()
    there, events = run(tasks, root, ParslSite(LOCAL, Resources(), root))
    repeated = [event for event in events if event.kind == "repeated"]
    assert [event.task.name for event in repeated] == ["dynamics"]
    for name in ("vibrations", "dynamics"):
        assert there[name].digest == here[name].digest


def test_errors_come_back_in_the_words_of_vibench(tmp_path):
    with pytest.raises(InputError, match="unknown molecule 'watre'"):
        run([wrong_task()], tmp_path, ParslSite(LOCAL, Resources(), tmp_path))


START = """
from pathlib import Path
from vibench.pipeline.parsl_site import ParslSite
from vibench.pipeline.site_recipes import NodesRecipe, ParslRecipe
from vibench.pipeline.tasks import Resources
site = ParslSite(ParslRecipe(cpu=NodesRecipe(lost_after_s=10)), Resources(), Path({root!r}))
site._executors["cpu"].submit(abs, -1).result()
print("started", flush=True)
input()
"""


def processes_of(root):
    """Return the numbers of the processes of Parsl that have a file below *root* open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            opened = [str(link.resolve()) for link in (process / "fd").iterdir()]
        except OSError:
            continue
        if any(path.startswith(str(root)) for path in opened):
            found.append(int(process.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks for processes in /proc")
def test_no_node_outlives_a_command_that_is_killed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", START.format(root=str(tmp_path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "started\n"
    assert len(processes_of(tmp_path)) >= 3
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not processes_of(tmp_path)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_sites_that_ship_are_what_parsl_accepts(path, tmp_path):
    recipe = read_site(str(path))
    if "kubernetes" in {recipe.cpu.provider, recipe.gpu.provider if recipe.gpu else ""}:
        pytest.importorskip("kubernetes")
    config = parsl_config(recipe, tmp_path)
    labels = [executor.label for executor in config.executors]
    assert labels == (["cpu", "gpu"] if recipe.gpu else ["cpu"])
    for executor, nodes in zip(config.executors, (recipe.cpu, recipe.gpu), strict=False):
        assert executor.max_workers_per_node == nodes.workers_per_node
        assert len(executor.available_accelerators) == len(nodes.gpus) * nodes.tasks_per_gpu


def test_networks_go_where_gpus_are():
    assert uses_network(Task("train", "train", {}))
    assert len(EXAMPLES) >= 4
