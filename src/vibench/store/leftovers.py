"""What lies in a store, and how it is deleted without ever looking like something else.

Deleting first renames, under the lock of the result, and then deletes what was renamed: a process
that is killed on the way leaves a folder that nobody takes for a result or for a checkpoint. Links
are never followed.
"""

import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from vibench.core.errors import InputError
from vibench.core.files import is_abandoned
from vibench.store.artefacts import DAMAGED, LOCK, PARTIAL, RECORD

type Kind = Literal["result", "workspace", "lock file", "temporary file", "remains"]

REPORTS = "reports"
"""Folder of a store where reports are written, if no other place is given."""

_DELETED = ".deleted"
_KEY = re.compile(r"[0-9a-f]{16}(?![^.])")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a store."""

    path: Path
    """Where it is."""
    kind: Kind
    """A finished result; the workspace of one that is not finished; a lock file without a
    workspace; a temporary file whose writer is gone; or what an
    interrupted deletion left, or was found damaged and set aside."""
    size_bytes: int
    """Bytes of all files in it."""
    changed_s: float
    """When its newest file was changed, in seconds since 1970."""


def entries(root: Path, stages: Collection[str]) -> Iterator[Entry]:
    """Yield what lies in a store, stage by stage, and then abandoned temporary files of reports.

    Those of results lie in workspaces, and go with them.

    Parameters
    ----------
    root
        Folder of the store; links inside it are passed over.
    stages
        Names of the stages whose results are looked at.
    """
    for stage in sorted(stages):
        folder = root / stage
        if folder.is_dir() and not folder.is_symlink():
            for path in sorted(folder.iterdir()):
                kind = None if path.is_symlink() else _kind(path)
                if kind is not None:
                    yield _entry(path, kind)
    for path in _files(root / REPORTS):
        if is_abandoned(path):
            yield _entry(path, "temporary file")


def is_held(entry: Entry) -> bool:
    """Tell whether another process is making the result that a workspace belongs to."""
    lock = _lock_file(entry)
    # A lock that is not there is not held; asking for it would make it.
    if not lock.is_file():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def set_aside(entry: Entry) -> Path | None:
    """Rename an entry so that nobody takes it for what it was, and return it for `delete`.

    None if another process works on it by now, or it is gone.

    Raises
    ------
    InputError
        If the store cannot be written to.
    """
    if entry.kind in {"temporary file", "remains"}:
        return entry.path
    lock = _lock_file(entry)
    try:
        with FileLock(lock, timeout=0):
            aside = lock if entry.kind == "lock file" else _renamed(entry.path)
            # Who waits for this very file sees that it is gone, and makes a new one.
            lock.unlink()
            return aside
    except (Timeout, FileNotFoundError):
        return None
    except OSError as error:
        raise _refused(entry.path, error) from error


def delete(path: Path) -> None:
    """Delete what was set aside: a file, or a folder with all that is in it.

    Raises
    ------
    InputError
        If something in it cannot be deleted.
    """
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(path, error) from error


def _kind(path: Path) -> Kind | None:
    """Return what an entry of a stage's folder is, or None for what is none of the store's."""
    key = _KEY.match(path.name)
    if key is None:
        return None
    end = path.name[key.end() :]
    if not path.is_dir():
        alone = end == LOCK and not path.with_suffix(PARTIAL).is_dir()
        return "lock file" if alone else None
    if end == PARTIAL:
        return "workspace"
    if end.endswith(_DELETED) or end.startswith(DAMAGED):
        return "remains"
    return "result" if not end and (path / RECORD).is_file() else None


def _entry(path: Path, kind: Kind) -> Entry:
    """Measure an entry; files that vanish meanwhile do not count."""
    size, changed = 0, 0.0
    for file in _files(path):
        try:
            found = file.lstat()
        except FileNotFoundError:
            continue
        size, changed = size + found.st_size, max(changed, found.st_mtime)
    return Entry(path, kind, size, changed or path.lstat().st_mtime)


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or all files in a folder; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for place, folders, names in os.walk(path):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names))


def _lock_file(entry: Entry) -> Path:
    return entry.path.with_suffix(LOCK)


def _renamed(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_DELETED}")
    return path.rename(aside)


def _refused(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot delete {path}: {error.strerror}")
