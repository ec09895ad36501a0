"""HDF5 that lies about itself is refused, and names what is wrong."""

import h5py
import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.spectrum import Spectrum
from vibench.store.hdf5 import hdf5_faults, is_own_hdf5, read_foreign_hdf5, read_hdf5, write_hdf5


@pytest.fixture
def path(tmp_path):
    """A spectrum of vibench."""
    axis = np.linspace(1000.0, 1100.0, 50)
    write_hdf5(tmp_path / "x.h5", Spectrum(axis, np.ones(50), "arbitrary", 4.0, "made up"))
    return tmp_path / "x.h5"


def external_link(file):
    del file["intensity"]
    file["intensity"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file):
    del file["intensity"]
    file["intensity"] = h5py.SoftLink("/wavenumber_cm1")


def other_file(file):
    del file["intensity"]
    file.create_dataset("intensity", shape=(50,), dtype="f8", external=[("/etc/passwd", 0, 400)])


def group_in_itself(file):
    file["replicas"] = file["/"]


def too_large(file):
    del file["intensity"]
    file.create_dataset("intensity", shape=(10**13,), dtype="f8", chunks=(10,))


def no_numbers(file):
    del file["intensity"]
    file.create_dataset("intensity", data=[b"x"] * 50)


def number_for_text(file):
    file.attrs["method"] = 3.0


def text_for_number(file):
    file.attrs["width_cm1"] = "wide"


def unknown_type(file):
    file.attrs["type"] = "Horse"


def unknown_field(file):
    file.attrs["colour"] = "blue"


def no_type(file):
    del file.attrs["type"]


def lost_field(file):
    del file.attrs["unit"]


def not_ascending(file):
    file["wavenumber_cm1"][3] = np.nan


def no_json(file):
    file["intensity"].attrs["json"] = True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "a link to elsewhere"),
        (soft_link, "a link to elsewhere"),
        (other_file, "from another file"),
        (group_in_itself, "deeper than vibench writes"),
        (too_large, "larger than what is stored"),
        (no_numbers, "holds |S1, expected numbers"),
        (number_for_text, "method is 3.0"),
        (text_for_number, "width_cm1 is 'wide'"),
        (unknown_type, "'Horse', known: Dataset"),
        (unknown_field, "unknown key 'colour'"),
        (no_type, "expected what vibench stores"),
        (lost_field, "unit"),
        (not_ascending, "finite"),
        (no_json, "expected what vibench stores"),
    ],
)
def test_what_is_wrong_is_said(path, change, message):
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message):
        read_hdf5(path, Spectrum)


def test_foreign_files_are_read_as_own_ones_are(path):
    own, foreign = read_hdf5(path, Spectrum), read_foreign_hdf5(path, Spectrum)
    assert np.array_equal(own.intensity, foreign.intensity)
    assert (own.unit, own.width_cm1, own.method) == (
        foreign.unit,
        foreign.width_cm1,
        foreign.method,
    )
    with pytest.raises(InputError, match="holds Spectrum, expected Modes"):
        read_foreign_hdf5(path, Modes)


def test_bad_files_of_a_folder_are_named(path, tmp_path):
    bad = tmp_path / "runs" / "bad.h5"
    bad.parent.mkdir()
    bad.write_bytes(path.read_bytes()[:2000])
    assert hdf5_faults(tmp_path / "empty") == {}
    faults = hdf5_faults(tmp_path)
    assert list(faults) == ["runs/bad.h5"]
    assert "cannot read" in faults["runs/bad.h5"]


def test_own_files_are_told_by_their_schema(path, tmp_path):
    assert is_own_hdf5(path)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["molecules"] = np.zeros(3)
    assert not is_own_hdf5(tmp_path / "other.h5")
    (tmp_path / "other.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\xff" * 100)
    with pytest.raises(InputError, match="HDF5"):
        is_own_hdf5(tmp_path / "other.h5")
