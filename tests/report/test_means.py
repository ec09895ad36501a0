"""Means over molecules and temperatures, and the scores of one molecule."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student_t

from vibench.core.score import Score
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.report.means import (
    mean_over_molecules,
    mean_over_temperatures,
    molecule_mean_table,
    temperature_mean_table,
)
from vibench.report.molecules import comparison_table, molecule_tables
from vibench.report.results import Lifetimes, SpectrumEntry, StudyMolecule, StudyResults
from vibench.report.scores import NOISE_FLOOR, PEARSON, WASSERSTEIN
from vibench.report.tables import overview_table

PBE = "PBE"
VALUES = {"a": 0.9, "b": 0.8, "c": 0.55}


def pearson(model: str, molecule: str, value: float, **facts: object) -> Score:
    """Return a correlation at 300 K with the reference PBE."""
    known: dict[str, object] = {
        "name": PEARSON,
        "unit": "",
        "higher_is_better": True,
        "n": 8,
        "low": value - 0.03,
        "high": value + 0.03,
        "temperature_k": 300.0,
        "reference": PBE,
    }
    return Score(model=model, molecule=molecule, value=value, **(known | facts))  # type: ignore[arg-type]


def study(scores: list[Score], lifetimes: tuple[Lifetimes, ...] = ()) -> StudyResults:
    """Return a study of these scores; molecule "z" is unseen."""
    molecules = tuple(StudyMolecule(name, 3, unseen=name == "z") for name in "abcz")
    return StudyResults("t", "", "", molecules=molecules, scores=tuple(scores), lifetimes=lifetimes)


def rows(table: object) -> list[dict[str, object]]:
    """Return the rows of a table by heading."""
    titles = [column.title for column in table.columns]  # type: ignore[attr-defined]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]  # type: ignore[attr-defined]


def test_means_and_intervals_are_those_of_numpy() -> None:
    values = np.array(list(VALUES.values()))
    mean = mean_over_molecules([pearson("m", name, value) for name, value in VALUES.items()])
    assert mean is not None
    assert mean.score.value == pytest.approx(values.mean())
    assert mean.deviation == pytest.approx(values.std(ddof=1))
    half = student_t.ppf(0.975, 2) * values.std(ddof=1) / np.sqrt(3)
    assert mean.score.low == pytest.approx(values.mean() - half)
    assert mean.score.high == 1  # the interval is cut where correlations end
    assert values.mean() + half > 1
    single = mean_over_molecules([pearson("m", "a", 0.9)])
    assert single is not None
    assert (single.score.low, single.score.n, single.deviation) == (None, 1, None)


def test_two_molecules_have_a_mean_without_an_interval() -> None:
    mean = mean_over_molecules([pearson("m", name, VALUES[name]) for name in "ab"])
    assert mean is not None
    assert (mean.score.value, mean.score.n) == (pytest.approx(0.85), 2)
    assert (mean.score.low, mean.score.high) == (None, None)
    assert mean.deviation == pytest.approx(np.std([0.9, 0.8], ddof=1))
    two = [pearson("m", name, VALUES[name]) for name in "ab"]
    assert "so there is no interval" in molecule_mean_table(study(two)).caption
    three = molecule_mean_table(study([pearson("m", *each) for each in VALUES.items()])).caption
    assert "Student's t" in three
    assert "so there is no interval" not in three


def test_the_overview_has_the_interval_of_sampling_for_models_and_floor() -> None:
    scores = [pearson("m", name, VALUES[name]) for name in "ab"]
    floors = [pearson(PBE, name, 0.9, low=0.4, high=0.95, dataset=NOISE_FLOOR) for name in "ab"]
    (row,) = rows(overview_table(study([*scores, *floors])))
    value, floor = row[PEARSON], row["noise floor"]
    assert isinstance(value, Score)
    assert isinstance(floor, Score)
    assert (value.low, value.high) == pytest.approx((0.85 - 0.03 / 2**0.5, 0.85 + 0.03 / 2**0.5))
    # A skew interval stays skew: each side is joined by itself.
    assert (floor.low, floor.high) == pytest.approx((0.9 - 0.5 / 2**0.5, 0.9 + 0.05 / 2**0.5))
    about = {"name": f"{PEARSON}, mean over molecules", "group": "a", "n": 2}
    compared = replace(pearson("m", "a", 0.85, **about), molecule=None, low=0.7, high=0.9)
    (row,) = rows(overview_table(study([*scores, *floors, compared])))
    value = row[PEARSON]
    assert isinstance(value, Score)
    assert (value.low, value.high) == (0.7, 0.9)  # the same as under the result


def test_the_mean_over_temperatures_has_the_interval_of_sampling() -> None:
    scores = [pearson("m", "a", 0.9, temperature_k=t) for t in (100.0, 300.0, 500.0, 700.0)]
    mean = mean_over_temperatures(scores)
    assert mean is not None
    assert mean.score.high is not None
    assert mean.score.high - mean.score.value == pytest.approx(0.03 / np.sqrt(4))
    assert mean.deviation == pytest.approx(0)
    without = mean_over_temperatures([replace(scores[0], low=None), *scores[1:]])
    assert without is not None
    assert without.score.low is None


def test_molecules_that_a_model_lacks_are_left_out_for_all_and_told() -> None:
    scores = [pearson("m", name, value) for name, value in VALUES.items()]
    scores += [pearson("k", name, value - 0.1) for name, value in VALUES.items() if name != "c"]
    scores += [pearson(PBE, name, 0.97, dataset=NOISE_FLOOR) for name in VALUES]
    scores += [pearson("m", "z", 0.3), pearson("k", "z", 0.2)]
    failed = np.array([True, True, False, True, False, False, False, False])
    lost = Lifetimes("spectra", "k", "model", "c", 300.0, np.full(8, 100.0), failed)
    table = molecule_mean_table(study(scores, (lost,)))
    found = rows(table)
    assert [(row["spectrum of"], row["n"]) for row in found] == [("m", 2), ("k", 2)]
    value, floor = found[0][PEARSON], found[0][f"{PEARSON}: noise floor"]
    assert isinstance(value, Score)
    assert isinstance(floor, Score)
    assert (value.value, floor.value) == pytest.approx((0.85, 0.97))
    assert "Left out: 1, c, 300 K against PBE (k failed (3 of 8))" in table.caption


def test_letters_stand_beside_means_over_the_same_molecules() -> None:
    scores = [pearson(m, name, v) for m in "mk" for name, v in VALUES.items()]
    facts = {"name": f"{PEARSON}, mean over molecules", "group": "ab", "n": 3}
    letters = replace(pearson("m", "a", 0.75, **facts), molecule=None)
    row = rows(molecule_mean_table(study([*scores, letters])))[0]
    assert row[f"{PEARSON}: group"] == "ab"
    other = replace(letters, n=2)
    assert rows(molecule_mean_table(study([*scores, other])))[0][f"{PEARSON}: group"] is None


def test_the_reference_against_measurement_is_the_last_row() -> None:
    scores = [
        pearson(source, name, value, reference="measured")
        for source in (PBE, "m")
        for name, value in VALUES.items()
    ]
    scores += [pearson("m", name, value) for name, value in VALUES.items()]
    found = rows(molecule_mean_table(study(scores)))
    assert [(row["spectrum of"], row["compared with"]) for row in found] == [
        ("m", "measured"),
        (PBE, "measured"),
        ("m", PBE),
    ]


def test_means_over_temperatures_are_by_molecule() -> None:
    scores = [
        pearson("m", name, 0.9 - t / 1e4, temperature_k=t)
        for name in "ab"
        for t in (100.0, 300.0, 900.0)
        if (name, t) != ("b", 900.0)
    ]
    found = rows(temperature_mean_table(study(scores)))
    spans = [(row["molecule"], row["temperatures (K)"]) for row in found]
    assert spans == [("a", "100, 300, 900"), ("b", "100, 300")]
    value = found[0][PEARSON]
    assert isinstance(value, Score)
    assert value.value == pytest.approx(0.9 - np.mean([0.01, 0.03, 0.09]))
    assert not temperature_mean_table(study([pearson("m", "a", 0.9)])).rows


def test_one_molecule_has_measures_by_row_and_models_by_column() -> None:
    distance = {"name": WASSERSTEIN, "unit": "cm^-1"}
    scores = [pearson("m", "a", 0.9), pearson("m", "a", 20.0, **distance)]
    scores += [pearson("m", "a", 0.7, reference="measured")]
    scores += [pearson(PBE, "a", 0.6, reference="measured")]
    scores += [pearson(PBE, "a", 0.97, dataset=NOISE_FLOOR)]
    lost = Lifetimes("spectra", "k", "model", "a", 300.0, np.full(4, 9.0), np.ones(4, bool))
    other = pearson("k", "b", 0.5)
    results = study([*scores, other], (lost,))
    table = comparison_table(results, "a", 300.0)
    found = rows(table)
    assert [row["score"] for row in found] == [
        PEARSON,
        "Wasserstein distance (cm⁻¹)",
        PEARSON,
    ]
    assert found[0]["k"] == "failed (4 of 4)"
    assert [row["m"] for row in found] == scores[:3]
    assert found[2][f"{PBE} (baseline)"] is scores[3]
    assert found[0]["noise floor"] is scores[4]
    assert [one.name for one in molecule_tables(results)] == ["scores-a", "scores-b"]


def test_a_molecule_on_which_all_failed_is_told() -> None:
    spectrum = Spectrum(np.arange(4.0), np.ones(4), ABSOLUTE, 10.0, "made")
    entry = SpectrumEntry("a", 300.0, PBE, "reference", "md", spectrum)
    lost = Lifetimes("spectra", "m", "model", "a", 300.0, np.full(4, 9.0), np.ones(4, bool))
    results = replace(study([pearson("m", "b", 0.9)], (lost,)), spectra=(entry,))
    found = rows(comparison_table(results, "a", 300.0))
    assert [row["m"] for row in found] == ["failed (4 of 4)"] * 3
    assert [one.name for one in molecule_tables(results)] == ["scores-b", "scores-a"]
