"""Dipoles from the HDF5 files of SchNetPack's molecular dynamics."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from vibench.core.errors import InputError, plain_reason
from vibench.core.molecules import Array
from vibench.core.reading import understood
from vibench.core.units import DIPOLE_UNITS, NANOMETRE_KJ_TIME
from vibench.spectra.dipole_files.series import (
    Declared,
    DipoleSeries,
    declared_unit,
    one_column,
)

_NANOMETRE: Final = DIPOLE_UNITS["e*nm"]
"""1 nm in Å: e·nm over e."""


def read_schnetpack(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles of one molecule from a file of SchNetPack's ``FileLogger``.

    The data set ``properties`` (steps, replicas, values) holds all properties flattened; its
    attributes ``shapes`` and ``positions`` say where ``dipole_moment`` (replicas, molecules, 3)
    lies, and ``entries`` how many rows are filled. The attribute ``time_step`` of ``molecules`` is
    the time between two rows in SchNetPack's unit of time, (amu nm² mol/kJ)^½ = 1 ps. Dipoles are
    kept in the model's own unit, times a factor of the input (``property_conversion``); neither is
    in the file, so the unit must be declared. Replicas are independent trajectories or the beads of
    a ring polymer: the file does not say which, either.

    Raises
    ------
    InputError
        If the file is none of SchNetPack 2, holds no dipole or no filled rows, if there are
        several molecules and none was chosen, or if a dipole is not finite (named by row).

    References
    ----------
    SchNetPack 2.2.0: ``md/simulation_hooks/callback_hooks.py`` (``FileLogger``, ``MoleculeStream``,
    ``PropertyStream``), ``md/data/hdf5_data.py`` (``HDF5Loader``), ``units.py``,
    ``md/calculators/base_calculator.py``.
    """
    key = one_column(declared, "dipole_moment")
    try:
        with h5py.File(path, "r") as file, understood(str(path), "a file of SchNetPack 2"):
            return _read(path, file, key, declared)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"cannot read {path}: {plain_reason(error)} (a run that was killed leaves its file "
            "open: try h5clear -s)"
        ) from error


def _read(path: Path, file: h5py.File, key: str, declared: Declared) -> DipoleSeries:
    molecules, properties = _table(path, file, "molecules"), _table(path, file, "properties")
    positions: Mapping[str, Any] = json.loads(properties.attrs["positions"])
    if key not in positions:
        raise InputError(
            f"{path} holds no {key} (found {', '.join(positions)}): let SchNetPack log it, or name "
            "it with --columns"
        )
    unit, factor = declared_unit(path, declared, "it is that of the model")
    rows = min(int(molecules.attrs["entries"]), int(properties.attrs["entries"]), len(properties))
    if rows < 1:
        raise InputError(f"{path} holds no filled rows")
    shape = tuple(json.loads(properties.attrs["shapes"])[key])
    index = _molecule(path, int(molecules.attrs["n_molecules"]), declared)
    if shape != (int(molecules.attrs["n_molecules"]), 3):
        raise InputError(f"{path}: {key} has shape {shape}, expected (molecules, 3)")
    start, stop = map(int, positions[key])
    if not 0 <= start < stop <= properties.shape[2] or stop - start != 3 * shape[0]:
        raise InputError(
            f"{path}: {key} of shape {shape} lies at {start} to {stop} of the "
            f"{properties.shape[2]} values of a row: one of them is wrong"
        )
    values = properties[:rows, :, start:stop].astype(np.float64)
    dipoles = values.reshape(rows, -1, *shape)[:, :, index]
    bad = ~np.isfinite(dipoles).all(axis=(1, 2))
    if bad.any():
        raise InputError(
            f"{path}, row {int(np.argmax(bad))}: {key} is not finite ({int(bad.sum())} of {rows} "
            "rows)"
        )
    notices = []
    if rows < len(properties):
        notices.append(f"{path}: {rows} of {len(properties)} rows are filled: the run was cut off")
    count = dipoles.shape[1]
    kind = "beads" if declared.beads else "independent replicas"
    if count > 1 and not declared.beads:
        notices.append(
            f"{path}: {count} replicas taken as independent; if they are beads, give --beads"
        )
    return DipoleSeries(
        source=str(path),
        origin=f"SchNetPack, {key} of molecule {index} ({count} {kind}) in {unit}",
        runs=tuple(dipoles[:, replica] * factor for replica in range(count)),
        time_step_fs=float(molecules.attrs["time_step"]) * NANOMETRE_KJ_TIME,
        cell_angstrom=_cell(molecules, rows, index),
        beads=declared.beads and count > 1,
        notices=tuple(notices),
    )


def _table(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    """Return one of the two data sets, whose numbers must be in the file itself."""
    table = file.get(name)
    if not isinstance(table, h5py.Dataset) or table.ndim != 3 or table.dtype.kind != "f":
        raise InputError(f"{path} is no file of SchNetPack 2: it lacks the data set {name!r}")
    if table.external is not None or table.is_virtual or table.file.filename != str(path):
        raise InputError(f"{path}: {name} takes its numbers from another file: refused")
    return table


def _molecule(path: Path, count: int, declared: Declared) -> int:
    if count == 1 and declared.molecule is None:
        return 0
    if declared.molecule is None or not 0 <= declared.molecule < count:
        raise InputError(
            f"{path} holds {count} molecules: choose one with --molecule-index (0 to {count - 1})"
        )
    return declared.molecule


def _cell(molecules: h5py.Dataset, rows: int, index: int) -> Array | None:
    """Return the cell, kept in nm behind energies, positions and velocities."""
    if not molecules.attrs["has_cells"]:
        return None
    count, atoms = int(molecules.attrs["n_molecules"]), int(molecules.attrs["total_n_atoms"])
    start = count + atoms * 3 * (2 if molecules.attrs["has_velocities"] else 1) + 9 * index
    cells = molecules[:rows, 0, start : start + 9].astype(np.float64).reshape(rows, 3, 3)
    cells = cells * _NANOMETRE
    return np.asarray(cells[0] if np.ptp(cells, axis=0).max() == 0 else cells)
