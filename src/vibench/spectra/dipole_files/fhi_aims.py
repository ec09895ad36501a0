"""Dipoles from the output of FHI-aims."""

import re
from pathlib import Path
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.spectra.dipole_files.series import Declared, DipoleSeries, stated_unit
from vibench.spectra.dipole_files.text import bad_line, finite_numbers, read_lines

_DIPOLE: Final = "| Total dipole moment [eAng]"
_BLOCK = re.compile(r"\s*\| Time step number\s*:\s*(-?\d+)")
_STEP = re.compile(r"\s*Molecular dynamics time step\s*=\s*(\S+)\s*(ps|fs)", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\s*\|\s*at temperature\s*=\s*(\S+)\s*K")
_TIMES: Final = {"ps": 1000.0, "fs": 1.0}


def read_fhi_aims(path: Path, declared: Declared) -> DipoleSeries:
    """Read dipoles along one trajectory from the output of FHI-aims.

    With ``output dipole`` every single-point calculation prints ``| Total dipole moment [eAng] :
    x y z``; in molecular dynamics the block with ``| Time step number`` follows. Time step and
    temperature come from the echo of the settings (``Molecular dynamics time step = 0.0005 ps``,
    ``| at temperature = 300 K``), where it is there.

    Raises
    ------
    InputError
        If there is no dipole, one is cut off or not numbers, or a step of the dynamics has none;
        the message names the line.

    References
    ----------
    FHI-aims, ``output_dipole_moment`` (cluster case, e·Å) and its molecular dynamics output, as
    read by ASE 3.29, ``ase/io/aims.py``, and by NOMAD's parser (``md_timestep``,
    ``md_temperature``).
    """
    factor = stated_unit(path, "e*angstrom", declared)
    dipoles: list[list[float]] = []
    step, temperature, since_block = None, None, 0
    for number, line in enumerate(read_lines(path), start=1):
        if _DIPOLE in line:
            expected = f"three finite numbers after '{_DIPOLE} :'"
            fields = line.partition(":")[2].split()
            if len(fields) != 3:
                raise bad_line(path, number, expected, line)
            if since_block:
                # The same structure once more: dynamics has not moved on.
                dipoles.pop()
            dipoles.append(finite_numbers(fields, path, number, expected, line))
            since_block += 1
        elif match := _BLOCK.match(line):
            if not since_block:
                raise InputError(
                    f"{path}, line {number}: no dipole was printed for the structure before time "
                    f"step {match[1]}; a spectrum needs the dipole of every step (output dipole)"
                )
            since_block = 0
        elif match := _STEP.match(line):
            value = finite_numbers([match[1]], path, number, "a time step", line)[0]
            step = value * _TIMES[match[2].lower()]
        elif match := _TEMPERATURE.match(line):
            temperature = finite_numbers([match[1]], path, number, "a temperature", line)[0]
    if not dipoles:
        raise InputError(f"{path} holds no line '{_DIPOLE}': set 'output dipole' in control.in")
    return DipoleSeries(
        source=str(path),
        origin="FHI-aims output in e*angstrom",
        runs=(np.array(dipoles) * factor,),
        time_step_fs=step,
        temperature_k=temperature,
    )
