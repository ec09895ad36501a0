"""Core types ⇄ HDF5, field by field.

Arrays become HDF5 data sets, numbers and strings attributes, nested types groups, mappings and
lists of strings JSON text; what is None is left out. Each group names its type.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from vibench.core.bands import ModeBands
from vibench.core.dataset import Dataset
from vibench.core.errors import InputError, plain_reason
from vibench.core.files import replacing
from vibench.core.modes import Modes
from vibench.core.molecules import Molecules
from vibench.core.properties import Properties
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
_LARGE = 4096  # elements above which an array is compressed


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
        with h5py.File(path, "r") as file:
            if file.attrs.get("schema") != SCHEMA:
                raise InputError(
                    f"{path} has schema {file.attrs.get('schema')}, this version reads {SCHEMA}"
                )
            value = _read(file)
    except OSError as error:
        raise InputError(f"cannot read {path}: {plain_reason(error)}") from error
    if not isinstance(value, expected):
        raise InputError(f"{path} holds {type(value).__name__}, expected {expected.__name__}")
    return value


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


def _read(group: h5py.Group) -> Any:
    kind = group.attrs["type"]
    if kind == "sequence":
        return [_read(group[str(index)]) for index in range(len(group))]
    values: dict[str, Any] = {
        name: _scalar(value)
        for name, value in group.attrs.items()
        if name not in {"type", "schema"}
    }
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            values[name] = _read(item)
        elif item.attrs.get("json", False):
            values[name] = _text(item[()].tobytes())
        else:
            values[name] = item[()]
    return _TYPES[kind](**values)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _text(content: bytes) -> Any:
    parsed = json.loads(content)
    return parsed["mapping"] if "mapping" in parsed else tuple(parsed["strings"])
