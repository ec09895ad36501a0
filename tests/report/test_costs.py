"""Cost by model: hours, sizes, and the time to an error."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.score import Score
from vibench.report.costs import model_cost_table, seconds_to, target_error
from vibench.report.results import Cost, LearningCurve, StudyResults
from vibench.report.table import without_empty_columns


def history(model, errors):
    columns = {
        "epoch": np.arange(1, len(errors) + 1),
        "force_mae_mev_per_angstrom": np.array(errors),
        "seconds": 10.0 * np.arange(1, len(errors) + 1),
    }
    return LearningCurve(model, columns)


TRAINING = (history("A", [50.0, 20.0, 12.0, 10.0]), history("B", [40.0, 30.0, 22.0, 20.0]))


def results(**changes):
    settings = {
        "costs": (
            Cost("label", "GFN2", 1.0, 1800.0, 300.0),
            Cost("train", "A", 2.0, 3600.0, 500.0, parameters=100),
            Cost("train", "A", 1.0, 1800.0, 600.0, parameters=50),
            Cost("train", "A", 0.5, 900.0, 400.0, parameters=100, training_structures=10),
            Cost("train", "B", 2.0, 7200.0, None, device="cuda", parameters=70),
            Cost("dynamics", "B", 0.1, 360.0, 200.0),
        ),
        "training": TRAINING,
        "scores": tuple(
            Score(name="inference time", value=value, unit="ms per molecule", model="A",
                  higher_is_better=False, n=20, dataset=f"batch {size}")
            for size, value in ((1, 5.0), (32, 0.5))
        ),
    }  # fmt: skip
    return StudyResults(title="", description="", settings="", **(settings | changes))


def rows(study):
    table = without_empty_columns(model_cost_table(study))
    headings = [column.heading for column in table.columns]
    return {row[0]: dict(zip(headings, row, strict=True)) for row in table.rows}


def test_hours_are_of_cores_or_of_a_gpu():
    found = rows(results())
    assert found["GFN2"]["labels (core-h)"] == pytest.approx(1.0)
    assert found["A"]["training (core-h)"] == pytest.approx(3.0)
    assert found["A"]["learning curve (core-h)"] == pytest.approx(0.5)
    assert found["B"]["training (GPU-h)"] == pytest.approx(2.0)
    assert found["B"]["training (core-h)"] is None
    assert found["B"]["dynamics (core-h)"] == pytest.approx(0.1)
    assert "labels (GPU-h)" not in found["A"]


def test_parts_of_a_model_are_added_and_the_largest_memory_counts():
    found = rows(results())
    assert found["A"]["parameters"] == 150
    assert found["A"]["peak memory (MiB)"] == 600.0
    assert found["A"]["prediction (ms per molecule)"].value == 0.5


def test_the_usual_target_is_one_that_every_model_reaches():
    study = results()
    assert target_error(study) == pytest.approx(22.0)
    assert [seconds_to(curve, 22.0) for curve in TRAINING] == [20.0, 30.0]
    assert rows(study)["B"]["time to 22 meV/Å (s)"] == 30.0


def test_the_study_may_name_a_target_that_some_never_reach():
    found = rows(results(target_force_mae=15.0))
    assert found["A"]["time to 15 meV/Å (s)"] == 30.0
    assert found["B"]["time to 15 meV/Å (s)"] is None


def test_without_trainings_there_is_no_target():
    assert target_error(results(training=())) is None


def test_of_several_seeds_the_mean_time_counts_if_all_reach_the_target():
    seeds = tuple(
        replace(history(f"A, seed {seed}", errors), member_of="A")
        for seed, errors in enumerate(([50.0, 12.0, 12.0, 10.0], [50.0, 20.0, 20.0, 11.0]))
    )
    found = rows(results(training=seeds, target_force_mae=15.0))
    assert found["A"]["time to 15 meV/Å (s)"] == pytest.approx((20.0 + 40.0) / 2)
    found = rows(results(training=seeds, target_force_mae=10.5))
    assert found["A"].get("time to 10.5 meV/Å (s)") is None
