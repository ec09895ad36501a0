"""Temporary files: which of them nobody will ever finish."""

import subprocess
import sys

import pytest

from vibench.core.files import is_abandoned, replacing

KILLED = """
import os, sys
from pathlib import Path
from vibench.core.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), 9)
"""


def test_a_temporary_file_is_abandoned_once_its_writer_was_killed(tmp_path):
    with replacing(tmp_path / "report.html") as temporary:
        temporary.write_text("whole")
        assert not is_abandoned(temporary)
    subprocess.run([sys.executable, "-c", KILLED, tmp_path / "summary.json"], check=False)
    left = [path for path in tmp_path.iterdir() if is_abandoned(path)]
    assert [path.read_text() for path in left] == ["half"]
    assert not (tmp_path / "summary.json").exists()


@pytest.mark.parametrize(
    "name", ["spectrum-300K.h5", ".hidden", ".gitignore", ".a-1.txt", f".a-{10**30}-1.txt"]
)
def test_other_files_are_not(tmp_path, name):
    assert not is_abandoned(tmp_path / name)
