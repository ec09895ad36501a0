"""Dipoles from CP2K: files of moments, and output of molecular dynamics."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.units import DEBYE
from vibench.spectra.dipole_files.extended_xyz import join_cells
from vibench.spectra.dipole_files.series import Declared, DipoleSeries, stated_unit
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines
from vibench.spectra.dipole_files.times import even_spacing

_DIPOLE = re.compile(r"\s*X=\s*(\S+)\s+Y=\s*(\S+)\s+Z=\s*(\S+)\s+Total=")
_CELL = re.compile(r"\s*\[([XYZ])\][\s=]*\[(.*?)\]")
_RECORD = re.compile(r"\s*(MOMENTS(?:_REF2)?)\|\s+(\S.*)")
_TIME = re.compile(r"\s*(?:MD\|\s+Time \[fs\]|TIME \[fs\]\s+=)\s+(\S+)")
_INITIAL = re.compile(r"\s*(?:MD_INI\| MD initialization|MD_ENERGIES\| Initialization)")
_STEP = re.compile(r"\s*MD(?:_PAR)?\|\s+Time step \[fs\]\s+(\S+)", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\s*(?:MD_PAR|MD)\|\s+Temperature \[K\]\s+(\S+)\s*$")


@dataclass(slots=True)
class _Log:
    """What has been read so far."""

    dipoles: list[list[float]] = field(default_factory=list)
    cells: list[Array | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    """Per dipole, how many MD blocks came before it."""
    clock: list[float] = field(default_factory=list)
    """Time in fs of every MD block."""
    initial: int = 0
    """Dipoles before the initialisation of MD."""
    steps: list[float] = field(default_factory=list)
    time_step_fs: float | None = None
    temperature_k: float | None = None
    berry_phase: bool = False


def read_cp2k(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles along one trajectory of CP2K.

    Read are the print key ``DFT%PRINT%MOMENTS`` in both of its formats, blocks ``Dipole moment
    [Debye]`` and one record ``MOMENTS| …`` per step, from its own file or from the output of
    molecular dynamics. In such an output the dipoles come before the ``MD|`` block of their step,
    which gives their time; the first one belongs to the initial configuration. A file of blocks has
    no times: the time step must be declared. A Berry-phase calculation also prints its cell, whose
    vectors times 1 e are the branches of the dipole.

    Raises
    ------
    InputError
        If there is no dipole, a block is cut off or not numbers, or time steps are uneven (a
        dipole is missing); the message names the line.

    References
    ----------
    CP2K 2026.2, development version (ae513ba): ``src/qs_moments.F``, ``print_moments`` and
    ``qs_moment_berry_phase``; ``src/qs_scf_post_gpw.F``, ``write_moments_trajectory``;
    ``src/motion/md_energies.F``, ``md_write_info_low``; ``src/motion/simpar_methods.F``; for output
    before version 8 the forms that commit 61b146e replaced.
    """
    factor = stated_unit(path, "debye", declared)
    log = _read(path)
    if not log.dipoles:
        raise InputError(
            f"{path} holds no line 'Dipole moment [Debye]': set DFT%PRINT%MOMENTS for every step"
        )
    kept, notices = list(range(len(log.dipoles))), []
    step = log.time_step_fs
    if log.clock:
        times = _times(log)
        kept = list(times)
        step = _spacing(path, log, kept, list(times.values()), "time in fs") or step
        if len(kept) < len(log.dipoles):
            notices.append(
                f"{path}: {len(log.dipoles) - len(kept)} dipoles left out: printed twice in one "
                "step, or in a step that did not end"
            )
    elif len(log.steps) == len(log.dipoles):
        _spacing(path, log, kept, log.steps, "step")
    kind = "Berry phase" if log.berry_phase else "no Berry phase"
    return DipoleSeries(
        source=str(path),
        origin=f"CP2K moments ({kind}) in debye",
        runs=(np.array([log.dipoles[row] for row in kept]) * factor,),
        time_step_fs=step,
        temperature_k=log.temperature_k,
        cell_angstrom=join_cells([log.cells[row] for row in kept]),
        notices=tuple(notices),
    )


def _spacing(
    path: Path, log: _Log, kept: Sequence[int], instants: Sequence[float], quantity: str
) -> float | None:
    return even_spacing(
        np.array(instants),
        lambda row: f"{path}, line {log.lines[kept[row]]}",
        quantity=quantity,
    )


def _times(log: _Log) -> dict[int, float]:
    """Return the time of each dipole that has one; of several in one step the last counts."""
    step = log.clock[1] - log.clock[0] if len(log.clock) > 1 else log.time_step_fs
    latest: dict[float, int] = {}
    for row, block in enumerate(log.blocks):
        if row < log.initial and step is not None:
            latest[log.clock[0] - step] = row
        elif row >= log.initial and block < len(log.clock):
            latest[log.clock[block]] = row
    return {row: time for time, row in latest.items()}


def _read(path: Path) -> _Log:
    log, label = _Log(), ""
    rows: dict[str, Array] = {}
    lines = read_lines(path)
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text == "Dipole moment [Debye]":
            found = lines[number] if number < len(lines) else "the end of the file"
            _block(path, log, number + 1, found)
            log.cells.append(np.array([rows[axis] for axis in "XYZ"]).T if len(rows) == 3 else None)
            rows = {}
        elif match := _CELL.match(line):
            values = finite_numbers(match[2].split(), path, number, "a row of the cell", line)
            rows[match[1]] = np.array(values) * DEBYE
            log.berry_phase = True
        elif (match := _RECORD.match(line)) and label in {"", match[1]}:
            label = match[1]
            _record(path, log, number, match[2].split())
        elif match := _TIME.match(line):
            log.clock += finite_numbers([match[1]], path, number, "a time in fs", line)
        elif _INITIAL.match(line):
            log.initial = len(log.dipoles)
        elif match := _STEP.match(line):
            log.time_step_fs = finite_numbers([match[1]], path, number, "a time step", line)[0]
        elif match := _TEMPERATURE.match(line):
            log.temperature_k = finite_numbers([match[1]], path, number, "a temperature", line)[0]
    return log


def _block(path: Path, log: _Log, number: int, found: str) -> None:
    expected = "X= … Y= … Z= … Total= … of a dipole"
    match = _DIPOLE.match(found)
    if not match:
        raise bad_line(path, number, expected, found)
    log.dipoles.append(finite_numbers(match.groups(), path, number, expected, found))
    log.lines.append(number)
    log.blocks.append(len(log.clock))


def _record(path: Path, log: _Log, number: int, fields: Sequence[str]) -> None:
    """Read ``level x y z norm`` with or without the nine numbers of the cell."""
    expected = "an iteration and 4 or 13 finite numbers"
    count = 13 if len(fields) > 13 else 4
    if len(fields) not in {5, 6, 14, 15}:
        raise bad_line(path, number, expected, " ".join(fields))
    values = finite_numbers(fields[-count:], path, number, expected, " ".join(fields))
    log.dipoles.append(values[:3])
    log.lines.append(number)
    log.blocks.append(len(log.clock))
    cell = np.array(values[4:]).reshape(3, 3).T * DEBYE if count == 13 else None
    log.cells.append(cell)
    log.berry_phase = count == 13
    level = re.search(r"(\d+)$", fields[-count - 1])
    if level:
        log.steps.append(float(level[1]))
