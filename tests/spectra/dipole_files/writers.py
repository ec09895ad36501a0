"""Small independent writers of every format, after the sources that define them."""

import json

import ase
import h5py
import numpy as np
from ase import units
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from ase.io.trajectory import TrajectoryWriter

DEBYE = 0.20819433270935597
BOHR = 0.529177210903
FS = 0.5
KELVIN = 300.0


def write_csv(path, dipole):
    lines = ["time_fs,mu_x,mu_y,mu_z"]
    lines += [f"{FS * n},{x!r},{y!r},{z!r}" for n, (x, y, z) in enumerate(dipole.tolist())]
    path.write_text("\n".join(lines) + "\n")


def _frames(dipole, cell):
    for vector in dipole:
        atoms = ase.Atoms("OH", positions=[[0, 0, 0], [0, 0, 1]], cell=cell, pbc=cell is not None)
        atoms.calc = SinglePointCalculator(atoms, dipole=vector)
        yield atoms


def write_extxyz(path, dipole, cell=None):
    frames = list(_frames(dipole, cell))
    for n, atoms in enumerate(frames):
        atoms.info["time_fs"] = FS * n
        atoms.info["dipole"] = " ".join(repr(x) for x in dipole[n].tolist())
        atoms.calc = None
    write(path, frames, format="extxyz")


def write_ase(path, dipole, cell=None):
    with TrajectoryWriter(str(path)) as writer:
        writer.set_description(
            {"type": "molecular-dynamics", "timestep": FS / 5 * units.fs, "interval": 5,
             "temperature_K": KELVIN}
        )  # fmt: skip
        for atoms in _frames(dipole, cell):
            writer.write(atoms)


def write_ipi(path, dipole, beads=()):
    """Write properties; with *beads* those instead of their mean."""
    columns = [(1, 1, "step"), (2, 2, "time{picosecond}"), (3, 3, "ensemble_temperature{kelvin}")]
    series = list(beads) or [dipole]
    for index in range(len(series)):
        name = f"dipole{{debye}}(bead={index})" if len(beads) else "dipole{debye}"
        columns.append((4 + 3 * index, 6 + 3 * index, name))
    lines = [
        f"# column {first:3d}     --> {name} : help" if first == last
        else f"# cols.  {first:3d}-{last:<3d} --> {name} : help: more"
        for first, last, name in columns
    ]  # fmt: skip
    for n in range(len(dipole)):
        row = [n, n * FS * 1e-3, KELVIN, *(x / DEBYE for run in series for x in run[n])]
        lines.append("  " + "   ".join(f"{x:16.8e}" for x in row))
    path.write_text("\n".join(lines) + "\n")


def write_ipi_extras(path, dipole):
    lines = []
    for n, vector in enumerate(dipole / BOHR):
        lines += [
            f" #EXTRAS(dipole)# Step:  {4 * n + 4:10d} ",
            " ".join(f"{x:.10e}" for x in vector),
        ]
    path.write_text("\n".join(lines) + "\n")


def cp2k_block(vector, cell=None):
    lines = ["  Reference Point [Bohr]            0.0 0.0 0.0", "  Charges"]
    if cell is None:
        lines.append("  Dipoles are based on the traditional operator.")
    else:
        lines.append("  Dipole vectors are based on the periodic (Berry phase) operator.")
        lines.append("  They are defined modulo integer multiples of the cell matrix [Debye].")
        columns = np.asarray(cell).T / DEBYE
        for start, row, end in zip(
            ("[X] [", "[Y]=[", "[Z] ["), columns, ("] [i]", "]*[j]", "] [k]"), strict=True
        ):
            lines.append(f"  {start}" + "".join(f"{x:14.8f} " for x in row) + end)
    x, y, z = vector / DEBYE
    total = np.linalg.norm(vector) / DEBYE
    lines.append("  Dipole moment [Debye]")
    lines.append(f"    X={x:15.7E} Y={y:15.7E} Z={z:15.7E}      Total={total:13.7f}")
    return lines


def write_cp2k_file(path, dipole, cell=None):
    path.write_text("\n".join(line for v in dipole for line in cp2k_block(v, cell)) + "\n")


def write_cp2k_log(path, dipole, cell=None, *, old=False):
    first = (
        " MD| Time Step [fs]                       0.50"
        if old
        else (" MD_PAR| Time step [fs]                   0.500000")
    )
    temperature = " MD| Temperature [K]   300.00" if old else " MD_PAR| Temperature [K]  300.000000"
    lines = [" CP2K| version string: CP2K version 2026.1", first, temperature]
    for n, vector in enumerate(dipole):
        lines += ["", " SCF run converged in 12 steps", *cp2k_block(vector, cell)]
        if n == 0:
            lines.append(
                " MD_ENERGIES| Initialization proceeding" if old else " MD_INI| MD initialization"
            )
        elif old:
            lines += [
                f" STEP NUMBER                  = {n:20d}",
                f" TIME [fs]                    = {n * FS:20.6f}",
            ]
        else:
            lines += [f" MD| Step number {n:20d}", f" MD| Time [fs] {n * FS:20.6f}",
                      " MD| Temperature [K]    311.123456   299.123456"]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")


