"""All formats of dipole files: how they are told apart, and how they are read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vibench.core.errors import InputError, plain_reason, unknown_name
from vibench.core.guarded import in_child
from vibench.core.reading import check_last_line, read_text, understood
from vibench.spectra.dipole_files.ase_trajectory import read_ase_trajectory
from vibench.spectra.dipole_files.cp2k import read_cp2k
from vibench.spectra.dipole_files.csv_table import read_csv
from vibench.spectra.dipole_files.extended_xyz import read_extended_xyz
from vibench.spectra.dipole_files.fhi_aims import read_fhi_aims
from vibench.spectra.dipole_files.ipi import read_ipi_extras, read_ipi_properties
from vibench.spectra.dipole_files.lammps import read_lammps_log, read_lammps_table
from vibench.spectra.dipole_files.schnetpack_hdf5 import read_schnetpack
from vibench.spectra.dipole_files.series import Declared, DipoleSeries

_HEAD_BYTES: Final = 65536
"""Bytes at the start of a file in which its format must show."""
_STEP_TOLERANCE: Final = 1e-3
"""Relative difference between a stated and a declared time step that still is rounding."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how it is read and how a file of it looks."""

    read: Callable[[Path, Declared], DipoleSeries]
    sign: re.Pattern[bytes]
    """Found in the first bytes of its files."""
    suffixes: tuple[str, ...] = ()
    """Suffixes that tell it where the sign is not there, as in an empty or broken file."""
    table: bool = False
    """Whether a last line that is cut short can pass for a whole one: then it must end."""
    guarded: bool = False
    """Whether it is binary, and so read in a process with limited memory and time."""


def _sign(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.MULTILINE)


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "schnetpack": Format(read_schnetpack, _sign(r"\A\x89HDF"), (".h5", ".hdf5"), guarded=True),
        "ase": Format(read_ase_trajectory, _sign(r"\A- of Ulm"), (".traj",), guarded=True),
        "ipi": Format(
            read_ipi_properties,
            _sign(r"^#\s*(?:column\s+\d+|cols\.\s+\d+\s*-\s*\d+)\s*-->"),
            table=True,
        ),
        "ipi-extras": Format(read_ipi_extras, _sign(r"\A\s*#EXTRAS"), table=True),
        "cp2k": Format(
            read_cp2k,
            _sign(
                r"^[ \t]*(?:Dipole moment \[Debye\]|# MOMENTS|MOMENTS(?:_REF2)?\||CP2K\||MD_PAR\|)"
            ),
        ),
        "fhi-aims": Format(
            read_fhi_aims, _sign(r"Invoking FHI-aims|\| Total dipole moment \[eAng\]")
        ),
        "lammps-log": Format(read_lammps_log, _sign(r"\ALAMMPS \(|^Loop time of|^Step\s+\w")),
        "lammps": Format(
            read_lammps_table,
            _sign(r"\A# (?:Time-averaged data|Fix print output) for fix|^# TimeStep\s"),
            table=True,
        ),
        "extxyz": Format(
            read_extended_xyz, _sign(r"\A\s*\d+\s*\n.*="), (".xyz", ".extxyz")
        ),
        "csv": Format(
            read_csv,
            _sign(r"\A(?:#.*\n|[ \t\r]*\n)*[^\n]*\bmu_x\b[^\n]*,"),
            (".csv",),
            table=True,
        ),
    }
)  # fmt: skip


def detect_format(path: Path) -> str:
    """Return the name of a dipole file's format, by its first bytes, then by its suffix.

    Raises
    ------
    InputError
        If the file cannot be read or looks like none of them.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError(f"cannot read dipoles from {path}: {plain_reason(error)}") from error
    for name, known in FORMATS.items():
        if known.sign.search(head):
            return name
    for name, known in FORMATS.items():
        if path.suffix.lower() in known.suffixes:
            return name
    raise InputError(
        f"{path}: cannot tell in which format its dipoles are; choose one with --format: "
        f"{', '.join(FORMATS)}"
    )


def read_dipole_file(
    path: Path, declared: Declared, *, format_name: str | None = None
) -> DipoleSeries:
    """Read the dipoles of one file; what it states counts, what it does not must be declared.

    Parameters
    ----------
    path
        The file.
    declared
        What the user says about it.
    format_name
        One of `FORMATS`; None to detect it.

    Returns
    -------
    DipoleSeries
        With the declared time step and temperature where the file states none. A declared
        temperature counts even where the file states another, with a notice: a file states that of
        the thermostat.

    Raises
    ------
    InputError
        If the file cannot be read as its format, or states another unit or time step than was
        declared.
    """
    if format_name is not None and format_name not in FORMATS:
        raise unknown_name("format", format_name, FORMATS)
    name = format_name or detect_format(path)
    known = FORMATS[name]
    with understood(str(path), f"dipoles in the format {name}"):
        guarded = known.guarded
        series = in_child(known.read, path, declared) if guarded else known.read(path, declared)
        if known.table:
            check_last_line(read_text(path), str(path))
    step, temperature = series.time_step_fs, series.temperature_k
    notices = list(series.notices)
    wanted = declared.time_step_fs
    if step is not None and wanted is not None and abs(wanted / step - 1) > _STEP_TOLERANCE:
        raise InputError(
            f"{path} states {step:g} fs between two dipoles, but {wanted:g} fs was declared: leave "
            "the declaration out (it means the time between two dipoles, not between two "
            "integration steps)"
        )
    if temperature is not None and declared.temperature_k not in {None, temperature}:
        notices.append(
            f"{path} states {temperature:g} K; the declared {declared.temperature_k:g} K is used"
        )
    return replace(
        series,
        time_step_fs=step if step is not None else wanted,
        temperature_k=declared.temperature_k or temperature,
        notices=tuple(notices),
    )
