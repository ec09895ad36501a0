"""Sharing a store: many processes may use it at a time, or one may delete from it.

Both are said by a lock on one file in the store, which the system releases when a process ends,
however it ends. A result being made has a lock of its own besides (`Workspace`).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vibench.core.errors import InputError, TaskError

STORE_LOCK = "store.lock"


@contextmanager
def in_use(root: Path) -> Iterator[None]:
    """Keep everything below *root* from being deleted by `alone` while the block runs.

    Waits while another process deletes, which takes a moment. Where there is no lock to be had (no
    such folder, no right to write there, a file system without locks) `alone` has none either.
    """
    lock = None
    with suppress(OSError):
        lock = _locked(root, fcntl.LOCK_SH)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other processes from using the store below *root* while the block runs.

    Raises
    ------
    TaskError
        If another process uses it.
    InputError
        If the store cannot be locked.
    """
    try:
        lock = _locked(root, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TaskError(
            f"another process is using the store {root}; wait for it or end it, then try again"
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot lock the store {root}: {error.strerror}. Without that nothing is deleted, as "
            "a study may be running"
        ) from error
    try:
        yield
    finally:
        os.close(lock)


def _locked(root: Path, how: int) -> int:
    """Return an open file that holds the lock until it is closed."""
    lock = os.open(root / STORE_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        fcntl.flock(lock, how)
    except BaseException:
        os.close(lock)
        raise
    return lock
