"""Good files of dipoles as other codes write them, small, to be damaged."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import h5py
import numpy as np

from validation.fuzzing.seeds import dipole_xyz_files, trajectory_files
from vibench.core.molecules import Array

_STEPS: Final = 8
DIPOLE: Final[Array] = 0.3 + 0.05 * np.sin(np.arange(3 * _STEPS)).reshape(_STEPS, 3)
"""(steps, 3) dipoles in e·Å."""


def _lines(*lines: str) -> list[bytes]:
    return [("\n".join(lines) + "\n").encode()]


def _row(vector: Array) -> str:
    return " ".join(f"{x:.8f}" for x in vector)


def _csv() -> list[bytes]:
    rows = [f"{0.5 * n},{','.join(f'{x:.6f}' for x in v)}" for n, v in enumerate(DIPOLE)]
    return _lines("# by hand", "time_fs,mu_x,mu_y,mu_z", *rows)


def _ipi() -> list[bytes]:
    header = (
        "# column   1     --> step : help",
        "# column   2     --> time{picosecond} : help",
        "# column   3     --> ensemble_temperature{kelvin} : help",
        "# cols.    4-6   --> dipole{debye} : help",
        "# cols.    7-12  --> cell_h{angstrom} : help",
    )
    cell = "9.0 9.0 9.0 0.0 0.0 0.0"
    rows = [f"{n} {5e-4 * n:.8f} 300.0 {_row(v)} {cell}" for n, v in enumerate(DIPOLE)]
    beads = (
        "# column 1 --> time{femtosecond} : help",
        "# cols. 2-4 --> dipole{debye}(bead=0) : help",
        "# cols. 5-7 --> dipole{debye}(bead=1) : help",
    )
    pairs = [f"{0.5 * n} {_row(v)} {_row(v)}" for n, v in enumerate(DIPOLE)]
    return _lines(*header, *rows) + _lines(*beads, *pairs)


def _ipi_extras() -> list[bytes]:
    return _lines(
        *(
            line
            for n, v in enumerate(DIPOLE)
            for line in (f" #EXTRAS(dipole)# Step:  {4 * n + 4:10d} ", _row(v))
        )
    )


def _cp2k_block(vector: Array) -> tuple[str, ...]:
    x, y, z = vector
    return (
        "  Dipole vectors are based on the periodic (Berry phase) operator.",
        "  [X] [ 43.2 0.0 0.0 ] [i]",
        "  [Y] [ 0.0 43.2 0.0 ] [j]",
        "  [Z] [ 0.0 0.0 43.2 ] [k]",
        "  Dipole moment [Debye]",
        f"    X={x:15.7E} Y={y:15.7E} Z={z:15.7E}      Total=  1.0",
    )


def _cp2k() -> list[bytes]:
    log = [" CP2K| version string: 2026.1", " MD_PAR| Time step [fs]   0.5"]
    for n, vector in enumerate(DIPOLE):
        log += _cp2k_block(vector)
        if n == 0:
            log.append(" MD_INI| MD initialization")
        else:
            log += [f" MD| Step number {n:20d}", f" MD| Time [fs] {0.5 * n:20.6f}"]
    records = [f" MOMENTS| 1_{n}  {_row(v)} 1.0" for n, v in enumerate(DIPOLE)]
    return _lines(*log) + _lines("# MOMENTS| iter_level x y z norm", *records)


def _lammps() -> list[bytes]:
    names = "# TimeStep c_mu[1] c_mu[2] c_mu[3]"
    rows = [f"{5 * n} {_row(v)}" for n, v in enumerate(DIPOLE)]
    return _lines("# Time-averaged data for fix mu", names, *rows)


def _lammps_log() -> list[bytes]:
    rows = [f"{5 * n:10d} 300.1 {_row(v)}" for n, v in enumerate(DIPOLE)]
    head = ("LAMMPS (2 Aug 2023)", "units real", "timestep 0.1")
    names = "   Step  Temp  c_mu[1] c_mu[2] c_mu[3]"
    return _lines(*head, names, *rows, "Loop time of 1.0 on 1 procs for 9 steps with 3 atoms")


def _fhi_aims() -> list[bytes]:
    lines = [
        "          Invoking FHI-aims ...",
        "  Molecular dynamics time step =     0.0005 ps ",
        "  | at temperature =     300.0000 K",
    ]
    for n, vector in enumerate(DIPOLE):
        lines.append(f"  | Total dipole moment [eAng]          : {_row(vector)}")
        lines.append(f"  | Time step number          : {n:8d}")
    return _lines(*lines)


def _schnetpack() -> list[bytes]:
    replicas, molecules = 2, 2
    energy = np.ones((_STEPS, replicas, molecules))
    positions = np.zeros((_STEPS, replicas, 9 * molecules))
    dipole = np.broadcast_to(DIPOLE[:, None, None], (_STEPS, replicas, molecules, 3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.h5"
        with h5py.File(path, "w", libver="latest") as file:
            data = file.create_dataset("molecules", data=np.concatenate([energy, positions], 2))
            data.attrs.update(n_replicas=replicas, n_molecules=molecules, total_n_atoms=6)
            data.attrs.update(has_velocities=False, has_cells=False, entries=_STEPS, time_step=5e-4)
            values = np.concatenate([energy, dipole.reshape(_STEPS, replicas, -1)], axis=2)
            data = file.create_dataset("properties", data=values)
            data.attrs["entries"] = _STEPS
            data.attrs["shapes"] = json.dumps({"energy": [2], "dipole_moment": [2, 3]})
            data.attrs["positions"] = json.dumps({"energy": [0, 2], "dipole_moment": [2, 8]})
        return [path.read_bytes()]


def _ase() -> list[bytes]:
    return trajectory_files(DIPOLE)


def _extended_xyz() -> list[bytes]:
    return dipole_xyz_files(DIPOLE)


DIPOLE_SEEDS: Final[Mapping[str, Callable[[], list[bytes]]]] = {
    "csv": _csv,
    "extxyz": _extended_xyz,
    "ase": _ase,
    "ipi": _ipi,
    "ipi-extras": _ipi_extras,
    "cp2k": _cp2k,
    "lammps": _lammps,
    "lammps-log": _lammps_log,
    "fhi-aims": _fhi_aims,
    "schnetpack": _schnetpack,
}
"""Format of dipole files → good files."""
