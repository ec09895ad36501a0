"""What lies in a store is recognised, and deleted in a way that nothing takes for a result."""

import os
import subprocess
import sys

import pytest

from vibench.core.record import Identity
from vibench.store.artefacts import Store
from vibench.store.leftovers import delete, entries, is_held, set_aside

STAGES = ("dynamics", "train")
HOLDER = """
import sys
from pathlib import Path
from vibench.store.artefacts import Workspace
with Workspace(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def identity(seed):
    return Identity("train", {"seed": seed})


@pytest.fixture
def store(tmp_path):
    """A store with a finished result (seed 0) and a left-over workspace (seed 1)."""
    store = Store(tmp_path / "runs")
    with store.workspace(identity(0)) as workspace:
        workspace.path("model.txt").write_text("weights")
        store.finish(workspace, identity(0), {"task": "train · model"})
    with store.workspace(identity(1)) as workspace:
        (workspace.scratch / "state").write_text("half of it")
    return store


def found(store):
    return {entry.path.name: entry for entry in entries(store.root, STAGES)}


def kinds(store):
    return {name: entry.kind for name, entry in found(store).items()}


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    return process


def test_everything_in_a_store_is_recognised(store):
    first, second = identity(0).key, identity(1).key
    assert kinds(store) == {
        first: "result",
        f"{first}.lock": "lock file",
        f"{second}.partial": "workspace",
    }
    entry = found(store)[f"{second}.partial"]
    assert entry.size_bytes == len("half of it")
    assert entry.changed_s == (entry.path / "checkpoint/state").stat().st_mtime


@pytest.mark.parametrize("name", ["notes", "0123456789abcdef-mine", "0123456789ABCDEF.partial"])
def test_what_is_not_of_the_store_is_left_alone(store, name):
    before = kinds(store)
    (store.root / "train" / name).mkdir()
    (store.root / "train" / "0123456789abcdef").mkdir()  # no record: who knows
    (store.root / "train" / "fedcba9876543210.txt").write_text("")
    (store.root / "my-stage" / "0123456789abcdef.partial").mkdir(parents=True)
    assert kinds(store) == before


def test_links_are_passed_over_and_never_followed(store, tmp_path):
    outside = tmp_path / "outside"
    (outside / "0123456789abcdef.partial").mkdir(parents=True)
    (outside / "0123456789abcdef.partial/precious").write_text("data")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (outside / f".report-{gone.pid}-1.html").write_text("half")
    before = kinds(store)
    (store.root / "reports").symlink_to(outside)
    (store.root / "dynamics").symlink_to(outside)
    (store.root / "train/0123456789abcdef.partial").symlink_to(outside)
    assert kinds(store) == before
    workspace = found(store)[f"{identity(1).key}.partial"]
    (workspace.path / "link").symlink_to(outside)
    delete(set_aside(workspace))
    assert not workspace.path.exists()
    assert (outside / "0123456789abcdef.partial/precious").read_text() == "data"


def test_a_workspace_is_held_while_its_process_lives(store):
    workspace = found(store)[f"{identity(1).key}.partial"]
    with holder(workspace.path) as process:
        assert is_held(workspace)
        assert set_aside(workspace) is None
        assert (workspace.path / "checkpoint/state").is_file()
        process.kill()
    assert not is_held(workspace)
    assert set_aside(workspace) is not None


def test_asking_leaves_no_trace(store):
    workspace = found(store)[f"{identity(1).key}.partial"]
    lock = workspace.path.with_suffix(".lock")
    lock.unlink()
    assert not is_held(workspace)
    assert not lock.exists()


@pytest.mark.parametrize("seed", [0, 1])
def test_an_interrupted_deletion_leaves_remains_that_nobody_takes_for_a_result(store, seed):
    name = identity(seed).key + (".partial" if seed else "")
    aside = set_aside(found(store)[name])
    # Here the process is killed, with some files deleted and some not.
    assert store.find(identity(seed)) is None
    assert kinds(store)[aside.name] == "remains"
    with store.workspace(identity(seed)) as workspace:
        assert not list(workspace.scratch.iterdir())
        store.finish(workspace, identity(seed), {"task": "again"})
    assert store.find(identity(seed)) is not None
    delete(set_aside(found(store)[aside.name]))
    assert not aside.exists()
    assert store.find(identity(seed)) is not None


def test_a_lock_file_goes_but_the_lock_still_works(store):
    lock = found(store)[f"{identity(0).key}.lock"]
    delete(set_aside(lock))
    assert not lock.path.exists()
    with holder(lock.path.with_suffix(".partial")) as process:
        assert lock.path.is_file()
        assert set_aside(lock) is None
        process.kill()


def test_what_is_gone_by_now_is_no_error(store):
    workspace = found(store)[f"{identity(1).key}.partial"]
    delete(workspace.path)
    assert set_aside(workspace) is None


def test_temporary_files_of_killed_writers_are_found_in_reports_alone(store):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    report = store.root / "reports/study"
    report.mkdir(parents=True)
    (report / f".report-{gone.pid}-1.html").write_text("half")
    (report / f".summary-{os.getpid()}-1.json").write_text("being written")
    inside = store.root / f"train/{identity(1).key}.partial/.record-{gone.pid}-1.json"
    inside.write_text("half")
    (store.root / f".notes-{gone.pid}-11.txt").write_text("somebody's own")
    new = {name for name, kind in kinds(store).items() if kind == "temporary file"}
    assert new == {f".report-{gone.pid}-1.html"}
