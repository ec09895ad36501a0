"""Damaged files of all kinds: an InputError or a spectrum, and never anything else."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vibench.core.errors import InputError
from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe

AXIS = np.arange(1000.0, 1060.0, 2.0)
TRANSMITTANCE = 10 ** -(0.02 + 0.5 * np.exp(-0.5 * ((AXIS - 1030) / 3) ** 2))
LINES = [
    "##TITLE=TEST GAS",
    "##JCAMP-DX=4.24",
    "##DATA TYPE=INFRARED SPECTRUM",
    "##STATE=gas",
    "##PRESSURE=101.3 kPa",
    "##TEMPERATURE=23 C",
    "##PATH LENGTH=5 CM",
    "##RESOLUTION=2",
    "##XUNITS=1/CM",
    "##YUNITS=TRANSMITTANCE",
    "##XFACTOR=1.0",
    "##YFACTOR=1.0",
    "##DELTAX=2.0",
    "##FIRSTX=1000.0",
    "##LASTX=1058.0",
    "##FIRSTY=0.955",
    "##MAXY=0.955",
    "##NPOINTS=30",
    "##XYDATA=(X++(Y..Y))",
    *(
        f"{AXIS[row]:.1f} " + " ".join(f"{y:.4f}" for y in TRANSMITTANCE[row : row + 5])
        for row in range(0, 30, 5)
    ),
    "##END=",
]
TEXT = "\n".join(LINES) + "\n"
FIRST_DATA_LINE = LINES.index("##XYDATA=(X++(Y..Y))") + 2

PATIENT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
RUBBISH = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.sampled_from(
    ["", "0", "-1", "1e999", "nan", "inf", "1e-320", "1,5", "1_0", "10**9", "99999999999999999999"]
)


def survives(path, text, **declared):
    """Read a file; return the spectrum, or None if it was refused with an InputError."""
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        measurement = read_measurement(MeasuredRecipe(path=path, baseline="none", **declared))
    except InputError:
        return None
    spectrum = measurement.spectrum
    assert np.isfinite(spectrum.wavenumber_cm1).all()
    assert np.isfinite(spectrum.intensity).all()
    return spectrum


def test_the_undamaged_file_is_read(tmp_path):
    spectrum = survives(tmp_path / "test.jdx", TEXT)
    np.testing.assert_allclose(spectrum.wavenumber_cm1, AXIS)


def test_a_file_cut_anywhere_is_refused_and_the_line_named(tmp_path):
    path = tmp_path / "test.jdx"
    for end in range(len("\n".join(LINES[:3])), TEXT.index("##END") + 4):
        path.write_text(TEXT[:end])
        with pytest.raises(InputError) as caught:
            read_measurement(MeasuredRecipe(path=path, baseline="none"))
        if end > TEXT.index("(X++(Y..Y))") + 11:
            last = len(TEXT[:end].splitlines())
            assert f"cut short: its last line, {last}, is" in str(caught.value)


def test_missing_data_before_a_proper_end_are_noticed_and_the_line_named(tmp_path):
    path = tmp_path / "test.jdx"
    for row in range(6):
        at = FIRST_DATA_LINE - 1 + row
        shortened = [*LINES[:at], LINES[at].rsplit(" ", 2)[0], *LINES[at + 1 :]]
        path.write_text("\n".join(shortened) + "\n")
        named = FIRST_DATA_LINE + row + (row < 5)
        with pytest.raises(InputError, match=rf"line {named}\b"):
            read_measurement(MeasuredRecipe(path=path, baseline="none"))
        path.write_text("\n".join([*LINES[:at], *LINES[at + 1 :]]) + "\n")
        with pytest.raises(InputError, match=r"line \d+\b"):
            read_measurement(MeasuredRecipe(path=path, baseline="none"))


@PATIENT
@given(st.integers(0, len(TEXT)), st.integers(0, 40), RUBBISH)
def test_text_replaced_anywhere(tmp_path, start, length, rubbish):
    survives(tmp_path / "test.jdx", TEXT[:start] + rubbish + TEXT[start + length :])


@PATIENT
@given(st.integers(0, 17), NUMBERS | RUBBISH)
def test_labels_with_any_value(tmp_path, line, value):
    name = LINES[line].split("=")[0]
    lines = [*LINES[:line], f"{name}={value}", *LINES[line + 1 :]]
    survives(tmp_path / "test.jdx", "\n".join(lines) + "\n")


@PATIENT
@given(st.lists(st.integers(0, len(LINES) - 1), max_size=40))
def test_lines_in_any_order_lost_or_repeated(tmp_path, order):
    survives(tmp_path / "test.jdx", "\n".join(LINES[line] for line in order))


@PATIENT
@given(st.integers(0, 29), NUMBERS)
def test_ordinates_of_any_value(tmp_path, point, value):
    row, column = divmod(point, 5)
    at = FIRST_DATA_LINE - 1 + row
    fields = LINES[at].split(" ")
    fields[column + 1] = value
    survives(
        tmp_path / "test.jdx",
        "\n".join([*LINES[:at], " ".join(fields), *LINES[at + 1 :]]) + "\n",
    )


@PATIENT
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path, content):
    path = tmp_path / "test.jdx"
    for head in (b"", b"##TITLE=x\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n"):
        path.write_bytes(head + content)
        with pytest.raises(InputError, match=re.escape(str(path))):
            read_measurement(MeasuredRecipe(path=path, baseline="none"))


@PATIENT
@given(st.integers(0, 400), st.integers(0, 40), RUBBISH)
def test_tables_with_text_replaced_anywhere(tmp_path, start, length, rubbish):
    table = "x,y\n" + "".join(f"{x:g},{y:.4f}\n" for x, y in zip(AXIS, TRANSMITTANCE, strict=True))
    survives(
        tmp_path / "test.csv",
        table[:start] + rubbish + table[start + length :],
        abscissa="cm^-1",
        ordinate="transmittance",
    )


@PATIENT
@example(8 * [(1.0, 0.0)] + [(1.7e308, 1.7e308), (-1.7e308, 1.7e308)], "transmittance", "cm^-1")
@example([(5e-324 * index, 1.7e308) for index in range(1, 12)], "absorbance", "micrometre")
@given(
    st.lists(
        st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.floats()),
        min_size=8,
        max_size=20,
    ),
    st.sampled_from(["transmittance", "percent transmittance", "absorbance", "absorptivity"]),
    st.sampled_from(["cm^-1", "micrometre", "nanometre"]),
)
def test_tables_of_any_numbers(tmp_path, rows, ordinate, abscissa):
    text = "".join(f"{x!r} {y!r}\n" for x, y in rows)
    survives(tmp_path / "test.txt", text, abscissa=abscissa, ordinate=ordinate)
