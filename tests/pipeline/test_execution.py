"""Execution: reuse by identity, failures, and continuation after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.pipeline.execution import MOST_REPEATS, execute
from vibench.pipeline.order import in_order
from vibench.pipeline.sites import in_process
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Store
from vibench.store.hdf5 import read_hdf5

WATER = {"name": "water"}
GFN2 = {"kind": "gfn2", "accuracy": 1.0}


def minima_task():
    recipe = {"molecule": WATER, "potential": GFN2, "vibrations": {}, "conformers": 1, "seed": 0}
    return Task("vibrations", "vibrations", recipe)


def dynamics_task(**settings):
    dynamics = {
        "replicas": 2,
        "equilibration_fs": 5.0,
        "production_fs": 20.0,
        "frame_stride": 10,
    } | settings
    recipe = {"molecule": WATER, "potential": GFN2, "dynamics": dynamics}
    return Task("dynamics", "dynamics", recipe, {"start": "vibrations"})


def run(tasks, root):
    events = []
    results = execute(
        tasks,
        Store(root),
        in_process(Resources()),
        spectator=lambda event: events.append((event.task.name, event.kind)),
    )
    return results, events


def test_second_run_is_served_from_the_store(tmp_path):
    tasks = [minima_task(), dynamics_task()]
    first, _ = run(tasks, tmp_path)
    second, events = run(tasks, tmp_path)
    assert events == [("vibrations", "reused"), ("dynamics", "reused")]
    assert second["dynamics"].digest == first["dynamics"].digest


def test_other_settings_make_another_result_and_keep_the_first(tmp_path):
    first, _ = run([minima_task(), dynamics_task()], tmp_path)
    other, events = run([minima_task(), dynamics_task(seed=7)], tmp_path)
    assert ("vibrations", "reused") in events
    assert ("dynamics", "done") in events
    assert other["dynamics"].folder != first["dynamics"].folder
    assert first["dynamics"].folder.is_dir()


@pytest.mark.parametrize("name", ["modes.h5", "record.json"])
def test_a_damaged_result_is_set_aside_and_made_anew(tmp_path, name):
    first, _ = run([minima_task()], tmp_path)
    folder = first["vibrations"].folder
    damaged = (folder / name).read_bytes()[:-20]
    (folder / name).write_bytes(damaged)
    second, events = run([minima_task(), dynamics_task()], tmp_path)
    assert ("vibrations", "repeated") in events
    assert events[-1] == ("dynamics", "done")
    assert second["vibrations"].digest == first["vibrations"].digest
    (aside,) = tmp_path.glob("vibrations/*.damaged-1")
    assert (aside / name).read_bytes() == damaged


def test_a_result_without_its_record_is_not_believed(tmp_path):
    first, _ = run([minima_task()], tmp_path)
    (first["vibrations"].folder / "record.json").unlink()
    second, events = run([minima_task()], tmp_path)
    assert events == [("vibrations", kind) for kind in ("repeated", "started", "done")]
    assert second["vibrations"].digest == first["vibrations"].digest


def test_a_disk_that_damages_every_result_is_not_tried_for_ever(tmp_path, monkeypatch):
    finish = Store.finish

    def damaging(*arguments):
        artefact = finish(*arguments)
        for path in artefact.folder.glob("modes.h5"):
            path.write_bytes(b"nothing")
        return artefact

    monkeypatch.setattr(Store, "finish", damaging)
    with pytest.raises(InputError, match="is damaged"):
        run([minima_task(), dynamics_task()], tmp_path)
    assert len(list(tmp_path.glob("vibrations/*.damaged-*"))) == MOST_REPEATS


def test_a_failing_task_does_not_stop_those_beside_it(tmp_path):
    wrong = minima_task()
    wrong = Task("wrong", wrong.stage, {**wrong.recipe, "molecule": {"name": "watre"}})
    after = Task("after", "dynamics", dynamics_task().recipe, {"start": "wrong"})
    with pytest.raises(InputError, match="unknown molecule 'watre'") as error:
        run([wrong, after, minima_task()], tmp_path)
    assert "not run because of this: after" in str(error.value)
    assert list((tmp_path / "vibrations").glob("*/record.json"))


def test_tasks_that_wait_for_nothing_known_are_refused():
    with pytest.raises(InputError, match="results nobody makes"):
        in_order([dynamics_task()])


def test_record_says_what_and_how(tmp_path):
    results, _ = run([minima_task()], tmp_path)
    record = json.loads((results["vibrations"].folder / "record.json").read_text())
    assert record["identity"]["recipe"]["molecule"]["name"] == "water"
    assert record["observed"]["wall_s"] > 0
    assert {"python", "numpy", "tblite"} <= record["observed"]["versions"].keys()


LONG = """
import sys
from vibench.dynamics import engine
sys.path.insert(0, {folder!r})
import runpy
module = runpy.run_path({here!r})
original = engine.run
def often(*arguments, **options):
    return original(*arguments, checkpoint_every_s=0.0, **options)
import vibench.pipeline.stages.motion as motion
motion.run = often
from pathlib import Path
tasks = [module["minima_task"](), module["dynamics_task"](production_fs=400.0)]
module["run"](tasks, Path({root!r}))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_and_continued_equals_uninterrupted(tmp_path):
    tasks = [minima_task(), dynamics_task(production_fs=400.0)]
    whole, _ = run(tasks, tmp_path / "whole")
    root = tmp_path / "killed"
    script = LONG.format(
        folder=str(Path(__file__).parents[2]), here=str(Path(__file__)), root=str(root)
    )
    process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ})
    try:
        deadline = time.monotonic() + 120
        while len(list(root.glob("dynamics/*.partial/checkpoint/frames/chunk-*"))) < 5:
            assert process.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert not list(root.glob("dynamics/*/record.json"))
    continued, _ = run(tasks, root)
    first, second = (
        read_hdf5(result["dynamics"].file("trajectories.h5"), list) for result in (whole, continued)
    )
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.dipole, other.dipole)
        np.testing.assert_array_equal(one.positions, other.positions)


def test_a_result_that_another_run_is_making_is_waited_for(tmp_path):
    task = minima_task()
    made, _ = run([task], tmp_path / "elsewhere")
    store = Store(tmp_path / "here")
    identity = task.identity({})
    other = store.workspace(identity)
    other.__enter__()

    def finish_elsewhere():
        shutil.copytree(made["vibrations"].folder, store.root / "vibrations" / identity.key)
        other.__exit__(None, None, None)

    timer = threading.Timer(1.0, finish_elsewhere)
    timer.start()
    found, events = run([task], store.root)
    timer.join()
    assert [kind for _, kind in events] == ["started", "waiting", "reused"]
    assert found["vibrations"].digest == made["vibrations"].digest


def test_another_geometry_in_the_same_file_is_another_result(tmp_path):
    path = tmp_path / "molecule.xyz"
    path.write_text("1\n\nHe 0 0 0\n")
    task = Task("x", "vibrations", {"molecule": {"name": "x", "file": str(path)}})
    first = task.identity({}).key
    path.write_text("1\n\nNe 0 0 0\n")
    assert task.identity({}).key != first
