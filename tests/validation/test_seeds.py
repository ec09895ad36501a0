"""Scores over seeds: grouping by name, intervals, and letters."""

import numpy as np
import pytest
from scipy import stats

from validation.seeds import by_seed, compare


def score(model, value, *, name="force MAE", molecule="water", dataset="test"):
    return {
        "name": name,
        "unit": "meV/Å",
        "model": model,
        "value": value,
        "molecule": molecule,
        "dataset": dataset,
    }


def test_models_are_grouped_by_the_number_at_the_end_of_their_names():
    scores = [score(f"{kind} {seed}", seed + 1.0) for kind in ("A", "B 2") for seed in range(3)]
    scores += [score("A 0", 5.0, name="only one has it"), score("GFN2-xTB", 1.0)]
    found = by_seed(scores)
    assert list(found) == [("force MAE · test", "meV/Å")]
    assert {kind: part.tolist() for kind, part in found["force MAE · test", "meV/Å"].items()} == {
        "A": [1.0, 2.0, 3.0],
        "B 2": [1.0, 2.0, 3.0],
    }


def test_intervals_are_students():
    values = np.array([1.0, 2.0, 4.0])
    (line,) = compare(("MAE", "meV"), {"A": values})
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (line.low, line.high) == pytest.approx(tuple(expected))


def test_letters_tell_apart_what_differs_and_nothing_else():
    rng = np.random.default_rng(0)
    noise = {kind: 1 + 0.01 * rng.standard_normal(4) for kind in "ABC"}
    lines = compare(("MAE", "meV"), noise | {"C": 3 * noise["C"]})
    letters = {line.kind: line.letters for line in lines}
    assert letters["A"] == letters["B"] != letters["C"]
    assert lines[-1].kind == "C"
