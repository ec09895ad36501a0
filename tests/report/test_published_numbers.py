"""The numbers of the paper, and a study beside them."""

import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from vibench.core.score import Score
from vibench.report.published_numbers import published_numbers, published_table
from vibench.report.results import StudyResults

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study, of PaiNN and SchNet."""
    result: StudyResults = STUDY["build_study"]()
    return result


def test_every_table_of_the_paper_is_complete() -> None:
    counts = Counter(one.table for one in published_numbers())
    # 3: 3 errors and hours of 5 models, and of a dipole model; 4: 5; 5: 4 rows and the baseline of
    # 2; 6: the same; 7: 2 rows.
    assert counts == {"3": 21, "4": 5, "5": 22, "6": 22, "7": 10}
    assert all(float(one.value) > 0 for one in published_numbers())
    by_place = {(one.table, one.quantity, one.model): one for one in published_numbers()}
    assert by_place["4", "harmonic frequency MAE", "PaiNN"].value == "7.6"
    mean = by_place[
        "6", "Wasserstein distance (paper), mean over molecules, against measured", "MACE"
    ]
    assert (mean.value, mean.deviation) == ("0.0288", "0.0140")


def test_own_numbers_stand_beside_those_of_the_same_models(study: StudyResults) -> None:
    table = published_table(study)
    rows = {(row[0], row[1], row[3]): row for row in table.rows}
    force = rows["Table 3", "force MAE", "SchNet"]
    assert force[4] == "13.6"
    own = force[6]
    assert isinstance(own, Score)
    assert own.value == pytest.approx(2.6 * 14.2)
    assert (
        rows["Table 5", "Pearson correlation, methanol, against reference", "PaiNN"][4] == "0.9345"
    )
    baseline = rows["Table 5", "Pearson correlation, methanol, against measured", "GFN2-xTB"]
    assert baseline[4] == "0.7291"
    mean = rows["Table 6", "Pearson correlation, mean over molecules, against reference", "PaiNN"]
    assert isinstance(mean[6], Score)
    assert mean[6].value == pytest.approx((0.951 + 0.968) / 2)  # ethanol is unseen
    assert rows["Table 3", "training time", "PaiNN"][6] == "151 core-s"
    assert not any(row[0] == "Table 7" for row in table.rows)  # one temperature only
    assert "not a comparison" in table.caption


def test_a_study_of_other_models_has_no_such_table(study: StudyResults) -> None:
    single: StudyResults = STUDY["build_single_model_study"]()
    assert not published_table(single).rows
    renamed = tuple(
        replace(one, model={"PaiNN": "painn", "SchNet": "Other"}.get(one.model or "", one.model))
        for one in study.scores
    )
    assert not published_table(StudyResults("t", "", "", scores=renamed)).rows


def test_spelling_of_a_name_does_not_matter(study: StudyResults) -> None:
    renamed = tuple(
        replace(one, model={"PaiNN": "SO3net"}.get(one.model or "", one.model))
        for one in study.scores
    )
    table = published_table(StudyResults("t", "", "", scores=renamed))
    force = next(row for row in table.rows if row[1] == "force MAE" and row[3] == "SO3net")
    assert force[4] == "5.8"
