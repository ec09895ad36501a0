"""Damaged and hostile dipole files, as fuzzing found them."""

import json
from pathlib import Path

import h5py
import pytest

from vibench.core.errors import InputError
from vibench.core.guarded import in_child
from vibench.spectra.dipole_files.registry import FORMATS, detect_format, read_dipole_file
from vibench.spectra.dipole_files.schnetpack_hdf5 import read_schnetpack
from vibench.spectra.dipole_files.series import Declared

COLUMNS = "# column 1 --> time{femtosecond} : x\n"
ROWS = "0.0 1 2 3\n0.5 1 2 3\n"
DIPOLE = "# cols. 2-4 --> dipole{debye} : x\n"
XYZ = "1\n{}\nH 0 0 0\n"


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        ("ipi", COLUMNS + DIPOLE.replace("debye}", "debye}(bead=0x1)") + ROWS, "bead '0x1'"),
        ("ipi", COLUMNS + DIPOLE.replace("2-4", "2-3") + ROWS, "dipole has 2 columns"),
        ("ipi", COLUMNS + DIPOLE.replace("2-4", "0-2") + ROWS, "3 columns from 0, expected 3"),
        ("ipi", COLUMNS.replace("{femto", "{" + "(" * 100_000) + ROWS, "no property dipole"),
        ("ipi", COLUMNS + DIPOLE.replace("2-4", "2-" + "9" * 5000) + ROWS, "no property dipole"),
        ("ipi", COLUMNS + DIPOLE + ROWS[:-1], "line 4: the last line has no line end"),
        ("csv", "mu_x,mu_y,mu_z\n0,0,1_0\n", "line 2: expected 3 comma-separated"),
        ("csv", "mu_x,mu_y,mu_z\n0,0,\u0661\n", "line 2: expected 3 comma-separated"),
        ("csv", 'mu_x,mu_y,mu_z\n0,0,"' + "1" * 200_000 + "\n", "line 2: expected a line of a"),
        ("csv", "mu_x,mu_y,mu_z\n0,0,1\n0,0,1.", "line 3: the last line has no line end"),
        ("extxyz", "-2\nx\n" * 3, "line 1: expected the number of atoms"),
        ("extxyz", XYZ.format('dipole="0 0 1" time_fs=x'), "time_fs to be a finite number"),
        ("extxyz", XYZ.format('dipole="0 0 1" time_fs=1e400'), "time_fs to be a finite number"),
        ("extxyz", XYZ.format('dipole="0 0 1" Lattice="1 2 3"'), "key=value pairs"),
        ("lammps", "# TimeStep c[1] c[2] c[3]\n0 1 2 3\n5 1 2 3", "line 3: the last line has no"),
        ("fhi-aims", "| at temperature = -5 K\n| Total dipole moment [eAng] : 1 2 3\n", "positive"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, form, text, message):
    path = tmp_path / "file"
    path.write_text(text)
    declared = Declared(unit="debye" if form == "lammps" else None)
    with pytest.raises(InputError, match=message):
        read_dipole_file(path, declared, format_name=form)


@pytest.mark.parametrize(
    "text", ["\n" * 65536, " \n" * 32768, "#\n" * 32768, "1" * 65536, "\t" * 65536]
)
def test_formats_are_told_in_no_time(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(InputError, match="cannot tell in which format"):
        detect_format(path)


def other_numbers(file):
    attributes = dict(file["properties"].attrs)
    del file["properties"]
    data = file.create_dataset(
        "properties", shape=(8, 1, 4), dtype="f8", external=[("/etc/passwd", 0, 256)]
    )
    data.attrs.update(attributes)


def link(file):
    del file["properties"]
    file["properties"] = h5py.ExternalLink("/etc/passwd", "/")


def wrong_place(file):
    positions = json.dumps({"energy": [0, 1], "dipole_moment": [3, 6]})
    file["properties"].attrs["positions"] = positions


def no_number(file):
    file["properties"].attrs["entries"] = "many"


def no_time(file):
    file["molecules"].attrs["time_step"] = float("nan")


def no_json(file):
    file["properties"].attrs["shapes"] = "[" * 5000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_numbers, "takes its numbers from another file"),
        (link, "it lacks the data set 'properties'"),
        (wrong_place, "lies at 3 to 6 of the 4 values"),
        (no_number, "a file of SchNetPack 2"),
        (no_time, "time_step_fs must be positive"),
        (no_json, "a file of SchNetPack 2"),
    ],
)
def test_schnetpack_files_that_lie(tmp_path, writers, dipole, change, message):
    path = tmp_path / "x.h5"
    writers.write_schnetpack(path, dipole[None, :8])
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message):
        read_dipole_file(path, Declared(unit="debye"))


def test_binary_formats_are_read_by_a_child():
    assert {name for name, known in FORMATS.items() if known.guarded} == {"schnetpack", "ase"}


def test_a_file_that_hdf5_never_ends_reading_is_given_up():
    path = Path(__file__).with_name("endless.h5")
    with pytest.raises(InputError, match=r"endless\.h5.* could not be read within 4 s"):
        in_child(read_schnetpack, path, Declared(unit="debye", molecule=0), seconds=4.0)
