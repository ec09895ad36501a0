"""Archives: files in one zip file, with a manifest that says what each of them must be.

Equal files give equal archives, byte by byte: names are sorted, times and permissions are fixed.
"""

import json
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256 as new_sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, Self

from vibench.core.errors import InputError, plain_reason
from vibench.core.files import is_plain_name, make_folder, replacing, sha256
from vibench.core.reading import read_text

MANIFEST: Final = "manifest.json"
KIND: Final = "vibench export"
ARCHIVE_SCHEMA: Final = 1
"""Version of the archive's layout; raised when an old archive would be misread."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first moment that zip files know
_UNIX: Final = 3
_MOST_MEMBERS: Final = 200_000
_LARGEST_MANIFEST: Final = 64 * 2**20
_PIECE: Final = 2**20
_LONGEST: Final = 1000  # characters of a name


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds."""

    checksums: Mapping[str, str]
    """Name of each member → SHA-256 of its content."""
    sizes: Mapping[str, int]
    """Name of each member → its size in bytes."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else is said about the content, in JSON form."""

    def to_json(self) -> str:
        """Return the text of the file ``manifest.json``."""
        members = {
            name: {"sha256": self.checksums[name], "bytes": self.sizes[name]}
            for name in sorted(self.checksums)
        }
        content = {"kind": KIND, "schema": ARCHIVE_SCHEMA, **self.about, "members": members}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def parse_manifest(text: str, place: str) -> Manifest:
    """Read what `Manifest.to_json` wrote; *place* begins error messages.

    Raises
    ------
    InputError
        If it is no manifest, of another schema, or names a member that may not be unpacked.
    """
    try:
        content = json.loads(text)
        kind, schema, members = content.pop("kind"), content.pop("schema"), content.pop("members")
        checksums = {str(name): str(one["sha256"]) for name, one in members.items()}
        sizes = {str(name): int(one["bytes"]) for name, one in members.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{place}: {MANIFEST} is not one of vibench ({error!r})") from error
    if kind != KIND or schema != ARCHIVE_SCHEMA:
        raise InputError(
            f"{place}: {MANIFEST} is of kind {kind!r}, schema {schema!r}; this version reads "
            f"{KIND!r}, schema {ARCHIVE_SCHEMA}"
        )
    for name in checksums:
        check_name(name, place)
    if any(size < 0 for size in sizes.values()):
        raise InputError(f"{place}: {MANIFEST} states a negative size")
    return Manifest(checksums, sizes, content)


def check_name(name: str, place: str) -> None:
    """Refuse a member whose name could lead out of the folder that it is unpacked into.

    Raises
    ------
    InputError
        If the name is absolute, climbs up, or is not plain on some system.
    """
    if len(name) > _LONGEST or not all(map(is_plain_name, name.split("/"))):
        raise InputError(
            f"{place}: a member is called {name!r:.100}, which could lead out of the folder, or is "
            "no name of a file on some system: refused"
        )


def write_archive(path: Path, files: Mapping[str, Path | bytes], about: Mapping[str, Any]) -> None:
    """Write *files* and their manifest to *path*, wholly or not at all.

    Parameters
    ----------
    path
        The archive.
    files
        Name in the archive → file, or content.
    about
        What the manifest says besides names, sizes and checksums, in JSON form.
    """
    for name in files:
        check_name(name, str(path))
    names = sorted(files)
    checksums = {name: _checksum(files[name]) for name in names}
    sizes = {name: _size(files[name]) for name in names}
    manifest = Manifest(checksums, sizes, about).to_json().encode()
    make_folder(path.parent)
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        for name, content in ((MANIFEST, manifest), *((name, files[name]) for name in names)):
            _add(archive, name, content)


def _add(archive: zipfile.ZipFile, name: str, content: Path | bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = _size(content)
    with archive.open(info, "w") as member:
        if isinstance(content, bytes):
            member.write(content)
            return
        with content.open("rb") as file:
            for piece in _pieces(file):
                member.write(piece)


def _checksum(content: Path | bytes) -> str:
    return new_sha256(content).hexdigest() if isinstance(content, bytes) else sha256(content)


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


class Archive:
    """An archive that somebody else may have written: nothing in it is trusted."""

    def __init__(self, path: Path, *, largest_bytes: int) -> None:
        """Open *path* and read its manifest.

        Parameters
        ----------
        path
            The file.
        largest_bytes
            Size of all members together above which the archive is refused.

        Raises
        ------
        InputError
            If it is no archive of vibench, is too large, or holds links, encrypted members, or
            names that lead out of its folder.
        """
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError) as error:
            raise InputError(f"{path} is no archive of vibench: {plain_reason(error)}") from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            _check_member(info, str(path))
            if info.filename in self._members:
                raise InputError(f"{path}: the member {info.filename!r} is there twice: refused")
            self._members[info.filename] = info
        if MANIFEST not in self._members:
            raise InputError(f"{path} is no archive of vibench: it has no {MANIFEST}")
        if len(self._members) > _MOST_MEMBERS:
            raise InputError(f"{path} has {len(self._members)} members, at most {_MOST_MEMBERS}")
        text = self._read(MANIFEST, _LARGEST_MANIFEST)
        if text is None:
            raise InputError(f"{path}: {MANIFEST} is damaged or larger than {_LARGEST_MANIFEST} B")
        self.manifest = parse_manifest(text.decode("utf-8", "replace"), str(path))
        total = sum(self.manifest.sizes.values())
        if total > largest_bytes:
            raise InputError(
                f"{path} says that it unpacks to {total / 2**30:.3g} GiB, more than the "
                f"{largest_bytes / 2**30:.3g} GiB allowed; raise --largest-gib if you trust it"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def text(self, name: str) -> str:
        """Return the text of one member after checking it.

        Raises
        ------
        InputError
            If it is not there, or is not what the manifest says.
        """
        content = self._read(name, self.manifest.sizes.get(name, 0))
        if content is None or _checksum(content) != self.manifest.checksums[name]:
            raise InputError(f"{self.path}: {name} is missing or not what {MANIFEST} says")
        return content.decode("utf-8")

    def unpack(self, folder: Path) -> dict[str, str]:
        """Write the members into *folder*, each only as far as the manifest says.

        Returns
        -------
        Name → what is wrong with it, of members that are missing, not listed, of another size or
        content. What is wrong is not written.
        """
        known = {*self.manifest.checksums, MANIFEST}
        faults = {name: f"not listed in {MANIFEST}" for name in self._members if name not in known}
        for name, expected in self.manifest.checksums.items():
            path = folder / PurePosixPath(name)
            fault = self._unpack(name, path, expected)
            if fault:
                if path.is_file():
                    path.unlink()
                faults[name] = fault
        (folder / MANIFEST).write_text(self.manifest.to_json(), encoding="utf-8")
        return faults

    def _unpack(self, name: str, path: Path, expected: str) -> str:
        """Write one member; return what is wrong with it, or an empty string."""
        if name not in self._members:
            return "missing"
        size, digest, written = self.manifest.sizes[name], new_sha256(), 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._zip.open(self._members[name]) as member, path.open("wb") as file:
                for piece in _pieces(member):
                    written += len(piece)
                    if written > size:
                        return f"larger than the {size} bytes that {MANIFEST} says"
                    digest.update(piece)
                    file.write(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            return f"cannot be read: {plain_reason(error)}"
        if written < size:
            return f"{written} bytes, {MANIFEST} says {size}"
        return "" if digest.hexdigest() == expected else "another content than recorded"

    def _read(self, name: str, largest: int) -> bytes | None:
        if name not in self._members:
            return None
        try:
            with self._zip.open(self._members[name]) as member:
                content = member.read(largest + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            return None
        return content if len(content) <= largest else None


def _check_member(info: zipfile.ZipInfo, place: str) -> None:
    check_name(info.filename, place)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.is_dir() or kind not in {0, stat.S_IFREG}:
        raise InputError(
            f"{place}: the member {info.filename!r} is a link or something else than a file: "
            "refused"
        )
    if info.flag_bits & 0x1:
        raise InputError(f"{place}: the member {info.filename!r} is encrypted: refused")


def check_folder(folder: Path) -> tuple[Manifest, dict[str, str]]:
    """Check the files of an unpacked archive against its manifest.

    Returns
    -------
    manifest
        What the folder must hold.
    faults
        Name → what is wrong with it.

    Raises
    ------
    InputError
        If the folder has no manifest of vibench.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} is no unpacked archive of vibench: it has no {MANIFEST}")
    manifest = parse_manifest(read_text(path, errors="replace"), str(folder))
    faults = {}
    for name, expected in manifest.checksums.items():
        file = folder / PurePosixPath(name)
        places = (file, *(one for one in file.parents if folder in one.parents))
        if any(one.is_symlink() for one in places):
            faults[name] = "a link, not a file"
        elif not file.is_file():
            faults[name] = "missing"
        elif sha256(file) != expected:
            faults[name] = "another content than recorded"
    return manifest, faults
