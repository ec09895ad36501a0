"""Measured spectra from small files written here: units, checks, words."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.experiment.measurement import read_measurement
from vibench.experiment.ordinates import ABSORBANCE as ABSORBANCE_UNIT
from vibench.experiment.ordinates import ABSORPTIVITY_PER_METRE
from vibench.experiment.recipe import MeasuredRecipe

AXIS = np.arange(1000.0, 1060.0, 2.0)
ABSORBANCE = 0.02 + 0.5 * np.exp(-0.5 * ((AXIS - 1030) / 3) ** 2)


def jcamp_text(
    x=AXIS, y=10**-ABSORBANCE, *, xunits="1/CM", yunits="TRANSMITTANCE", extra="", end="##END="
):
    """Return a JCAMP-DX file with four ordinates to the line."""
    rows = [
        f"{x[i]:.6f} " + " ".join(f"{value:.8f}" for value in y[i : i + 4])
        for i in range(0, len(x), 4)
    ]
    head = [
        "##TITLE=TEST GAS",
        "##JCAMP-DX=4.24",
        "##DATA TYPE=INFRARED SPECTRUM",
        "##STATE=gas",
        f"##XUNITS={xunits}",
        f"##YUNITS={yunits}",
        "##XFACTOR=1.0",
        "##YFACTOR=1.0",
        f"##FIRSTX={x[0]:.6f}",
        f"##LASTX={x[-1]:.6f}",
        f"##NPOINTS={len(x)}",
        *([extra] if extra else []),
        "##XYDATA=(X++(Y..Y))",
    ]
    return "\n".join([*head, *rows, end]) + "\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a text to a file and reads it as a measurement."""

    def function(text, *, name="test.jdx", **settings):
        path = tmp_path / name
        path.write_text(text)
        return read_measurement(MeasuredRecipe(path=path, **({"baseline": "none"} | settings)))

    return function


def noticed(measurement, words):
    """Return whether a notice contains the words."""
    return any(words in notice for notice in measurement.notices)


def test_transmittance_becomes_decadic_absorbance(read):
    measurement = read(jcamp_text(extra="##RESOLUTION=2 CM-1"))
    spectrum = measurement.spectrum
    np.testing.assert_allclose(spectrum.wavenumber_cm1, AXIS, rtol=1e-12)
    np.testing.assert_allclose(spectrum.intensity, ABSORBANCE, atol=1e-7)
    assert (spectrum.unit, spectrum.width_cm1) == (ABSORBANCE_UNIT, 2.0)
    assert noticed(measurement, "converted to decadic absorbance")
    assert "TEST GAS" in spectrum.method


def test_percent_is_recognised_declared_or_not(read):
    percent = 100 * 10**-ABSORBANCE
    for label in ("% Transmittance", "PERCENT TRANSMITTANCE"):
        measurement = read(jcamp_text(y=percent, yunits=label))
        np.testing.assert_allclose(measurement.spectrum.intensity, ABSORBANCE, atol=1e-7)
        assert not noticed(measurement, "taken as")
    undeclared = read(jcamp_text(y=percent))
    np.testing.assert_allclose(undeclared.spectrum.intensity, ABSORBANCE, atol=1e-7)
    assert noticed(undeclared, "stated as a fraction reaches 95")
    with pytest.raises(InputError, match=r"maximum of 9.5.* is neither a fraction"):
        read(jcamp_text(y=percent / 10))


def test_absorbance_and_absorptivity_are_kept(read):
    absorbance = read(jcamp_text(y=ABSORBANCE, yunits="ABSORBANCE"))
    assert absorbance.spectrum.unit == ABSORBANCE_UNIT
    assert noticed(absorbance, "base of the logarithm not stated: taken as 10")
    base_10 = read(jcamp_text(y=ABSORBANCE, yunits="(micromol/mol)-1m-1 (base 10)")).spectrum
    np.testing.assert_allclose(base_10.intensity, ABSORBANCE, atol=1e-7)
    base_e = read(jcamp_text(y=ABSORBANCE, yunits="(micromol/mol)-1m-1 (base e)"))
    np.testing.assert_allclose(base_e.spectrum.intensity, ABSORBANCE / np.log(10), atol=1e-7)
    assert base_10.unit == base_e.spectrum.unit == ABSORPTIVITY_PER_METRE
    assert noticed(base_e, "natural logarithm")
    declared = read(jcamp_text(y=ABSORBANCE, yunits="ABSORBANCE"), base="e")
    np.testing.assert_allclose(declared.spectrum.intensity, ABSORBANCE / np.log(10), atol=1e-7)
    molar = read(jcamp_text(y=ABSORBANCE, yunits="MOLAR ABSORPTIVITY"))
    assert molar.spectrum.unit == "molar absorptivity, base 10"


