"""Scores over seeds: means, intervals, letters and ratios."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from vibench.compare.seeds import OVER_SEEDS, ensemble_scores, rank_over_seeds
from vibench.core.score import Score

RECORD = Path(__file__).parents[2] / "studies" / "formaldehyde-five" / "summary.json"


def score(value, name="force MAE", **about):
    settings = {"unit": "meV/Å", "higher_is_better": False, "n": 100, "low": 0.0, "high": 9.0}
    return Score(name=name, value=value, **(settings | {"dataset": "test"} | about))


def test_means_have_students_intervals_over_seeds():
    values = np.array([1.0, 2.0, 4.0])
    (mean,) = ensemble_scores([[score(v, model=f"A, seed {v}")] for v in values], model="A")
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean.value, mean.n, mean.model) == (pytest.approx(7 / 3), 3, "A")
    assert (mean.low, mean.high) == pytest.approx((max(expected.low, 0.0), expected.high))
    assert "mean over seeds, 3 trainings" in mean.estimand


def test_only_scores_of_the_same_thing_are_averaged():
    member = [score(1.0), score(2.0, dataset="unseen"), score(3.0, molecule="water")]
    other = [score(5.0, molecule="water"), score(3.0), score(4.0, dataset="unseen")]
    found = ensemble_scores([member, other], model="A")
    assert {(s.dataset, s.molecule): s.value for s in found} == {
        ("test", None): 2.0,
        ("unseen", None): 3.0,
        ("test", "water"): 4.0,
    }


def test_what_some_trainings_lack_is_told():
    (mean,) = ensemble_scores([[score(1.0)], [score(3.0)], []], model="A")
    assert (mean.value, mean.n) == (2.0, 2)
    assert "only 2 of 3 trainings gave a value" in mean.estimand
    (single,) = ensemble_scores([[score(1.0)], [score(math.nan)]], model="A")
    assert (single.value, single.n, single.low, single.high) == (1.0, 1, None, None)
    (none,) = ensemble_scores([[score(math.nan)], []], model="A")
    assert math.isnan(none.value)
    assert none.n == 0


def test_intervals_end_where_the_score_does():
    def ends(name, *values):
        members = [[score(v, name=name, unit="")] for v in values]
        (mean,) = ensemble_scores(members, model="A")
        return mean.low, mean.high

    assert ends("Pearson correlation", 0.1, 0.9) == (-1.0, 1.0)
    assert ends("Wasserstein distance", 1.0, 9.0)[0] == 0.0
    assert ends("harmonic minus fundamental", 1.0, 9.0)[0] < 0.0


def test_letters_tell_apart_what_differs_and_nothing_else():
    rng = np.random.default_rng(0)
    noise = {kind: 1 + 0.01 * rng.standard_normal(4) for kind in "ABC"}
    noise["C"] *= 3
    models = {kind: [[score(v)] for v in values] for kind, values in noise.items()}
    found = rank_over_seeds(models, level=0.05)
    letters = {one.model: one.group for one in found.scores}
    assert letters["A"] == letters["B"] == "a"
    assert letters["C"] == "b"
    assert {one.name for one in found.scores} == {"force MAE" + OVER_SEEDS}
    (pair,) = [one for one in found.differences if {one.first, one.second} == {"A", "C"}]
    logarithms = [np.log(noise[name]) for name in ("A", "C")]
    welch = stats.ttest_ind(*logarithms, equal_var=False)
    assert pair.is_ratio
    assert pair.value == pytest.approx(np.exp(logarithms[0].mean() - logarithms[1].mean()))
    assert pair.p_value == pytest.approx(welch.pvalue)
    assert pair.low < pair.value < pair.high < 1
    # Holm: the smallest of three p-values is multiplied by three.
    raw = sorted(one.p_value for one in found.differences)
    assert min(one.adjusted_p_value for one in found.differences) == pytest.approx(3 * raw[0])


def test_equal_models_are_told_apart_no_more_often_than_the_level_says():
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(400):
        models = {
            kind: [[score(v)] for v in np.exp(0.3 * rng.standard_normal(3))] for kind in "ABC"
        }
        letters = {one.group for one in rank_over_seeds(models, level=0.05).scores}
        wrong += letters != {"a"}
    assert wrong / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_errors_of_single_molecules_are_averaged_where_there_is_none_over_all():
    def member(shift):
        return [
            score(1.0 + shift, name="harmonic frequency MAE", molecule="a"),
            score(3.0 + shift, name="harmonic frequency MAE", molecule="b"),
            score(9.0, molecule="a"),
            score(5.0 + shift),
            score(7.0, name="Pearson correlation"),
        ]

    models = {"A": [member(0.1), member(0.2)], "B": [member(5.0), member(5.1)]}
    found = {(s.name, s.model): s for s in rank_over_seeds(models, level=0.05).scores}
    assert found["harmonic frequency MAE" + OVER_SEEDS, "A"].value == pytest.approx(2.15)
    assert found["force MAE" + OVER_SEEDS, "B"].value == pytest.approx(10.05)
    assert len(found) == 4


def test_an_error_of_zero_leaves_models_without_letters():
    models = {"A": [[score(0.0)], [score(1.0)]], "B": [[score(1.0)], [score(2.0)]]}
    found = rank_over_seeds(models, level=0.05)
    assert {one.group for one in found.scores} == {None}
    assert found.differences[0].p_value is None


def test_recorded_trainings_of_five_architectures_have_the_letters_that_were_published():
    """The record of formaldehyde-five names its fifteen trainings "SchNet 0" to "MACE 2"."""
    rows = json.loads(RECORD.read_text(encoding="utf-8"))["scores"]
    kinds = ("SchNet", "FieldSchNet", "SO3net", "PaiNN", "MACE")
    models = {
        kind: [
            [
                score(row["value"], name=row["name"], unit=row["unit"], dataset=row["dataset"])
                for row in rows
                if row["model"] == f"{kind} {seed}" and row["molecule"] and row["value"] is not None
            ]
            for seed in range(3)
        ]
        for kind in kinds
    }
    found = rank_over_seeds(models, level=0.05)
    letters = {
        name: [s.group for kind in kinds for s in found.scores if (s.name, s.model) == (name, kind)]
        for name in dict.fromkeys(s.name for s in found.scores)
    }
    assert letters == {
        "energy MAE" + OVER_SEEDS: ["b", "ab", "b", "a", "ab"],
        "force MAE" + OVER_SEEDS: ["bc", "abc", "c", "a", "ab"],
        "dipole MAE" + OVER_SEEDS: ["c", "bc", "abc", "a", "ab"],
        "harmonic MAE from fundamentals" + OVER_SEEDS: ["a"] * 5,
        "MD band MAE from fundamentals" + OVER_SEEDS: ["a"] * 5,
    }
