"""Damaged and hostile data files, as fuzzing found them."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.data.importing import PRESETS, import_dataset
from vibench.data.molecules import read_geometry
from vibench.data.npz import read_npz
from vibench.data.raw import Wanted
from vibench.data.recipes import ImportRecipe

FRAME = (
    "2\n"
    'Properties=species:S:1:pos:R:3 energy=-1.0 charge=0 trajectory=0 pbc="F F F"\n'
    "H 0.0 0.0 0.0\nH 0.0 0.0 0.7\n"
)


def read_xyz(path):
    return import_dataset(
        ImportRecipe(
            path=str(path), format="extxyz", preset="ase", level_of_theory="x",
            length_unit="angstrom", energy_unit="eV",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pos:R:3", "pos:R:3:masses:R:99999999999999999999", "more columns than the 4"),
        ("pos:R:3", "pos:R:-3", "expected extended XYZ"),
        ("trajectory=0", "trajectory=99999999999999999999", "a whole number as trajectory"),
        ("trajectory=0", "trajectory=x", "a whole number as trajectory"),
        ("trajectory=0", "trajectory=nan", "a whole number as trajectory"),
        ("charge=0", "charge=inf", "charge is inf, expected a number"),
        ("charge=0", "charge=99999999999999999999", "charge is .*, expected a number"),
        ("charge=0", "unpaired_electrons=1e400", "unpaired_electrons is inf"),
        ("charge=0", "unpaired_electrons=nan", "unpaired_electrons is nan"),
        ("charge=0", 'electric_field_v_per_angstrom="1 2"', "electric_field has shape"),
        ("0.7", "nan", "not a finite number"),
        ("energy=-1.0", "energy=" + "[" * 5000, "frame 0"),
    ],
)
def test_extended_xyz_that_nobody_writes(tmp_path, old, new, message):
    path = tmp_path / "x.xyz"
    path.write_text(FRAME)
    assert len(read_xyz(path)) == 1
    path.write_text(FRAME.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_xyz(path)


def arrays(**changed):
    good = {"Z": np.array([[1, 1]]), "R": np.zeros((1, 2, 3)), "E": np.zeros(1)}
    return good | changed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"R": np.full((1, 2, 3), "x")}, "'R' holds <U1, expected numbers"),
        ({"E": np.array(["a"])}, "'E' holds <U1, expected numbers"),
        ({"Q": np.array(["a"])}, "'Q' holds <U1, expected numbers"),
        ({"Q": np.array([None])}, "without Python objects"),
        ({"Z": np.array([[1, 999]])}, "does not hold atomic numbers"),
    ],
)
def test_arrays_of_another_kind(tmp_path, changed, message):
    np.savez(tmp_path / "x.npz", **arrays(**changed))
    with pytest.raises(InputError, match=message):
        read_npz(tmp_path / "x.npz", Wanted(PRESETS["kernn"], frozenset(), None))


@pytest.mark.parametrize("shape", ["(10000000000000,)", "(-1,)", "(", "[1]", "(" * 9000])
def test_headers_that_lie(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode() + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 16
    (tmp_path / "e.npy").write_bytes(content)
    np.savez(tmp_path / "x.npz", **arrays())
    files = {"energy": tmp_path / "e.npy"}
    keys = {"numbers": "Z", "positions": "R"}
    with pytest.raises(InputError, match=r"e\.npy: cannot be read as one NumPy array"):
        read_npz(tmp_path / "x.npz", Wanted(keys, frozenset(), None, files))


def test_members_that_are_no_arrays(tmp_path):
    np.savez(tmp_path / "x.npz", **arrays())
    content = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(content.replace(b"\x93NUMPY", b"\x93NUMPX"))
    with pytest.raises(InputError, match=r"x\.npz"):
        read_npz(tmp_path / "x.npz", Wanted(PRESETS["kernn"], frozenset(), None))


def test_pickles_are_never_opened(tmp_path):
    mark = tmp_path / "mark"
    code = f"cos\nsystem\n(S'touch {mark}'\ntR.".encode()
    for name in ("x.traj", "x.pckl", "x.npy", "x.npz", "x.json", "x.db", "x"):
        for head in (b"", b"PickleTrajectory"):
            (tmp_path / name).write_bytes(head + code)
            with pytest.raises(InputError):
                read_geometry(tmp_path / name, "x")
            with pytest.raises(InputError):
                read_npz(tmp_path / name, Wanted(PRESETS["kernn"], frozenset(), None))
    assert not mark.exists()
