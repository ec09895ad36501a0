"""Files: written whole or not at all, and known by their checksums."""

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vibench.core.errors import InputError

_LONGEST: Final = 255  # bytes of a name, which file systems take
_DEVICES: Final = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)))
)
"""Names of devices on Windows, with whatever ending."""


def is_plain_name(name: str) -> bool:
    """Tell whether a text is the name of one file or folder, on every system.

    It is not if it is a path, climbs up, is a device, is too long, or has signs that nobody sees.
    """
    fits = 0 < len(name.encode("utf-8", "replace")) <= _LONGEST
    signs = name.isprintable() and not re.search(r'[\\/:<>"|?*]', name)
    device = name.partition(".")[0].strip().upper() in _DEVICES
    return fits and signs and not device and name == name.strip().rstrip(".")


def make_folder(path: Path) -> Path:
    """Create a folder and its parents.

    Raises
    ------
    InputError
        If the place cannot be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot create folder {path}: {error.strerror}. "
            "Choose another place with --runs, VIBENCH_RUNS or --output."
        ) from error
    if not os.access(path, os.W_OK):
        raise InputError(
            f"cannot write into folder {path}: choose another place or its permissions"
        )
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside *path* that replaces it when the block ends well."""
    # Not by tempfile: the file is to have the permissions that the user's umask gives.
    temporary = path.with_name(f".{path.stem}-{os.getpid()}-{threading.get_ident()}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


_TEMPORARY = re.compile(r"\..+-(?P<process>\d+)-\d+(\.[^.]+)?")


def is_abandoned(path: Path) -> bool:
    """Tell whether a file is a temporary one of `replacing` whose process is not there any more."""
    match = _TEMPORARY.fullmatch(path.name)
    if match is None:
        return False
    try:
        os.kill(int(match["process"]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        # A process of another user, or no number of a process.
        return False
    return False


def write_bytes(path: Path, content: bytes) -> None:
    """Write *content* to *path*, wholly or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write *text* in UTF-8 to *path*, wholly or not at all."""
    write_bytes(path, text.encode())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
