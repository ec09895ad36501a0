"""Gaps of a spectrum: checked, and kept by files."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.core.spectrum_csv import parse_spectrum_csv, spectrum_csv
from vibench.store.hdf5 import read_hdf5, write_hdf5

AXIS = np.array([1.0, 2.0, 3.5, 7.25, 8.0, 12.5])


def spectrum(gaps):
    """Return a spectrum with the gaps."""
    gaps = None if gaps is None else np.array(gaps, dtype=float)
    return Spectrum(AXIS, AXIS**2, "absorbance, base 10", 2.0, "made here", gaps_cm1=gaps)


@pytest.mark.parametrize("gaps", [None, [[3.5, 7.25]], [[2.0, 3.5], [3.5, 7.25], [8.0, 12.5]]])
def test_files_keep_gaps(tmp_path, gaps):
    original = spectrum(gaps)
    write_hdf5(tmp_path / "spectrum.h5", original)
    stored = read_hdf5(tmp_path / "spectrum.h5", Spectrum)
    text = parse_spectrum_csv(spectrum_csv(original), "text")
    for copy in (stored, text):
        if gaps is None:
            assert copy.gaps_cm1 is None
        else:
            np.testing.assert_array_equal(copy.gaps_cm1, gaps)
        np.testing.assert_array_equal(copy.wavenumber_cm1, AXIS)
        assert (copy.unit, copy.method) == (original.unit, original.method)


@pytest.mark.parametrize(
    ("gaps", "message"),
    [
        ([3.5, 7.25], r"expected \(gaps, 2\)"),
        (np.empty((0, 2)), r"expected \(gaps, 2\)"),
        ([[7.25, 3.5]], "must ascend"),
        ([[2.0, 7.25], [3.5, 8.0]], "must not overlap"),
        ([[2.0, 7.25]], "points lie inside the gap 2-7.25"),
    ],
)
def test_gaps_are_checked(gaps, message):
    with pytest.raises(InputError, match=message):
        spectrum(gaps)


def test_damaged_gaps_of_a_table_are_refused():
    text = spectrum_csv(spectrum([[3.5, 7.25]])).replace("3.5-7.25", "3.5 to 7.25")
    with pytest.raises(InputError, match=r"line 1: expected .* gaps LOW-HIGH, but: .*'3\.5 to"):
        parse_spectrum_csv(text, "text")
