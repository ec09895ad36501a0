"""The folder of results: sound ones pass, and each fault is noticed."""

import time
from typing import NamedTuple

import pytest

from vibench.pipeline.doctor import storage

GIB = 2**30


class Usage(NamedTuple):
    free: float


def test_a_folder_that_is_not_there_is_tried_above_and_not_made(tmp_path):
    with storage.trial_folder(tmp_path / "a/b") as folder:
        assert folder.parent == tmp_path
        (folder / "inside").mkdir()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_tried_itself_and_left_as_it_was(tmp_path):
    runs = tmp_path / "runs"
    runs.mkdir()
    with storage.trial_folder(runs) as folder:
        assert folder.parent == runs
    assert not list(runs.iterdir())


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(OSError, match="runs"), storage.trial_folder(tmp_path / "runs"):
        pass


@pytest.mark.parametrize(
    ("free", "status"), [(50 * GIB, "ok"), (0.5 * GIB, "warning"), (0.01 * GIB, "fault")]
)
def test_space(monkeypatch, tmp_path, free, status):
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: Usage(free))
    finding = storage.check_space(tmp_path)
    assert finding.status == status
    assert ("vibench clean" in finding.advice) == (status != "ok")


def test_files_are_replaced_as_a_whole(tmp_path):
    assert storage.check_whole_files(tmp_path).status == "ok"


def half_and_half(path, content):
    with path.open("wb") as file:
        file.write(content[:100])
        file.flush()
        time.sleep(0.001)
        file.write(content[100:])


def gone_and_back(path, content):
    path.unlink(missing_ok=True)
    time.sleep(0.001)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("writer", "found"), [(half_and_half, "half a file"), (gone_and_back, "no file|half a file")]
)
def test_files_that_are_not_are_a_fault(monkeypatch, tmp_path, writer, found):
    monkeypatch.setattr(storage, "write_bytes", writer)
    finding = storage.check_whole_files(tmp_path)
    assert finding.status == "fault"
    assert any(one in finding.found for one in found.split("|"))


@pytest.mark.parametrize(
    ("shift", "status", "text"),
    [(0, "ok", "agrees"), (-100, "warning", "100 s ahead of"), (100, "warning", "100 s behind")],
)
def test_clock(monkeypatch, tmp_path, shift, status, text):
    now = time.time
    monkeypatch.setattr(storage.time, "time", lambda: now() + shift)
    finding = storage.check_clock(tmp_path)
    assert finding.status == status
    assert text in finding.found


def test_names(monkeypatch, tmp_path):
    finding = storage.check_names(tmp_path)
    assert finding.status == ("info" if (tmp_path / "CASE").exists() else "ok")
    monkeypatch.setattr(storage, "_LONG_NAME", 10_000)
    finding = storage.check_names(tmp_path)
    assert finding.status == "warning"
    assert "255" in finding.found
