"""experiment inspect, strengths and fetch on the command line."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from vibench.cli.commands import app
from vibench.core.errors import InputError
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.spectrum_csv import spectrum_csv
from vibench.store.hdf5 import write_hdf5

AXIS = np.arange(1000.0, 1400.0, 1.0)
SHAPE = np.exp(-0.5 * ((AXIS - 1200) / 10) ** 2) / (10 * np.sqrt(2 * np.pi))
STRENGTH_KM_PER_MOL = 1e-3 * np.log(10) * 1e6 * 8.314462618 * 300 / 101325 * 0.1
"""Of an absorptivity of area 1e-3, in a gas of 300 K and 1 atm."""
SETTINGS = 'abscissa = "cm^-1"\nordinate = "absorptivity"\nbase = "10"\n'
GAS = "pressure_kpa = 101.325\ntemperature_k = 300.0\n"


def run(*arguments):
    """Run a verb; errors that end the program with code 2 are raised."""
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def files(tmp_path):
    """Return a folder with a measured table, settings and a computed spectrum of half strength."""
    rows = "\n".join(f"{x:g},{y:.9g}" for x, y in zip(AXIS, 1e-3 * SHAPE, strict=True))
    (tmp_path / "gas.csv").write_text(rows)
    (tmp_path / "gas.toml").write_text(SETTINGS + GAS)
    (tmp_path / "unknown.toml").write_text(SETTINGS)
    computed = Spectrum(AXIS, 0.5 * STRENGTH_KM_PER_MOL * SHAPE, ABSOLUTE, 10.0, "computed")
    (tmp_path / "computed.csv").write_text(spectrum_csv(computed))
    return tmp_path


def test_inspect_says_what_is_there(files):
    text = run("experiment", "inspect", files / "gas.csv", "--settings", files / "gas.toml").stdout
    assert "unit         absorptivity in (µmol/mol)^-1 m^-1, base 10" in text
    assert "points       400, 1 cm^-1 apart" in text
    assert "conditions   state not stated, 300 K, 101.33 kPa" in text
    assert "saturated    nowhere" in text
    assert "baseline     derivative-threshold: " in text
    found = json.loads(
        run(
            "experiment", "inspect", files / "gas.csv", "--settings", files / "gas.toml", "--json"
        ).stdout
    )
    assert found["points"] == 400
    assert [line["method"] for line in found["baselines"]] == [
        "derivative-threshold",
        "arpls",
        "asls",
        "mor",
        "imodpoly",
    ]


def test_strengths_and_their_ratio(files):
    arguments = ["experiment", "strengths", files / "gas.csv", "--window", "1100-1300"]
    arguments += ["--settings", files / "gas.toml"]
    text = f"1100-1300 cm^-1: {STRENGTH_KM_PER_MOL:.2f} km/mol measured ("
    assert run(*arguments).stdout.startswith(text)
    found = json.loads(run(*arguments, "--against", files / "computed.csv", "--json").stdout)
    (band,) = found["bands"]
    assert band["measured_km_per_mol"] == pytest.approx(STRENGTH_KM_PER_MOL, rel=1e-6)
    spread = band["over_baselines_km_per_mol"]
    assert spread["none"] == band["measured_km_per_mol"]
    assert spread["arpls"] == pytest.approx(STRENGTH_KM_PER_MOL, rel=0.05)
    assert band["ratio"] == pytest.approx(0.5, rel=1e-6)
    assert "ratio 0.500" in run(*arguments, "--against", files / "computed.csv").stdout
    factors = np.array([0.4, 0.6])[:, None]
    replicas = factors * STRENGTH_KM_PER_MOL * SHAPE
    computed = Spectrum(AXIS, replicas.mean(axis=0), ABSOLUTE, 10.0, "replicas", replicas)
    write_hdf5(files / "computed.h5", computed)
    text = run(*arguments, "--against", files / "computed.h5").stdout
    assert f"± {0.1 * STRENGTH_KM_PER_MOL:.2f} computed, ratio 0.500" in text


@pytest.mark.parametrize(
    ("settings", "window", "message"),
    [
        ("unknown.toml", "1100-1300", "declare pressure_kpa and temperature_k"),
        ("gas.toml", "1100", "--window takes LOW-HIGH"),
        ("gas.toml", "nan-1200", "--window takes LOW-HIGH"),
        ("gas.toml", "900-1200", "leaves the range"),
        ("none.toml", "1100-1300", "cannot read"),
    ],
)
def test_bad_input_is_one_error(files, settings, window, message):
    with pytest.raises(InputError, match=message):
        run(
            "experiment",
            "strengths",
            files / "gas.csv",
            "--window",
            window,
            "--settings",
            files / settings,
        )


def test_settings_do_not_name_another_file(files):
    (files / "gas.toml").write_text(SETTINGS + 'path = "other.jdx"\n')
    with pytest.raises(InputError, match="path has no meaning here"):
        run("experiment", "inspect", files / "gas.csv", "--settings", files / "gas.toml")


def test_fetch_says_whose_data_it_is(tmp_path, monkeypatch):
    text = "##TITLE=X\n##JCAMP-DX=4.24\n##STATE=gas\n##END=\n"
    spectra = [SimpleNamespace(spec_idx="1", jdx_text=text)]
    fake = SimpleNamespace(
        RequestConfig=SimpleNamespace,
        run_search=lambda *_, **__: SimpleNamespace(compound_ids=["C1"], message=""),
        get_compound=lambda *_, **__: SimpleNamespace(data_refs={}, get_ir_spectra=lambda: spectra),
    )
    monkeypatch.setitem(sys.modules, "nistchempy", fake)
    monkeypatch.setenv("VIBENCH_CACHE", str(tmp_path / "cache"))
    result = run("experiment", "fetch", "x", "-o", tmp_path / "mine")
    copied = tmp_path / "mine" / "x-1.jdx"
    assert result.stdout == f"{copied}\n"
    assert copied.read_text() == text
    assert "do not redistribute" in result.stderr
    found = json.loads(run("experiment", "fetch", "x", "--json").stdout)
    assert found["path"] == str(tmp_path / "cache" / "webbook" / "x" / "1.jdx")
    assert found["index"] == "1"
    with pytest.raises(InputError, match="no spectrum of index '7'"):
        run("experiment", "fetch", "x", "--index", "7")
