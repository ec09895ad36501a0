"""JCAMP-DX that vibench writes is read back as what it was, and keeps to the standard."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.experiment.inspection import inspect_measurement
from vibench.experiment.jcamp_text import LONGEST_LINE, jcamp_text
from vibench.experiment.measurement import read_measurement
from vibench.experiment.ordinates import ABSORBANCE, ABSORPTIVITY_PER_METRE, MOLAR_ABSORPTIVITY
from vibench.experiment.recipe import MeasuredRecipe


def spectrum(x=None, unit=ABSOLUTE, scale=1.0, **others):
    x = np.linspace(100.0, 4000.0, 3901) if x is None else x
    y = 0.3 * np.exp(-(((x - 1750.0) / 12.0) ** 2)) + 0.01 * np.sin(x / 90.0)
    return Spectrum(x, scale * y, unit, 10.0, "dipole derivative", **others)


def read_back(text, tmp_path):
    path = tmp_path / "spectrum.jdx"
    path.write_text(text, encoding="ascii")
    return read_measurement(MeasuredRecipe(path=path, baseline="none")).spectrum


@pytest.mark.parametrize("scale", [1.0, 1e-7, 4e6])
@pytest.mark.parametrize("uniform", [True, False])
def test_round_trip_through_the_reader(tmp_path, scale, uniform):
    x = None if uniform else np.sort(np.random.default_rng(0).uniform(100.0, 4000.0, 777))
    written = spectrum(x, scale=scale)
    text = jcamp_text(written, title="formaldehyde")
    assert ("XYDATA=(X++(Y..Y))" if uniform else "XYPOINTS=(XY..XY)") in text
    found = read_back(text, tmp_path)
    # 1 km/mol per cm^-1 is 43.429 L/(mol cm), decadic.
    assert found.unit == MOLAR_ABSORPTIVITY
    assert found.width_cm1 == 10.0
    np.testing.assert_allclose(found.wavenumber_cm1, written.wavenumber_cm1, rtol=1e-9)
    expected = 43.4294481903 * written.intensity
    np.testing.assert_allclose(found.intensity, expected, atol=1e-8 * expected.max(), rtol=0)


@pytest.mark.parametrize("unit", [ABSORBANCE, ABSORPTIVITY_PER_METRE, MOLAR_ABSORPTIVITY])
def test_units_of_measured_spectra_stay(tmp_path, unit):
    written = spectrum(unit=unit)
    found = read_back(jcamp_text(written, title="x"), tmp_path)
    assert found.unit == unit
    np.testing.assert_allclose(found.intensity, written.intensity, atol=1e-8)


def test_lines_are_short_and_of_ascii_whatever_the_title(tmp_path):
    evil = "wässer\n##NPOINTS=3\n##END=\r\n$$ µ·cm⁻¹ ##TITLE=b \x00" + "long " * 60
    x = np.linspace(100.0, 4000.0, 3901)
    x = x[(x <= 1700.0) | (x >= 1800.0)]
    text = jcamp_text(spectrum(x, gaps_cm1=np.array([[1700.0, 1800.0]])), title=evil)
    lines = text.splitlines()
    assert max(map(len, lines)) <= LONGEST_LINE == 80
    assert text.isascii()
    assert lines[0].startswith("##TITLE=wasser #NPOINTS=3 #END= $ ")
    assert [line.partition("=")[0] for line in lines if line.startswith("##")].count("##END") == 1
    assert lines[-1] == "##END="
    assert "$$ nothing is known within (1/CM): 1700-1800" in lines
    assert len(read_back(text, tmp_path).wavenumber_cm1) == len(x)


def test_the_inspection_of_measured_files_finds_no_fault(tmp_path):
    path = tmp_path / "spectrum.jdx"
    path.write_text(jcamp_text(spectrum(), title="water"), encoding="ascii")
    report = inspect_measurement(MeasuredRecipe(path=path))
    assert (report.points, report.resolution_cm1) == (3901, 10.0)
    assert report.unit == MOLAR_ABSORPTIVITY
    assert not report.gaps_cm1


def test_what_is_no_infrared_is_left_out_and_nothing_is_refused_silently(tmp_path):
    x = np.linspace(0.0, 4000.0, 4001)
    found = read_back(jcamp_text(spectrum(x), title="x"), tmp_path)
    assert found.wavenumber_cm1[0] == 10.0
    zero = Spectrum(x, 0 * x, ABSOLUTE, np.nan, "nothing")
    assert np.all(read_back(jcamp_text(zero, title=""), tmp_path).intensity == 0)
    holed = Spectrum(x, np.where(x == 500.0, np.nan, 1.0), ABSOLUTE, 1.0, "a hole")
    with pytest.raises(InputError, match="1 that are not finite"):
        jcamp_text(holed, title="x")
    with pytest.raises(InputError, match="two or more finite points"):
        jcamp_text(spectrum(np.array([1.0, 2.0, 20000.0])), title="x")
