"""A store is used by many or cleaned by one, whatever happens to them."""

import subprocess
import sys
import threading

import pytest

from vibench.core.errors import InputError, TaskError
from vibench.store.sharing import alone, in_use

USER = """
import sys
from pathlib import Path
from vibench.store.sharing import in_use
with in_use(Path(sys.argv[1])):
    print("in use", flush=True)
    sys.stdin.read()
"""


def test_a_store_in_use_is_not_cleaned_until_its_users_are_gone(tmp_path):
    with in_use(tmp_path), in_use(tmp_path), pytest.raises(TaskError, match="is using"):
        alone(tmp_path).__enter__()
    with alone(tmp_path):
        pass


def test_a_killed_user_is_gone(tmp_path):
    user = subprocess.Popen(
        [sys.executable, "-c", USER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with user:
        assert user.stdout.readline() == b"in use\n"
        with pytest.raises(TaskError):
            alone(tmp_path).__enter__()
        user.kill()
    with alone(tmp_path):
        pass


def test_a_user_waits_until_the_store_is_clean(tmp_path):
    began = threading.Event()

    def use():
        with in_use(tmp_path):
            began.set()

    user = threading.Thread(target=use)
    with alone(tmp_path):
        user.start()
        assert not began.wait(0.2)
    user.join(10)
    assert began.is_set()


def test_a_store_that_is_not_there_is_used_without_being_made(tmp_path):
    with in_use(tmp_path / "runs"):
        assert not (tmp_path / "runs").exists()
    with pytest.raises(InputError, match="cannot lock"):
        alone(tmp_path / "runs").__enter__()


def test_the_error_of_a_user_is_its_own(tmp_path):
    with pytest.raises(OSError, match="disk full"), in_use(tmp_path):
        raise OSError("disk full")
