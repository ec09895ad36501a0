"""Dipoles from the comment lines of extended XYZ files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from ase.io.extxyz import key_val_str_to_dict

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.units import DIPOLE_UNITS
from vibench.spectra.dipole_files.series import Declared, DipoleSeries, one_column
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines
from vibench.spectra.dipole_files.times import even_spacing

_TIMES: Final = {"time_fs": 1.0, "time_ps": 1000.0}


def read_extended_xyz(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles along one trajectory from an extended XYZ file.

    Each frame is a line with the number of atoms, a comment line of ``key=value`` pairs and one
    line per atom. The dipole is the value ``dipole="x y z"`` (or the key that the user names). The
    format states no unit; ASE, which defines it, keeps dipoles in e·Å, so that holds without a
    declaration. ``Lattice`` gives the cell unless ``pbc`` is "F F F"; a key ``time_fs`` or
    ``time_ps`` gives the time step.

    Raises
    ------
    InputError
        If a frame is cut off, has no dipole or one that is not three finite numbers, or if time
        steps are uneven; the message names frame and line.

    References
    ----------
    ASE 3.29, module ``ase.io.extxyz``.
    """
    key = one_column(declared, "dipole")
    dipoles, cells, times, lines = [], [], [], []
    for frame, (line, comment) in enumerate(_frames(path)):
        place = f", frame {frame} (line {line})"
        dipoles.append(_vector(path, comment, key, place))
        cells.append(_cell(path, comment, place))
        times += _time(path, comment, line)
        lines.append(line)
    if not dipoles:
        raise InputError(f"{path} holds no frames")
    step = None
    if len(times) == len(dipoles):
        step = even_spacing(
            np.array(times),
            lambda row: f"{path}, frame {row} (line {lines[row]})",
            quantity="time in fs",
        )
    elif times:
        raise InputError(f"{path}: only {len(times)} of {len(dipoles)} frames state their time")
    unit = declared.unit or "e*angstrom"
    notices = () if declared.unit else (f"{path}: dipoles taken as e·Å, the unit of ASE",)
    return DipoleSeries(
        source=str(path),
        origin=f"extended XYZ, {key} in {unit}",
        runs=(np.array(dipoles) * DIPOLE_UNITS[unit],),
        time_step_fs=step,
        cell_angstrom=join_cells(cells),
        notices=notices,
    )


def join_cells(cells: list[Array | None]) -> Array | None:
    """Return one cell if all frames have the same, one per frame if not, None if one has none."""
    known = [cell for cell in cells if cell is not None]
    if not known or len(known) < len(cells):
        return None
    if np.ptp(known, axis=0).max() == 0:
        return known[0]
    return np.array(known)


def _frames(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the comment line's number and content of each frame."""
    lines = read_lines(path)
    while lines and not lines[-1].strip():
        lines.pop()
    start = 0
    while start < len(lines):
        try:
            atoms = int(lines[start])
        except ValueError:
            raise bad_line(
                path, start + 1, "the number of atoms of a frame", lines[start]
            ) from None
        if atoms < 0:
            raise bad_line(path, start + 1, "the number of atoms of a frame", lines[start])
        end = start + 2 + atoms
        if end > len(lines):
            raise InputError(
                f"{path}, line {len(lines)}: the file ends inside the frame of {atoms} atoms that "
                f"starts at line {start + 1}: it is cut off"
            )
        try:
            comment = key_val_str_to_dict(lines[start + 1])
        except (ValueError, IndexError):
            expected = "key=value pairs of extended XYZ"
            raise bad_line(path, start + 2, expected, lines[start + 1]) from None
        yield start + 2, comment
        start = end


def _vector(path: Path, comment: Mapping[str, Any], key: str, place: str) -> Array:
    if key not in comment:
        near = [name for name in comment if "dip" in name.lower() or "mu" in name.lower()]
        hint = f"; found {', '.join(near)}: name it with --columns" if near else ""
        raise InputError(
            f'{path}{place}: no {key}="x y z" in the comment line{hint}; a spectrum needs the '
            "dipole of every frame"
        )
    try:
        vector = np.asarray(comment[key], dtype=np.float64)
    except (TypeError, ValueError):
        vector = np.full(1, np.nan)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise InputError(
            f"{path}{place}: expected {key} to be three finite numbers, found {comment[key]!s:.60}"
        )
    return vector


def _time(path: Path, comment: Mapping[str, Any], line: int) -> list[float]:
    """Return the time in fs in a list, or an empty one if the frame does not state it."""
    name = next((name for name in _TIMES if name in comment), None)
    if name is None:
        return []
    text = str(comment[name])
    (value,) = finite_numbers([text], path, line, f"{name} to be a finite number", text)
    return [value * _TIMES[name]]


def _cell(path: Path, comment: Mapping[str, Any], place: str) -> Array | None:
    lattice = comment.get("Lattice")
    if not isinstance(lattice, np.ndarray) or not np.any(comment.get("pbc", True)):
        return None
    if lattice.shape != (3, 3) or not np.isfinite(lattice).all():
        raise InputError(
            f"{path}{place}: expected Lattice to be nine finite numbers, found "
            f"{comment['Lattice']!s:.60}"
        )
    return np.asarray(lattice.T, dtype=np.float64)
