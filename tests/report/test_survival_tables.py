"""How long trajectories last, in tables and figures."""

import runpy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.score import Score
from vibench.report.benchmark_figures import survival_figure
from vibench.report.palette import assign_styles
from vibench.report.results import Lifetimes, StudyResults
from vibench.report.survival import (
    failure_text,
    lasting,
    stability_table,
    survival_pair_table,
    survival_table,
)
from vibench.report.table import Table, cell_interval, cell_text

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study."""
    result: StudyResults = STUDY["build_study"]()
    return result


def by_title(table: Table) -> list[Mapping[str, object]]:
    """Return the rows of a table by heading."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def lost(model: str, molecule: str, failed: int, **facts: str) -> Lifetimes:
    """Return eight trajectories of 10 ps at 300 K of which some failed after 1 ps."""
    broken = np.arange(8) < failed
    duration = np.where(broken, 1e3, 1e4)
    place = ("spectra", model, "member" if facts else "model", molecule, 300.0)
    return Lifetimes(*place, duration, broken, ("it fell apart",) if failed else (), **facts)  # type: ignore[arg-type]


def test_molecules_and_seeds_of_a_model_count_together(study: StudyResults) -> None:
    lifetimes = (
        lost("A seed 0", "methanol", 2, member_of="A"),
        lost("A seed 1", "ethane", 0, member_of="A"),
        lost("B", "methanol", 0),
    )
    rows = by_title(survival_table(replace(study, lifetimes=lifetimes)))
    assert [(row["model"], row["molecules"], row["trajectories"]) for row in rows] == [
        ("A", 2, 16),
        ("B", 1, 8),
    ]
    survived, rate = rows[0]["share surviving"], rows[0]["failures per ns"]
    assert isinstance(survived, Score)
    assert isinstance(rate, Score)
    assert survived.value == pytest.approx(14 / 16)
    assert rate.value == pytest.approx(2 / (0.142))  # 14 of 10 ps and 2 of 1 ps
    assert rows[0]["reasons"] == "it fell apart"


def test_without_failures_the_rate_has_an_upper_end(study: StudyResults) -> None:
    table = survival_table(replace(study, lifetimes=(lost("B", "methanol", 0),)))
    row = by_title(table)[0]
    rate, survived = row["failures per ns"], row["share surviving"]
    assert isinstance(rate, Score)
    assert isinstance(survived, Score)
    assert rate.high == pytest.approx(-np.log(0.05) / 0.08)
    assert cell_interval(rate) == "0–37"
    assert (survived.value, survived.low) == (1, pytest.approx(0.025 ** (1 / 8)))


def test_without_survivors_there_is_a_table_and_a_figure(study: StudyResults) -> None:
    results = replace(study, lifetimes=(lost("A", "methanol", 8), lost("B", "methanol", 0)))
    row = by_title(survival_table(results))[0]
    survived = row["share surviving"]
    assert isinstance(survived, Score)
    assert (survived.value, survived.low) == (0, 0)
    assert survived.high == pytest.approx(1 - 0.025 ** (1 / 8))
    figure = survival_figure(lasting(results), assign_styles({"A": "model", "B": "model"}))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["A", "B"]
    pair = by_title(survival_pair_table(results))[0]
    assert isinstance(pair["p"], float)
    assert pair["p"] < 0.001
    assert failure_text(results, "A", "methanol", 300.0) == "failed (8 of 8)"
    assert failure_text(results, "B", "methanol", 300.0) is None


def test_several_temperatures_have_a_row_each_and_one_together(study: StudyResults) -> None:
    hot = replace(lost("A", "methanol", 4), temperature_k=900.0)
    rows = by_title(survival_table(replace(study, lifetimes=(lost("A", "methanol", 0), hot))))
    assert [row["temperature"] for row in rows] == [300.0, 900.0, "all"]
    assert [row["failed"] for row in rows] == [0, 4, 4]


def test_pairs_that_never_failed_are_not_compared(study: StudyResults) -> None:
    results = replace(study, lifetimes=(lost("A", "methanol", 0), lost("B", "methanol", 0)))
    assert not survival_pair_table(results).rows


def test_stability_joins_conservation_and_the_hottest_survival(study: StudyResults) -> None:
    rows = by_title(stability_table(study))
    assert [(row["model"], row["molecule"]) for row in rows] == [
        ("PaiNN", "methanol"),
        ("SchNet", "methanol"),
        ("PaiNN", "all"),
        ("SchNet", "all"),
    ]
    assert cell_text(rows[1]["NVE energy drift"], stability_table(study).columns[2]) == "0.034"  # type: ignore[arg-type]
    survived = rows[1]["surviving at 700 K"]
    assert isinstance(survived, Score)
    assert (survived.value, survived.n) == (1.0, 8)  # of methanol, as the drift is
    of_all = rows[3]["surviving at 700 K"]
    assert isinstance(of_all, Score)
    assert of_all.value == pytest.approx(22 / 24)


def test_survival_is_not_told_twice_where_energy_was_not_watched(study: StudyResults) -> None:
    assert not stability_table(replace(study, scores=())).rows
