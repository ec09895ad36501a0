"""Several dipole files as the trajectories of one spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.spectra.branches import unwrap_branches
from vibench.spectra.dipole_files.registry import read_dipole_file
from vibench.spectra.dipole_files.series import Declared, DipoleSeries


@dataclass(frozen=True, slots=True, eq=False)
class Unwrapping:
    """That dipoles of a periodic cell are to be put on one branch."""

    cell_angstrom: Array | None = None
    """(3, 3) lattice vectors as rows in Å; None to take those of the file."""
    quantum_e: float = 1.0
    """Charge in e whose multiples of lattice vectors are branches."""


@dataclass(frozen=True, slots=True, eq=False)
class DipoleTrajectories:
    """Independent trajectories of dipoles, all of one kind."""

    runs: tuple[Array, ...]
    """One array (steps, 3) in e·Å per independent trajectory."""
    time_step_fs: float
    """Time between two dipoles in fs."""
    temperature_k: float
    """Temperature in K."""
    beads: int
    """Beads over which each dipole was averaged here; 1 if none were."""
    origin: str
    """How they were read, in words."""
    notices: tuple[str, ...] = ()
    """What a user should know, in words."""


def read_dipole_trajectories(
    paths: Sequence[Path],
    declared: Declared,
    *,
    format_name: str | None = None,
    unwrapping: Unwrapping | None = None,
) -> DipoleTrajectories:
    """Read one or more dipole files as independent trajectories.

    Several files are several replicas, or, if so declared and each holds one trajectory, the beads
    of one ring polymer. Beads are averaged, μ̄(t) = Σ_b μ_b(t)/P, before anything else: a ring
    polymer's estimator of the dipole is that mean, and the correlation of the mean is wanted, not
    the mean of correlations. Where dipoles are unwrapped, each bead is unwrapped first.

    Parameters
    ----------
    paths
        The files, all of one format.
    declared
        What the user says about them.
    format_name
        Their format; None to detect it.
    unwrapping
        How dipoles are put on one branch; None to leave them as they are.

    Raises
    ------
    InputError
        If a file is bad (see `read_dipole_file`), if files are of different formats, time steps or
        temperatures, if a time step or temperature is neither stated nor declared, if beads have
        different lengths, or if there is no cell to unwrap with.
    """
    if not paths:
        raise InputError("no dipole files were given")
    files = [read_dipole_file(path, declared, format_name=format_name) for path in paths]
    notices = [notice for series in files for notice in series.notices]
    time_step_fs = _common(files, "time_step_fs", "fs between two dipoles", "--time-step-fs")
    temperature_k = _common(files, "temperature_k", "K", "--temperature-k")
    origins = {series.origin for series in files}
    if len(origins) > 1:
        raise InputError(f"files of one spectrum must be of one kind, found {'; '.join(origins)}")
    groups = [_on_one_branch(series, unwrapping, notices) for series in files]
    if declared.beads and not files[0].beads:
        if len(groups) < 2:
            raise InputError(f"{paths[0]} holds one trajectory: there are no beads to average")
        groups = [[run for group in groups for run in group]]
    beads = len(groups[0]) if declared.beads or files[0].beads else 1
    runs = [run for group in groups for run in group]
    text = f"{', '.join(origins)}; {_count(len(paths), 'file')}"
    if beads > 1:
        runs = [_mean_of_beads(group, beads) for group in groups]
        text += f"; mean over {beads} beads"
    return DipoleTrajectories(
        runs=tuple(runs),
        time_step_fs=time_step_fs,
        temperature_k=temperature_k,
        beads=beads,
        origin=text,
        notices=tuple(dict.fromkeys(notices)),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _common(files: Sequence[DipoleSeries], name: str, unit: str, option: str) -> float:
    """Return what all files state, to 0.1 %, or the user declared."""
    values: list[float | None] = [getattr(series, name) for series in files]
    for series, value in zip(files, values, strict=True):
        if value is None:
            raise InputError(f"{series.source} does not state its {name}: declare it with {option}")
    known = [value for value in values if value is not None]
    for series, value in zip(files, known, strict=True):
        if abs(value / known[0] - 1) > 1e-3:
            raise InputError(
                f"files of one spectrum must have one {name}: {files[0].source} has {known[0]:g} "
                f"{unit}, {series.source} has {value:g} {unit}"
            )
    return known[0]


def _on_one_branch(
    series: DipoleSeries, unwrapping: Unwrapping | None, notices: list[str]
) -> list[Array]:
    """Return the runs of a file, unwrapped if wanted; add to *notices* what there is to say."""
    cell = series.cell_angstrom
    if unwrapping is not None and unwrapping.cell_angstrom is not None:
        cell = unwrapping.cell_angstrom
    if cell is None:
        if unwrapping is not None:
            raise InputError(
                f"{series.source} states no periodic cell to unwrap dipoles with: give it with "
                "--cell-angstrom"
            )
        return list(series.runs)
    quantum_e = 1.0 if unwrapping is None else unwrapping.quantum_e
    made = [unwrap_branches(run, cell, quantum_e=quantum_e) for run in series.runs]
    jumps = sum(run.jumps for run in made)
    if unwrapping is None:
        if jumps:
            notices.append(
                f"{series.source}: the dipole jumps {_count(jumps, 'time')} by more than half a "
                "lattice vector times 1 e, as between branches of a periodic cell: consider "
                "--unwrap"
            )
        return list(series.runs)
    notices.append(f"{series.source}: {_count(jumps, 'jump')} between branches undone")
    for run in made:
        if len(run.ambiguous):
            frames = ", ".join(str(frame) for frame in run.ambiguous[:5])
            more = ", …" if len(run.ambiguous) > 5 else ""
            notices.append(
                f"{series.source}: the branch is ambiguous at frame {frames}{more} "
                f"({len(run.ambiguous)} in all): the dipole moved by nearly half a quantum within "
                "one time step"
            )
    return [run.dipole for run in made]


def _mean_of_beads(group: Sequence[Array], beads: int) -> Array:
    lengths = sorted({len(run) for run in group})
    if len(group) != beads or len(lengths) > 1:
        raise InputError(
            f"beads of one ring polymer must be equally many and equally long, found {len(group)} "
            f"with {', '.join(map(str, lengths))} dipoles"
        )
    return np.asarray(np.mean(group, axis=0))
