"""The proofs by simulation at small sizes; docs/theory.md quotes the full ones."""

import json

import pytest

from validation.__main__ import main
from validation.coverage import clopper_pearson, measure_coverage
from validation.differences import measure_differences
from validation.planning import measure_planning


def test_clopper_pearson_equals_the_textbook():
    assert clopper_pearson(0, 100) == pytest.approx((0, 1 - 0.025**0.01))
    assert clopper_pearson(100, 100) == pytest.approx((0.025**0.01, 1))
    assert clopper_pearson(8, 20) == pytest.approx((0.1911901, 0.6394574), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["equal", "different"])
def test_intervals_cover(case):
    rows = measure_coverage(case, 8, 25)
    assert len(rows) == 7
    for row in rows:
        # 90 % would be missed by chance in one of 10^4 runs only below 17 of 25.
        assert row.coverage > 16.5 / 25, row


@pytest.mark.slow
def test_equal_models_are_not_told_apart_and_a_worse_one_is():
    for row in measure_differences(
        "perfect", molecules=2, estimand="fixed", replicas=8, repetitions=12
    ):
        # At 8 % three or more false alarms in 12 happen once in 15 runs, five in 2000.
        assert row.false_rate < 5 / 12
    found = measure_differences(
        "strongest band of one model 15 cm^-1 too high",
        molecules=4,
        estimand="fixed",
        replicas=8,
        repetitions=6,
    )
    assert found[0].measure == "Pearson correlation"
    assert found[0].power > 0.5


def test_random_molecules_run():
    (pearson, _) = measure_differences(
        "wrong alike", molecules=3, estimand="random", replicas=4, repetitions=3
    )
    assert pearson.estimand == "random"


@pytest.mark.slow
def test_pilots_predict_within_their_uncertainty():
    for row in measure_planning(8, 25, truth_replicas=400):
        assert row.coverage > 16.5 / 25, row


def test_command_prints_a_table_and_writes_json(tmp_path, capsys):
    path = tmp_path / "rows.json"
    main(["coverage", "--repetitions", "2", "--replicas", "4", "--json", str(path)])
    rows = json.loads(path.read_text(encoding="utf-8"))
    assert len(rows) == 14
    assert "Pearson correlation, infinite sampling" in capsys.readouterr().out
