"""Core types ⇄ HDF5, field by field.

Arrays become HDF5 data sets, numbers and strings attributes, nested types groups, mappings and
lists of strings JSON text; what is None is left out. Each group names its type.

`read_hdf5` is for files whose checksum is known, `read_foreign_hdf5` for all others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from vibench.core.bands import ModeBands
from vibench.core.dataset import Dataset
from vibench.core.errors import InputError, plain_reason
from vibench.core.files import replacing
from vibench.core.guarded import in_child
from vibench.core.modes import Modes
from vibench.core.molecules import Molecules
from vibench.core.properties import Properties
from vibench.core.reading import parse_object, understood
from vibench.core.record import SCHEMA
from vibench.core.reliability import Reliability
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Outcome, Trajectory

_TYPES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        *(Dataset, Molecules, Properties, Trajectory, Outcome),
        *(Modes, ModeBands, Spectrum, Reliability),
    )
}
_LARGE: Final = 4096  # elements above which an array is compressed
_DEEPEST: Final = 8  # groups inside groups; core types have no more than four
_DENSEST: Final = 1100  # bytes that one stored byte can stand for: deflate reaches 1032
_SLACK: Final = 2**16  # bytes that an array may have beyond that


def write_hdf5(path: Path, value: object) -> None:
    """Write a core type, or a sequence of them, to *path*, wholly or not at all."""
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["schema"] = SCHEMA
        _write(file, value)


def read_hdf5[T](path: Path, expected: type[T]) -> T:
    """Read what `write_hdf5` wrote and check that it is of the *expected* type.

    Raises
    ------
    InputError
        If the file cannot be read, has another schema, or holds something else.
    """
    try:
        with h5py.File(path, "r") as file, understood(str(path), "what vibench stores in HDF5"):
            if file.attrs.get("schema") != SCHEMA:
                raise InputError(
                    f"{path} has schema {file.attrs.get('schema')!r}, this version reads {SCHEMA}"
                )
            value = _read(file, depth=0)
    except (OSError, RuntimeError) as error:
        raise InputError(f"cannot read {path}: {plain_reason(error)}") from error
    if not isinstance(value, expected):
        raise InputError(f"{path} holds {type(value).__name__}, expected {expected.__name__}")
    return value


def read_foreign_hdf5[T](path: Path, expected: type[T]) -> T:
    """Read a file that anybody may have made, as `read_hdf5` does, with limited memory and time.

    Raises
    ------
    InputError
        As `read_hdf5`, and if reading it would bring a process down.
    """
    value: T = in_child(read_hdf5, path, expected)
    return value


def is_own_hdf5(path: Path) -> bool:
    """Tell whether an HDF5 file holds core types.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    with understood(str(path), "HDF5"), h5py.File(path, "r") as file:
        return "schema" in file.attrs


def hdf5_faults(folder: Path) -> dict[str, str]:
    """Return which HDF5 files of a folder that anybody may have made cannot be read, and why.

    What is not named here `read_hdf5` may read.

    Returns
    -------
    Name of the file below *folder* → what is wrong with it.
    """
    paths = sorted(path for path in folder.rglob("*.h5") if path.is_file())
    if not paths:
        return {}
    try:
        found = in_child(_faults, folder, paths)
    except InputError:  # one of them took the child down: which?
        found = {}
        for path in paths:
            try:
                found |= in_child(_faults, path, [path])
            except InputError as error:
                found[path] = str(error)
    return {path.relative_to(folder).as_posix(): text for path, text in found.items()}


def _faults(_: Path, paths: Sequence[Path]) -> dict[Path, str]:
    faults = {}
    for path in paths:
        try:
            read_hdf5(path, object)
        except InputError as error:
            faults[path] = str(error)
    return faults


def _write(group: h5py.Group, value: object) -> None:
    if isinstance(value, Sequence):
        group.attrs["type"] = "sequence"
        for index, item in enumerate(value):
            _write(group.create_group(str(index)), item)
        return
    group.attrs["type"] = type(value).__name__
    for field in fields(value):  # type: ignore[arg-type]
        _write_field(group, field.name, getattr(value, field.name))


def _write_field(group: h5py.Group, name: str, value: Any) -> None:
    if value is None:
        return
    if is_dataclass(value):
        _write(group.create_group(name), value)
    elif isinstance(value, np.ndarray):
        compression = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        group.create_dataset(name, data=value, **(compression if value.size > _LARGE else {}))
    elif isinstance(value, Mapping | tuple):
        content = dict(value) if isinstance(value, Mapping) else list(value)
        text = json.dumps({"mapping" if isinstance(value, Mapping) else "strings": content})
        group.create_dataset(name, data=np.frombuffer(text.encode(), dtype=np.uint8))
        group[name].attrs["json"] = True
    else:
        group.attrs[name] = value


def _read(group: h5py.Group, depth: int) -> Any:
    if depth > _DEEPEST:  # groups may contain themselves
        raise InputError(f"{group.file.filename}: {group.name} lies deeper than vibench writes")
    kind = group.attrs["type"]
    items = {name: _item(group, name) for name in group}
    if kind == "sequence":
        return [_read(items[str(index)], depth + 1) for index in range(len(items))]
    values: dict[str, Any] = {
        name: _scalar(value)
        for name, value in group.attrs.items()
        if name not in {"type", "schema"}
    }
    for name, item in items.items():
        if isinstance(item, h5py.Group):
            values[name] = _read(item, depth + 1)
        elif item.attrs.get("json", False):
            values[name] = _text(_array(item).tobytes())
        else:
            values[name] = _array(item)
    place = f"{group.file.filename}, {group.name}"
    if kind not in _TYPES:
        raise InputError(f"{place} is of type {kind!r:.80}, known: {', '.join(_TYPES)}")
    return parse_object(_TYPES[kind], values, place)


def _item(group: h5py.Group, name: str) -> Any:
    """Return a member of a group that lies in the same file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise InputError(f"{group.file.filename}: {name} is a link to elsewhere: refused")
    return group[name]


def _array(item: h5py.Dataset) -> Any:
    """Return the numbers of a data set that are in the file itself, and are as many as it says."""
    place = f"{item.file.filename}: {item.name}"
    if item.external is not None or item.is_virtual:
        raise InputError(f"{place} takes its numbers from another file: refused")
    if item.dtype.kind not in "biuf":
        raise InputError(f"{place} holds {item.dtype}, expected numbers")
    if item.nbytes > _DENSEST * item.id.get_storage_size() + _SLACK:
        raise InputError(f"{place} says that it is larger than what is stored of it: refused")
    return item[()]


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _text(content: bytes) -> Any:
    parsed = json.loads(content)
    return parsed["mapping"] if "mapping" in parsed else tuple(parsed["strings"])
