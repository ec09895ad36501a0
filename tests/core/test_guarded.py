"""A child process takes the blows of bad files."""

import sys

import pytest

from vibench.core.errors import InputError
from vibench.core.guarded import in_child

MODULE = """
import os, time
from vibench.core.errors import InputError, MissingDependencyError

def size(path, factor):
    print("a library that talks")
    return factor * len(path.read_bytes())

def refuse(path):
    raise MissingDependencyError("package", "extra")

def crash(path):
    os.abort()

def fail(path):
    raise KeyError("nobody foresaw this")

def wait(path):
    time.sleep(60)

def take(path, mib):
    return len(bytearray(mib * 2**20))
"""


@pytest.fixture
def readers(tmp_path, monkeypatch):
    """A module of readers that child processes find."""
    (tmp_path / "readers_of_bad_files.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import readers_of_bad_files

    return readers_of_bad_files


@pytest.fixture
def path(tmp_path):
    """A file."""
    (tmp_path / "file").write_bytes(b"12345")
    return tmp_path / "file"


def test_results_and_refusals_come_back(readers, path):
    assert in_child(readers.size, path, 3) == 15
    with pytest.raises(InputError, match=r"^package is not installed; install it with"):
        in_child(readers.refuse, path)


def test_crashes_and_failures_are_bad_input(readers, path):
    with pytest.raises(InputError, match=r"file: reading it took down .* \(code -6"):
        in_child(readers.crash, path)
    with pytest.raises(InputError, match="nobody foresaw this"):
        in_child(readers.fail, path)


def test_what_never_ends_is_ended(readers, path):
    with pytest.raises(InputError, match="could not be read within 3 s"):
        in_child(readers.wait, path, seconds=3.0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to limits of address space")
def test_memory_is_limited(readers, path):
    assert in_child(readers.take, path, 10, memory_mib=100) == 10 * 2**20
    with pytest.raises(InputError, match="needs more than 100 MiB"):
        in_child(readers.take, path, 1000, memory_mib=100)
