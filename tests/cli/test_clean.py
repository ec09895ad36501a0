"""The verb that cleans a store: it shows, deletes when asked to, and never disturbs a run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.program import vibench

LONG = """
title = "Water"
[reference]
kind = "gfn2"
accuracy = 1.0
[data]
molecules = ["water"]
[data.label]
[dynamics]
replicas = 64
"""


def tree(folder):
    """Return path → time of change and size of everything below a folder."""
    return {
        path: (found.st_mtime_ns, found.st_size)
        for path in sorted(folder.rglob("*"))
        for found in [path.lstat()]
    }


def start(folder):
    """Start a study that takes long, and return it once it makes dynamics."""
    program = [sys.executable, "-c", "from vibench.cli import main; main()"]
    process = subprocess.Popen(
        [*program, "run", "long.toml", "--workers", "1"],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not list(folder.glob("runs/dynamics/*.partial/checkpoint/*")):
        assert process.poll() is None, "the study ended too early"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which a study was interrupted; while it ran, cleaning was refused."""
    folder = tmp_path_factory.mktemp("clean")
    (folder / "long.toml").write_text(LONG)
    process = start(folder)
    try:
        shown = vibench("clean", cwd=folder)
        assert "another process is working on it" in shown
        message = vibench("clean", "--delete", cwd=folder, code=1)
        assert "another process is using the store" in message
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert process.returncode == 128 + signal.SIGTERM
    return folder


def test_showing_changes_nothing(folder):
    before = tree(folder)
    text = vibench("clean", cwd=folder)
    assert "workspace dynamics/" in text
    last = text.splitlines()[-1]
    assert last.startswith("0 results, 1 workspace, 1 lock file, ")
    assert "MiB could be freed" in last
    content = json.loads(vibench("clean", "--json", cwd=folder))
    assert content["deleted"] is False
    assert {one["kind"] for one in content["entries"]} == {"workspace", "lock file"}
    assert content["size_bytes"] == sum(one["size_bytes"] for one in content["entries"]) > 0
    assert tree(folder) == before


def test_what_is_young_is_not_shown_with_an_age(folder):
    text = vibench("clean", "--older-than", "1", cwd=folder)
    assert text == "0 results, 0.0 MiB could be freed\n"


def test_what_is_shown_is_deleted_when_asked(folder):
    (folder / "other.toml").write_text(LONG.replace("water", "ammonia"))
    shown = json.loads(vibench("clean", "other.toml", "--json", cwd=folder))
    assert [one["task"] for one in shown["entries"] if one["kind"] == "result"]
    gone = json.loads(vibench("clean", "other.toml", "--delete", "--json", cwd=folder))
    assert gone["deleted"] is True
    assert [one["path"] for one in gone["entries"]] == [one["path"] for one in shown["entries"]]
    assert not [path for path in folder.glob("runs/*/*") if path.parent.name != "reports"]
    assert vibench("clean", cwd=folder) == "0 results, 0.0 MiB could be freed\n"


def test_a_folder_that_is_no_store_is_bad_input(tmp_path):
    assert "runs is no store" in vibench("clean", cwd=tmp_path, code=2)
