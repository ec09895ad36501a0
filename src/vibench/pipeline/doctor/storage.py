"""Checks of the folder of results: room, whole files, clock, names."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vibench.core.files import write_bytes
from vibench.pipeline.doctor.finding import Finding, Status

_GIB = 2**30
_LEAST_GIB, _ENOUGH_GIB = 0.1, 1.0
"""Results of the quickstart take 35 MiB, those of all studies that ship less than 1 GiB."""
_REPLACEMENTS, _SIZE = 50, 2**16
_LARGEST_DRIFT_S = 2.0
"""The coarsest file systems keep times to two seconds."""
_LONG_NAME = 200
"""Letters in the name of a file of a report, with long names of molecule and model."""
_ADVICE = "choose a folder on a local disk with --runs or VIBENCH_RUNS"


@contextmanager
def trial_folder(runs: Path) -> Iterator[Path]:
    """Give an empty folder inside *runs*, which is removed with all that was written into it.

    If *runs* is not there yet, it is not made: the folder lies in the nearest one above it.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    above = next(one for one in (runs.absolute(), *runs.absolute().parents) if one.exists())
    folder = Path(tempfile.mkdtemp(prefix=".vibench-doctor-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_space(folder: Path) -> Finding:
    """Compare free space with what studies take."""
    free_gib = shutil.disk_usage(folder).free / _GIB
    if free_gib >= _ENOUGH_GIB:
        return Finding("ok", f"{free_gib:.1f} GiB free")
    advice = "make room (vibench clean shows what can go), or choose another folder with --runs"
    status: Status = "warning" if free_gib >= _LEAST_GIB else "fault"
    return Finding(status, f"{free_gib:.2f} GiB free", advice)


def check_whole_files(folder: Path) -> Finding:
    """Replace a file and rename a folder, as results are written, while another thread reads.

    The reader must find a whole file each time, the old one or the new one.
    """
    path = folder / "whole"
    contents = {bytes([number]) * _SIZE for number in (1, 2)}
    write_bytes(path, min(contents))
    broken, done = list[str](), threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                if path.read_bytes() not in contents:
                    broken.append("half a file")
            except OSError as error:
                broken.append(f"no file ({error.strerror})")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(_REPLACEMENTS):
            for content in contents:
                write_bytes(path, content)
    finally:
        done.set()
        reader.join()
    made = folder / "made.partial"
    made.mkdir()
    path.rename(made / path.name)
    made.replace(folder / "made")
    if broken:
        return Finding("fault", f"while a file is replaced, readers find {broken[0]}", _ADVICE)
    if (folder / "made" / path.name).read_bytes() not in contents:
        return Finding("fault", "a folder that is renamed loses its content", _ADVICE)
    return Finding("ok", f"{2 * _REPLACEMENTS} times a reader found the old file or the new one")


def check_clock(folder: Path) -> Finding:
    """Compare the time that the file system gives a new file with that of this machine."""
    path = folder / "time"
    before = time.time()
    path.write_text("now", encoding="ascii")
    drift_s = path.stat().st_mtime - before
    if abs(drift_s) <= _LARGEST_DRIFT_S:
        return Finding("ok", "that of the file system agrees with that of this machine")
    direction = "ahead of" if drift_s > 0 else "behind"
    return Finding(
        "warning",
        f"that of the file system is {abs(drift_s):.0f} s {direction} that of this machine",
        "set both by NTP; ages in vibench clean are off by as much",
    )


def check_names(folder: Path) -> Finding:
    """Try long names, and names that differ in case alone."""
    try:
        (folder / ("n" * _LONG_NAME)).touch()
    except OSError:
        longest = os.pathconf(folder, "PC_NAME_MAX")
        advice = f"{_ADVICE}, or give molecules and models short names"
        return Finding("warning", f"files have names of up to {longest} letters", advice)
    (folder / "case").touch()
    if (folder / "CASE").exists():
        advice = "give molecules and models names that differ in more than case"
        return Finding("info", "those that differ in case alone mean the same file", advice)
    return Finding("ok", f"of {_LONG_NAME} letters and more, upper and lower case apart")
