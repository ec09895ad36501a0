"""Dipoles from trajectories that ASE wrote."""

from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.io.trajectory import TrajectoryReader

from vibench.core.errors import InputError, plain_reason
from vibench.core.molecules import Array
from vibench.core.units import DIPOLE_UNITS
from vibench.spectra.dipole_files.extended_xyz import join_cells
from vibench.spectra.dipole_files.series import Declared, DipoleSeries, one_column


def read_ase_trajectory(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles along one trajectory from an ASE ``.traj`` file.

    The dipole is the calculator's result ``dipole``, in ASE's unit e·Å unless another is declared,
    or, if the user names a key, that entry of ``atoms.info``. ASE's molecular dynamics writes its
    time step, the interval of writing and, with a thermostat, the temperature into the file's
    description; these are used. The cell is that of periodic frames.

    Raises
    ------
    InputError
        If the file cannot be read or is cut off, or if a frame has no dipole or one that is not
        finite; the message names the frame.

    References
    ----------
    ASE 3.29: ``ase/io/trajectory.py``; ``ase/optimize/optimize.py``, ``Dynamics.attach`` (the
    description).
    """
    key = one_column(declared, "dipole")
    dipoles, cells = [], []
    try:
        reader = TrajectoryReader(str(path))
    except Exception as error:
        raise InputError(f"cannot read the ASE trajectory {path}: {plain_reason(error)}") from error
    with reader:
        for frame in range(len(reader)):
            try:
                atoms = reader[frame]
            except Exception as error:
                raise InputError(
                    f"{path}, frame {frame} of {len(reader)}: cannot be read, the file may be cut "
                    f"off: {error}"
                ) from error
            dipoles.append(_dipole(path, frame, atoms, key))
            periodic = atoms.pbc.any() and atoms.cell.rank == 3
            cells.append(np.array(atoms.cell) if periodic else None)
        description = getattr(reader, "description", None) or {}
    if not dipoles:
        raise InputError(f"{path} holds no frames")
    unit = declared.unit or "e*angstrom"
    return DipoleSeries(
        source=str(path),
        origin=f"ASE trajectory, {key} in {unit}",
        runs=(np.array(dipoles) * DIPOLE_UNITS[unit],),
        time_step_fs=_time_step(description),
        temperature_k=_temperature(description),
        cell_angstrom=join_cells(cells),
    )


def _dipole(path: Path, frame: int, atoms: Atoms, key: str) -> Array:
    results = {} if atoms.calc is None else atoms.calc.results
    value: Any = results.get(key, atoms.info.get(key))
    if value is None:
        known = ", ".join([*results, *atoms.info]) or "nothing"
        raise InputError(
            f"{path}, frame {frame}: no {key} (found {known}); a spectrum needs the dipole of "
            "every frame"
        )
    vector = np.asarray(value, dtype=np.float64)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise InputError(
            f"{path}, frame {frame}: expected {key} to be three finite numbers, found {vector}"
        )
    return vector


def _time_step(description: dict[str, Any]) -> float | None:
    if "timestep" not in description or "interval" not in description:
        return None
    return float(description["timestep"]) / units.fs * abs(int(description["interval"]))


def _temperature(description: dict[str, Any]) -> float | None:
    value = description.get("temperature_K")
    return float(value) if isinstance(value, int | float) and value > 0 else None
