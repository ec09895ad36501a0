"""Damage to binary containers that leaves the container whole: HDF5, zip archives, safetensors."""

import io
import json
import zipfile
from hashlib import sha256
from random import Random
from typing import Any, Final

import h5py
import numpy as np

from validation.fuzzing.mutations import TOKENS, change_json, damaged

_ATTRIBUTES: Final[tuple[Any, ...]] = (
    *(0, -1, 2**62, 1e308, np.nan, np.inf, "", "x", "Trajectory", "sequence", "Molecules", True),
    *(np.zeros(3), np.zeros((2, 0)), h5py.Empty("f8"), b"\xff\xfe", "[" * 2000, "{}", "[1]"),
)


def change_hdf5(content: bytes, rng: Random) -> bytes:
    """Change one group, data set, attribute or link of an HDF5 file."""
    buffer = io.BytesIO(content)
    try:
        with h5py.File(buffer, "r+") as file:
            names: list[str] = []
            file.visit(names.append)
            _change_object(file, rng.choice(names) if names else "/", rng)
    except Exception:  # noqa: BLE001  # what cannot be changed stays as it is
        return content
    return buffer.getvalue()


def _change_object(file: h5py.File, name: str, rng: Random) -> None:
    target = file[name] if rng.random() < 0.8 else file
    way = rng.randrange(8)
    if way in {0, 1}:
        keys = list(target.attrs) or ["type"]
        target.attrs[rng.choice((*keys, "x"))] = rng.choice(_ATTRIBUTES)
    elif way == 2 and len(target.attrs):
        del target.attrs[rng.choice(list(target.attrs))]
    elif name != "/":
        del file[name]
        _put(file, name, way, rng)


def _put(file: h5py.File, name: str, way: int, rng: Random) -> None:
    """Put something unfit where an object was, or nothing."""
    if way == 3:
        file[name] = h5py.ExternalLink("/etc/passwd", "/")
    elif way == 4:
        file[name] = rng.choice((h5py.SoftLink("/"), h5py.SoftLink(f"/{name}"), file["/"]))
    elif way == 5:
        shape = rng.choice(((10**12,), (2**40, 2**20), (0,), (10**9, 3), (3,), ()))
        chunks = (1,) * len(shape) if shape else None
        file.create_dataset(name, shape=shape, dtype="f8", chunks=chunks, maxshape=None)
    elif way == 6:
        kind = rng.choice(("f8", "i8", "f4", "c16", "u1", "S3", bool, [("a", "f8")]))
        file.create_dataset(name, data=np.zeros(rng.choice(((2,), (1, 3), (0, 3), (7,))), kind))
    elif way == 7:
        file.create_dataset(name, data=np.full((rng.randint(1, 6), 3), rng.choice((np.nan, 1e308))))


def change_zip(content: bytes, rng: Random) -> bytes:
    """Change one member of a zip archive, its name, size or kind, and make checksums fit again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # noqa: BLE001  # what was damaged before stays as it is
        return content
    name = rng.choice(list(members)) if members else ""
    way = rng.randrange(5)
    if way == 0:
        members.pop(name, None)
    elif way == 1:
        members[rng.choice(("../x", "/x", "a/../../x", "x\x00y", "C:x", "x" * 300))] = b"x"
    elif way == 2:
        members[name] = b"\x00" * rng.choice((10**4, 10**7))
    else:
        members[name] = damaged(members.get(name, b""), [change_json], rng)
    manifest = members.get("manifest.json", b"")
    if rng.random() < 0.7:
        members["manifest.json"] = _with_checksums(manifest, members)
    return _zipped(members, rng)


def _with_checksums(manifest: bytes, members: dict[str, bytes]) -> bytes:
    try:
        content = json.loads(manifest)
        content["members"] = {
            name: {"sha256": sha256(one).hexdigest(), "bytes": len(one)}
            for name, one in members.items()
            if name != "manifest.json"
        }
    except (ValueError, TypeError, RecursionError):
        return manifest
    return json.dumps(content).encode()


def _zipped(members: dict[str, bytes], rng: Random) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
            if rng.random() < 0.05:
                info.external_attr = rng.choice((0o120777, 0o040755, 0o010644)) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def change_array(content: bytes, rng: Random) -> bytes:
    """Change one array of a NumPy archive: its header, type, shape or numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # noqa: BLE001  # what was damaged before stays as it is
        return content
    name = rng.choice(list(members)) if members else "R.npy"
    if rng.random() < 0.5:
        members[name] = change_header(members.get(name, b""), rng)
    else:
        members[name] = damaged(members.get(name, b""), [change_header], rng)
    return _zipped(members, rng)


def change_header(content: bytes, rng: Random) -> bytes:
    """Write another header in front of the numbers of a NumPy array."""
    kind = rng.choice(
        ("<f8", "<i8", "<f4", "|O", "<U9", "|S2", "<M8[s]", "|b1", "<c16", "|V8", "x")
    )
    shapes = (
        "(10000000000000,)",
        "(5, 3, 3)",
        "(-1,)",
        "()",
        "(0, 3, 3)",
        "(1000000000, 3)",
        "[1]",
    )
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {rng.choice(shapes)}, }}"
    header = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content[128:]


def change_safetensors(content: bytes, rng: Random) -> bytes:
    """Change the header of a safetensors file, or the header of vibench inside it."""
    size = int.from_bytes(content[:8], "little")
    header, rest = content[8 : 8 + size], content[8 + size :]
    if rng.random() < 0.6:
        try:
            tree = json.loads(header)
            inner = change_json(tree["__metadata__"]["vibench"].encode(), rng)
            tree["__metadata__"]["vibench"] = inner.decode()
            header = json.dumps(tree).encode()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return content
    else:
        header = change_json(header, rng)
    length = len(header) if rng.random() < 0.9 else rng.choice((0, 1, 2**63 - 1, 2**40, size))
    return length.to_bytes(8, "little") + header + rest


def change_ulm(content: bytes, rng: Random) -> bytes:
    """Put a hostile token in place of a number in the JSON of an ASE trajectory."""
    start = content.rfind(b"{")
    end = content.find(b"}", start)
    if start < 0 or end < 0:
        return content
    token = rng.choice([one for one in TOKENS if len(one) < 30])
    inside = content[start:end]
    place = rng.randrange(len(inside) + 1)
    return content[:start] + inside[:place] + token + inside[place + len(token) :] + content[end:]
