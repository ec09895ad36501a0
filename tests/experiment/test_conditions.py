"""Conditions of a measurement from what files say, and what an inspection makes of a file."""

import numpy as np
import pytest

from vibench.experiment.conditions import read_conditions
from vibench.experiment.inspection import inspect_measurement
from vibench.experiment.recipe import MeasuredRecipe


@pytest.mark.parametrize(
    ("text", "pressure_kpa"),
    [
        ("101.3 kPa", 101.3),
        ("1 ATM", 101.325),
        ("760 Torr", 101.325),
        ("760mmHg", 101.325),
        ("1.01325 bar", 101.325),
        ("1013.25 mbar", 101.325),
        ("1.01325E+05 Pa", 101.325),
    ],
)
def test_pressures(text, pressure_kpa):
    conditions, notices = read_conditions({"PRESSURE": text, "PARTIALPRESSURE": text})
    assert conditions.pressure_kpa == pytest.approx(pressure_kpa, rel=1e-6)
    assert conditions.partial_pressure_kpa == conditions.pressure_kpa
    assert notices == []


@pytest.mark.parametrize(
    ("text", "temperature_k"), [("23 C", 296.15), ("296 K", 296), ("-10.5 °C", 262.65)]
)
def test_temperatures(text, temperature_k):
    conditions, notices = read_conditions({"TEMPERATURE": text})
    assert conditions.temperature_k == pytest.approx(temperature_k)
    assert notices == []


def test_lengths_states_and_remarks():
    labels = {"PATHLENGTH": "50 MM", "STATE": "GAS", "PARTIALPRESSURE": "70 mmHg (unreliable)"}
    conditions, notices = read_conditions(labels)
    assert (conditions.path_length_cm, conditions.state) == (5, "GAS")
    assert notices == ["PARTIALPRESSURE: 70 mmHg (unreliable)"]
    assert read_conditions({"STATE": "liquid"})[1] == ["STATE is 'liquid', not gas"]


@pytest.mark.parametrize(
    "labels",
    [
        {"PRESSURE": "101.3"},
        {"PRESSURE": "high"},
        {"PRESSURE": "-3 kPa"},
        {"PRESSURE": "1e999 kPa"},
        {"TEMPERATURE": "23"},
        {"TEMPERATURE": "-300 C"},
        {"PATHLENGTH": "5 furlongs"},
    ],
)
def test_what_is_not_understood_is_said_and_not_guessed(labels):
    conditions, notices = read_conditions(labels)
    assert conditions == read_conditions({})[0]
    assert len(notices) == 1
    assert "not understood, ignored" in notices[0]


def test_inspection_counts_and_measures(tmp_path):
    axis = np.arange(500.0, 4000.0, 2.0)
    band = np.exp(-0.5 * ((axis - 2000) / 20) ** 2)
    path = tmp_path / "test.txt"
    path.write_text("\n".join(f"{x:g} {y:.9g}" for x, y in zip(axis, 0.1 + band, strict=True)))
    recipe = MeasuredRecipe(path=path, abscissa="cm^-1", ordinate="absorbance", baseline="none")
    found = inspect_measurement(recipe)
    assert (found.points, found.spacing_cm1, found.resolution_cm1) == (1750, 2.0, None)
    assert (found.low_cm1, found.high_cm1) == (500.0, 3998.0)
    assert found.gaps_cm1 == ()
    constant, area = 0.1 * (3998 - 500), 20 * np.sqrt(2 * np.pi)
    for summary in found.baselines:
        share = constant / (constant + area)
        assert summary.removed_share == pytest.approx(share, rel=0.05), summary.method
        assert summary.lowest == pytest.approx(0.1, abs=0.01)
