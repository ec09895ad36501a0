"""Artefacts: results by identity, one folder each, with a record and checksums.

An artefact lies in ``<root>/<stage>/<key>/``; while it is made, its files and checkpoints lie in
``<root>/<stage>/<key>.partial/``, so that a later run can go on from there.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from vibench.core.errors import BusyError, InputError, OtherVersionError
from vibench.core.files import make_folder, sha256, write_text
from vibench.core.reading import parse_object, parse_own_json, read_text
from vibench.core.record import SCHEMA, Identity, RunRecord
from vibench.store.archive import check_name

RECORD = "record.json"
PARTIAL, LOCK = ".partial", ".lock"
"""Endings of the folder in which a result is made, and of the file that is locked meanwhile."""
DAMAGED = ".damaged"
"""In the name of a folder that held a result until that was found damaged."""
SCRATCH = "checkpoint"
"""Folder of checkpoints inside that of a result which is being made."""

_PATIENCE_S = 1.0
"""How long to wait for a lock: whoever cleans a store holds it for a moment."""


class CorruptedArtefactError(InputError):
    """A stored result is not what was written."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"{fault}. Run again to set {folder} aside and make it anew.")
        self.folder = folder
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Artefact:
    """A finished result on disk."""

    folder: Path
    record: RunRecord
    checksums: Mapping[str, str]
    """File name → SHA-256."""

    @property
    def digest(self) -> str:
        """SHA-256 over the names and checksums of all files: what the content is."""
        lines = "\n".join(f"{name} {self.checksums[name]}" for name in sorted(self.checksums))
        return hashlib.sha256(lines.encode()).hexdigest()

    def file(self, name: str) -> Path:
        """Return the path of a file after checking that it is what was written.

        Raises
        ------
        CorruptedArtefactError
            If the file is missing or its checksum differs from the record.
        """
        path = self.folder / name
        found = sha256(path) if path.is_file() else "missing"
        expected = self.checksums[name]
        if found != expected:
            fault = f"its SHA-256 is {found[:16]}…, recorded was {expected[:16]}…"
            raise CorruptedArtefactError(self.folder, f"{path} is damaged: {fault}")
        return path


class Workspace:
    """The folder of a result that is being made; only one process at a time holds it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder.with_suffix(LOCK))

    def __enter__(self) -> Self:
        try:
            self._lock.acquire(timeout=_PATIENCE_S)
        except Timeout:
            raise BusyError(
                f"another process is working on {self.folder}; wait for it or end it"
            ) from None
        make_folder(self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def path(self, name: str) -> Path:
        """Return the path of a file of the result."""
        return self.folder / name

    @property
    def scratch(self) -> Path:
        """Folder of checkpoints; it does not become part of the result."""
        return make_folder(self.folder / SCRATCH)


class Store:
    """All results below one root folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, identity: Identity) -> Artefact | None:
        """Return the result with this identity, or None if it is not there.

        Raises
        ------
        CorruptedArtefactError
            If one is there but its record is missing, cannot be read or is of something else.
        """
        folder = self._folder(identity)
        if not folder.is_dir():
            return None
        if not (folder / RECORD).is_file():
            raise CorruptedArtefactError(folder, f"{folder} has no {RECORD}")
        artefact = read_artefact(folder)
        found = json.dumps(asdict(artefact.record.identity), sort_keys=True)
        if found != json.dumps(asdict(identity), sort_keys=True):
            raise CorruptedArtefactError(
                folder, f"{folder / RECORD} belongs to another result than its name says"
            )
        return artefact

    def workspace(self, identity: Identity) -> Workspace:
        """Open the folder in which the result with this identity is made or continued."""
        folder = self._partial(identity)
        make_folder(folder.parent)
        return Workspace(folder)

    def scratch(self, identity: Identity) -> Path:
        """Return where checkpoints lie while the result with this identity is made."""
        return self._partial(identity) / SCRATCH

    def finish(
        self, workspace: Workspace, identity: Identity, observed: Mapping[str, Any]
    ) -> Artefact:
        """Turn a workspace into a finished result and return it."""
        shutil.rmtree(workspace.scratch)
        files = sorted(path for path in workspace.folder.rglob("*") if path.is_file())
        checksums = {
            path.relative_to(workspace.folder).as_posix(): sha256(path)
            for path in files
            if path.name != RECORD
        }
        content = {
            "schema": SCHEMA,
            "identity": asdict(identity),
            "observed": dict(observed),
            "files": checksums,
        }
        write_text(workspace.path(RECORD), json.dumps(content, indent=1) + "\n")
        folder = self._folder(identity)
        workspace.folder.replace(folder)
        return read_artefact(folder)

    def set_aside(self, folder: Path) -> Path:
        """Rename the *folder* of a damaged result, so that it is made anew; return its new name."""
        names = (f"{folder.name}{DAMAGED}-{number}" for number in count(1))
        return folder.replace(next(a for a in map(folder.with_name, names) if not a.exists()))

    def _partial(self, identity: Identity) -> Path:
        folder = self._folder(identity)
        return folder.with_name(f"{folder.name}{PARTIAL}")

    def _folder(self, identity: Identity) -> Path:
        return self.root / identity.stage / identity.key


def read_artefact(folder: Path) -> Artefact:
    """Read the record of a finished result.

    Raises
    ------
    InputError
        If there is no record.
    OtherVersionError
        If another version wrote it.
    CorruptedArtefactError
        If it cannot be read, or names files outside its folder.
    """
    path = folder / RECORD
    if not path.is_file():
        raise InputError(f"{folder} holds no result; expected a folder RUNS/STAGE/KEY")
    try:
        content = parse_own_json(read_text(path), str(path))
        identity = parse_object(Identity, content.get("identity"), f"{path}, identity")
        observed = {"identity": identity, "observed": content.get("observed")}
        record = parse_object(RunRecord, observed, str(path))
        files = {"folder": folder, "record": record, "checksums": content.get("files")}
        artefact = parse_object(Artefact, files, str(path))
        _check_files(artefact.checksums, path)
    except OtherVersionError:
        raise
    except InputError as error:
        raise CorruptedArtefactError(folder, str(error)) from error
    return artefact


def _check_files(checksums: Mapping[str, str], path: Path) -> None:
    for name, checksum in checksums.items():
        check_name(name, str(path))
        if not re.fullmatch(r"[0-9a-f]{64}", checksum):
            raise InputError(f"{path}: the SHA-256 of {name} is {checksum!r:.80}")