def test_saturated_points_are_left_out_and_reported(read):
    transmittance = 10**-ABSORBANCE
    transmittance[[5, 6, 7, 20]] = [0.0, -0.01, 0.0, 0.0]
    measurement = read(jcamp_text(y=transmittance))
    assert len(measurement.spectrum.wavenumber_cm1) == len(AXIS) - 4
    assert np.isfinite(measurement.spectrum.intensity).all()
    assert noticed(measurement, "4 saturated points (transmittance 0.01 or less)")
    assert noticed(measurement, "at 1010-1014, 1040-1040 cm^-1")
    np.testing.assert_array_equal(measurement.spectrum.gaps_cm1, [[1008, 1016], [1038, 1042]])


def test_descending_axis_is_sorted(read):
    measurement = read(jcamp_text(x=AXIS[::-1], y=10 ** -ABSORBANCE[::-1]))
    np.testing.assert_allclose(measurement.spectrum.wavenumber_cm1, AXIS, rtol=1e-12)
    np.testing.assert_allclose(measurement.spectrum.intensity, ABSORBANCE, atol=1e-7)
    assert noticed(measurement, "descending axis reversed")


def test_wavelengths_become_wavenumbers(read):
    wavelength = np.linspace(9.5, 10.0, 30)
    measurement = read(
        jcamp_text(x=wavelength, y=ABSORBANCE, xunits="MICROMETERS", yunits="ABSORBANCE")
    )
    np.testing.assert_allclose(
        measurement.spectrum.wavenumber_cm1, 1e4 / wavelength[::-1], rtol=1e-6
    )
    np.testing.assert_allclose(measurement.spectrum.intensity, ABSORBANCE[::-1], atol=1e-7)
    assert noticed(measurement, "converted from micrometre")
    with pytest.raises(InputError, match=r"9.5 to 10 in cm\^-1 is not infrared"):
        read(jcamp_text(x=wavelength, y=ABSORBANCE, yunits="ABSORBANCE"))


def test_absorbance_labelled_transmittance_is_suspected(read):
    assert noticed(read(jcamp_text(y=ABSORBANCE)), "where absorbance would be")
    right = read(jcamp_text(y=ABSORBANCE, yunits="ABSORBANCE"))
    assert not noticed(right, "most points lie")
    declared = read(jcamp_text(y=ABSORBANCE), ordinate="absorbance")
    np.testing.assert_allclose(declared.spectrum.intensity, ABSORBANCE, atol=1e-7)
    assert noticed(declared, "ordinate stated as 'TRANSMITTANCE', taken as 'absorbance'")


def test_what_the_header_says_wrongly_is_noticed(read):
    measurement = read(jcamp_text(extra="##MAXY=5\n##DELTAX=3").replace("=gas", "=liquid"))
    assert noticed(measurement, "MAXY is stated as 5")
    assert noticed(measurement, "DELTAX is stated as 3, but the data give 2")
    assert noticed(measurement, "STATE is 'liquid', not gas")
    assert noticed(measurement, "no resolution stated")
    assert np.isnan(measurement.spectrum.width_cm1)
    assert read(jcamp_text(), width_cm1=4.0).spectrum.width_cm1 == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("##XUNITS=1/CM", "##XUNITS=SECONDS", "XUNITS is 'SECONDS', expected 1/CM"),
        ("##XUNITS=1/CM\n", "", "label XUNITS is missing"),
        ("##YUNITS=TRANSMITTANCE", "##YUNITS=REFLECTANCE", "YUNITS is 'REFLECTANCE'"),
        ("##DATA TYPE=INFRARED", "##DATA TYPE=MASS", "DATA TYPE is 'MASS SPECTRUM'"),
        ("##JCAMP-DX=4.24\n", "", "is not a JCAMP-DX file"),
        ("##NPOINTS=30", "##NPOINTS=31", "30 points were found; the data end in line 20: '1056"),
        ("##NPOINTS=30", "##NPOINTS=inf", "NPOINTS is 'inf', expected a number"),
        ("##NPOINTS=30", "##NPOINTS=-3", "NPOINTS is -3, expected 1 to"),
        ("##NPOINTS=30", "##NPOINTS=9", "NPOINTS is 9, but 30 points were found"),
        ("##LASTX=1058", "##LASTX=1e999", "LASTX is '1e999"),
        ("##FIRSTX=1000.0", "##FIRSTX=900.0", "line 13: begins at 1000, where FIRSTX"),
        ("##LASTX=1058.0", "##LASTX=1158.0", "line 20: begins at 1056, where FIRSTX"),
        ("##YFACTOR=1.0", "##YFACTOR=nan", "30 ordinates are not finite numbers"),
        ("\n1000.000000 ", "\n", "line 14: data are missing or damaged"),
        ("##NPOINTS=30", "##NPOINTS=many", "cannot be decoded|expected a number"),
        ("(X++(Y..Y))", "(XYZ)", "data of the form"),
        ("##END=\n", "", "cut short: its last line, 20, is '1056"),
        ("1008.000000", "1018.000000", "line 14: data are missing or damaged"),
        ("0.95", "?", "line 13: expected numbers, found '1000.000000 [?]499"),
        ("##END=", "##TITLE=ANOTHER\n##END=", "several blocks"),
    ],
)
def test_bad_jcamp_files_are_refused(read, old, new, message):
    text = jcamp_text()
    assert old in text
    with pytest.raises(InputError, match=message):
        read(text.replace(old, new, 1))


