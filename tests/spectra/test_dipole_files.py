"""Reader of dipole tables."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.units import DEBYE
from vibench.spectra.dipole_files import read_dipoles

GOOD = "# written by hand\ntime_fs, mu_z, mu_x, mu_y\n0.0,3,1,2\n\n0.5,6,4,5e0\n"


def test_columns_are_found_by_name_and_units_converted(tmp_path):
    path = tmp_path / "dipoles.csv"
    path.write_text(GOOD)
    expected = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(read_dipoles(path, unit="e*angstrom"), expected)
    np.testing.assert_allclose(read_dipoles(path, unit="debye"), expected * DEBYE, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("4,5e0", "4,oops"), "line 5: expected 4 comma-separated finite numbers"),
        (GOOD.replace("6,4,5e0", "6,4"), "line 5"),
        (GOOD.replace("6,4,5e0", "6,nan,5"), "line 5"),
        ("mu_x,mu_y\n1,2\n", "line 1: no column mu_z; found mu_x, mu_y"),
        ("1.0,2.0,3.0\n", "line 1: no column mu_x, mu_y, mu_z"),
        ("", "is empty"),
        ("mu_x,mu_y,mu_z\n", "holds no dipoles below its header"),
    ],
)
def test_bad_table_names_the_line(tmp_path, text, message):
    path = tmp_path / "dipoles.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_dipoles(path, unit="debye")


def test_unit_must_be_known_and_the_file_there(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'debye'"):
        read_dipoles(tmp_path / "dipoles.csv", unit="Debye")
    with pytest.raises(InputError, match="cannot read dipoles from"):
        read_dipoles(tmp_path / "dipoles.csv", unit="debye")