def write_cp2k_records(path, dipole, cell):
    matrix = np.asarray(cell).T / DEBYE
    lines = ["# MOMENTS| iter_level dipole_x dipole_y dipole_z dipole_norm cell_xx [Debye]"]
    for n, vector in enumerate(dipole):
        values = [*vector / DEBYE, np.linalg.norm(vector) / DEBYE, *matrix.ravel()]
        level = f"1_{n}"
        lines.append(f" MOMENTS| {level:15s}" + "".join(f" {x:18.10E}" for x in values))
    path.write_text("\n".join(lines) + "\n")


def write_lammps_table(path, dipole):
    lines = ["# Time-averaged data for fix mu", "# TimeStep c_mu[1] c_mu[2] c_mu[3]"]
    lines += [f"{5 * n} " + " ".join(f"{x:.10g}" for x in v) for n, v in enumerate(dipole)]
    path.write_text("\n".join(lines) + "\n")


def write_lammps_print(path, dipole):
    lines = ["# Fix print output for fix mu"]
    lines += [f"{5 * n} 0.0 " + " ".join(f"{x:.10g}" for x in v) for n, v in enumerate(dipole)]
    path.write_text("\n".join(lines) + "\n")


def write_lammps_log(path, dipole):
    header = "   Step          Temp         c_mu[1]        c_mu[2]        c_mu[3]    "
    lines = [
        "LAMMPS (2 Aug 2023 - Update 3)", "units real", "timestep 0.1",
        "Per MPI rank memory allocation (min/avg/max) = 5 | 5 | 5 Mbytes", header,
        "         0   300   9 9 9", "Loop time of 1.0 on 1 procs for 0 steps with 3 atoms",
        "Per MPI rank memory allocation (min/avg/max) = 5 | 5 | 5 Mbytes", header,
    ]  # fmt: skip
    for n, vector in enumerate(dipole):
        lines.append(f"{5 * n:10d}   300.1   " + "   ".join(f"{x:.10g}" for x in vector))
        if n == 3:
            lines.append("WARNING: something (../x.cpp:12)")
    lines.append("Loop time of 1.0 on 1 procs for 9 steps with 3 atoms")
    path.write_text("\n".join(lines) + "\n")


def write_fhi_aims(path, dipole):
    lines = ["          Invoking FHI-aims ...", "  Molecular dynamics time step =     0.0005 ps ",
             "  | at temperature =     300.0000 K"]  # fmt: skip
    for n, vector in enumerate(dipole):
        numbers = "".join(f"{x:30.15E}" for x in vector)
        lines.append(f"  | Total dipole moment [eAng]          : {numbers}")
        lines.append("  Advancing structure using Born-Oppenheimer Molecular Dynamics:")
        lines.append(f"  | Time step number          : {n:8d}")
        lines.append(f"  | Simulation time           :  {n * 0.0005:30.15E} ps")
    path.write_text("\n".join(lines) + "\n")


def write_schnetpack(path, replicas, *, molecules=1, cell=None, filled=None):
    """Write replicas (replicas, steps, 3) of the first molecule; the others get noise."""
    count, steps, _ = replicas.shape
    atoms = 3 * molecules
    dipole = np.random.default_rng(3).normal(size=(steps, count, molecules, 3))
    dipole[:, :, 0] = np.swapaxes(replicas, 0, 1)
    energy = np.ones((steps, count, molecules))
    positions = np.zeros((steps, count, atoms * 3))
    parts = [energy, positions, positions]
    if cell is not None:
        cells = np.tile(np.ravel(cell) / 10, molecules)
        parts += [np.broadcast_to(cells, (steps, count, 9 * molecules))]
        parts += [np.zeros((steps, count, 9 * molecules))]
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_dataset("molecules", data=np.concatenate(parts, axis=-1))
        data.attrs.update(
            n_replicas=count, n_molecules=molecules, total_n_atoms=atoms, has_velocities=True,
            has_cells=cell is not None, entries=filled or steps, every_n_steps=5,
            time_step=FS * units.fs / (units.nm * np.sqrt(1.0 / (units.kJ / units.mol))),
        )  # fmt: skip
        values = np.concatenate([energy, dipole.reshape(steps, count, -1)], axis=-1)
        data = file.create_dataset("properties", data=values)
        stop = molecules + 3 * molecules
        data.attrs.update(
            entries=filled or steps,
            shapes=json.dumps({"energy": [molecules], "dipole_moment": [molecules, 3]}),
            positions=json.dumps({"energy": [0, molecules], "dipole_moment": [molecules, stop]}),
        )