def test_a_table_needs_declared_units(read):
    rows = "".join(f"{1000 + 2 * index};0.{index}\n" for index in range(10))
    text = f"# a table\nwavenumber;absorbance\n{rows}"
    declared = {"name": "test.csv", "abscissa": "cm^-1", "ordinate": "absorbance"}
    measurement = read(text, **declared, width_cm1=1.0)
    np.testing.assert_array_equal(measurement.spectrum.wavenumber_cm1, np.arange(1000, 1020, 2))
    np.testing.assert_array_equal(measurement.spectrum.intensity, np.arange(10) / 10)
    assert noticed(measurement, "base of the logarithm not stated")
    assert read(text, **declared, base="10", width_cm1=1.0).notices == ()
    absorptivity = declared | {"ordinate": "absorptivity"}
    assert read(text, **absorptivity).spectrum.unit == ABSORPTIVITY_PER_METRE
    with pytest.raises(InputError, match="does not say what its abscissa is"):
        read(text, name="test.csv", ordinate="absorbance")
    with pytest.raises(InputError, match="does not say what its ordinate is"):
        read(text, name="test.csv", abscissa="cm^-1")
    with pytest.raises(InputError, match="line 5: expected two finite numbers, found '1004;two'"):
        read(text.replace("0.2", "two"), **declared)
    with pytest.raises(InputError, match=r"point 3 \(1001\) follows 1002"):
        read(text.replace("1004", "1001"), **declared)
    with pytest.raises(InputError, match="9 points are no spectrum, expected at least 10"):
        read(text.replace("1004;0.2\n", ""), **declared)


def test_unknown_type_and_missing_file_are_refused(read, tmp_path):
    with pytest.raises(InputError, match=r"unknown file type of a measured spectrum '\.jdxx'"):
        read(jcamp_text(), name="test.jdxx")
    for name in ("none.jdx", "none.csv"):
        with pytest.raises(InputError, match="there is no such file"):
            read_measurement(MeasuredRecipe(path=tmp_path / name))


def test_labels_of_lines_may_be_rounded_or_one_point_off(read):
    axis = np.arange(1000.0, 1015.0, 0.25)
    absorbance = 0.5 * np.exp(-0.5 * ((axis - 1006) / 2) ** 2)
    text = jcamp_text(x=axis, y=absorbance, yunits="ABSORBANCE")
    head, _, data = text.partition("(X++(Y..Y))\n")
    rows = [row.split(" ", 1) for row in data.splitlines() if " " in row]
    for shift, noticed_as in ((0.0, None), (-0.25, "labelled 0.25 below where FIRSTX")):
        lines = [f"{float(start) + shift:.{2 if shift else 0}f} {rest}" for start, rest in rows]
        measurement = read("\n".join([f"{head}(X++(Y..Y))", *lines, "##END=", ""]))
        np.testing.assert_allclose(measurement.spectrum.wavenumber_cm1, axis, rtol=1e-12)
        assert noticed(measurement, "most lines of data") == (noticed_as is not None)
        assert noticed_as is None or noticed(measurement, noticed_as)


def test_pairs_of_numbers_are_read_and_counted(read):
    pairs = "\n".join(f"{x:.1f}, {y:.6f}" for x, y in zip(AXIS, ABSORBANCE, strict=True))
    head = jcamp_text(yunits="ABSORBANCE").partition("##XYDATA")[0]
    text = f"{head}##XYPOINTS=(XY..XY)\n{pairs}\n##END=\n"
    np.testing.assert_allclose(read(text).spectrum.intensity, ABSORBANCE, atol=1e-6)
    with pytest.raises(InputError, match=r"29 points were found; the data end in line 41: '1056"):
        read(text.replace(pairs.splitlines()[-1] + "\n", ""))
