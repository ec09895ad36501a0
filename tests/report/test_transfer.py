"""Transfer to unseen molecules: order, failures in place of scores, loss with interval."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind

from vibench.core.score import Score
from vibench.report.benchmark_figures import transfer_figure
from vibench.report.palette import assign_styles
from vibench.report.results import Lifetimes, StudyMolecule, StudyResults
from vibench.report.scores import PEARSON
from vibench.report.table import Table
from vibench.report.transfer import (
    degradation_table,
    transfer_cases,
    transfer_table,
    welch_difference,
)

MOLECULES = (
    *(StudyMolecule(name, 4, unseen=False) for name in ("methanol", "ethane", "water")),
    StudyMolecule("glycine", 10, unseen=True),
    StudyMolecule("ketene", 5, unseen=True),
)
VALUES = {"methanol": 0.95, "ethane": 0.9, "water": 0.97, "ketene": 0.8, "glycine": 0.6}


def pearson(model: str, molecule: str, value: float) -> Score:
    """Return a correlation at 300 K with a measured spectrum."""
    return Score(
        name=PEARSON,
        value=value,
        unit="",
        higher_is_better=True,
        n=8,
        model=model,
        molecule=molecule,
        temperature_k=300.0,
        reference="measured",
    )


def results() -> StudyResults:
    """Return two models; B failed on glycine."""
    scores = [pearson("A", name, value) for name, value in VALUES.items()]
    scores += [pearson("B", name, v - 0.1) for name, v in VALUES.items() if name != "glycine"]
    lifetimes = [
        Lifetimes("spectra", model, "model", name, 300.0, np.full(8, 5e3), np.zeros(8, bool))
        for model in "AB"
        for name in ("ketene", "glycine")
    ]
    failed = np.arange(8) < 3
    lifetimes[-1] = Lifetimes("spectra", "B", "model", "glycine", 300.0, np.full(8, 5e3), failed)
    return StudyResults(
        "t", "", "", molecules=MOLECULES, scores=tuple(scores), lifetimes=tuple(lifetimes)
    )


def by_title(table: Table) -> list[Mapping[str, object]]:
    """Return the rows of a table by heading."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, row, strict=True)) for row in table.rows]


def test_small_molecules_come_first_and_failures_stand_in_place() -> None:
    found = by_title(transfer_table(results()))
    assert [(row["molecule"], row["atoms"], row["model"]) for row in found] == [
        ("ketene", 5, "A"),
        ("ketene", 5, "B"),
        ("glycine", 10, "A"),
        ("glycine", 10, "B"),
    ]
    assert found[3][PEARSON] == "failed (3 of 8)"
    failed = found[3]["failed trajectories"]
    assert isinstance(failed, Score)
    assert failed.value == 37.5
    assert failed.low == pytest.approx(8.52, abs=0.01)  # Clopper and Pearson for 3 of 8


def test_loss_is_the_difference_of_means_with_welchs_interval() -> None:
    study = results()
    two = by_title(degradation_table(study))[0]["difference"]
    assert isinstance(two, Score)
    assert two.low is None  # two unseen molecules do not tell how others would do
    third = replace(
        study,
        molecules=(*study.molecules, StudyMolecule("urea", 8, unseen=True)),
        scores=(*study.scores, pearson("A", "urea", 0.65)),
    )
    found = by_title(degradation_table(third))
    row = found[0]
    known = [VALUES[name] for name in ("methanol", "ethane", "water")]
    unseen = [VALUES[name] for name in ("glycine", "ketene")] + [0.65]
    expected = ttest_ind(unseen, known, equal_var=False)
    interval = expected.confidence_interval(0.95)
    difference = row["difference"]
    assert isinstance(difference, Score)
    assert difference.value == pytest.approx(np.mean(unseen) - np.mean(known))
    assert (difference.low, difference.high) == pytest.approx((interval.low, interval.high))
    assert row["unseen without spectrum"] == 0
    lost = by_title(degradation_table(study))[1]
    assert lost["unseen without spectrum"] == 1
    only = lost["difference"]
    assert isinstance(only, Score)
    assert only.low is None  # a single molecule has no spread


def test_single_values_have_a_difference_without_error() -> None:
    estimate = welch_difference([pearson("A", "methanol", 0.9)], [pearson("A", "ketene", 0.7)])
    assert estimate.value == pytest.approx(-0.2)
    assert estimate.interval() is None


def test_a_model_that_fails_everywhere_is_still_shown() -> None:
    study = results()
    everywhere = [
        Lifetimes("spectra", "A", "model", name, 300.0, np.full(8, 9.0), np.ones(8, bool))
        for name in ("ketene", "glycine")
    ]
    trained = tuple(s for s in study.scores if s.molecule not in {"ketene", "glycine"})
    broken = StudyResults(
        "t",
        "",
        "",
        molecules=MOLECULES,
        scores=(*trained, pearson("B", "ketene", 0.7)),
        lifetimes=(*everywhere, *study.lifetimes[2:]),
    )
    found = by_title(transfer_table(broken))
    assert found[0][PEARSON] == "failed (8 of 8)"
    loss = next(row for row in by_title(degradation_table(broken)) if row["model"] == "A")
    assert (loss["unseen"], loss["difference"], loss["unseen without spectrum"]) == (None, None, 1)


def test_the_figure_has_a_point_or_a_cross_for_every_case() -> None:
    styles = assign_styles({"A": "model", "B": "model"})
    figure = transfer_figure(transfer_cases(results()), styles)
    upper = figure.axes[0]
    crosses = [line for line in upper.lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert len(crosses) == 1
    points = sum(len(line.get_xdata()) for line in upper.lines if line.get_marker() == "o")
    assert points == 3
