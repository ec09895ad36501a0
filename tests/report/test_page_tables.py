"""Tables of the page: nothing told twice, times in units that suit, one form for numbers."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vibench.core.score import Score
from vibench.report.formatting import core_time, value_text
from vibench.report.fronts import fronts
from vibench.report.learning import learning_panels
from vibench.report.page import render_page
from vibench.report.page_tables import on_page
from vibench.report.parts import band_table
from vibench.report.published_numbers import PUBLISHED_CITATIONS, published_table
from vibench.report.results import LearningCurve, StudyResults
from vibench.report.scores import SCALED, SCALED_TITLE
from vibench.report.table import Column, Table, cell_text, csv_text
from vibench.report.tables import build_tables

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study."""
    result: StudyResults = STUDY["build_study"]()
    return result


def texts(table: Table) -> list[str]:
    """Return headings and texts of a table."""
    words = [cell for row in table.rows for cell in row if isinstance(cell, str)]
    return [*(column.title for column in table.columns), *words]


def test_the_scaled_distance_is_in_files_and_beside_the_published_numbers_alone(
    study: StudyResults,
) -> None:
    tables = build_tables(study)
    full = [t.name for t in tables if any(word.startswith(SCALED) for word in texts(t))]
    assert {"spectrum-scores", "scores-methanol", "transfer", "means-over-molecules"} <= set(full)
    for table in tables:
        shown = on_page(table)
        assert not any(word.startswith(SCALED) for word in texts(shown))
        assert table.name == "published" or len(shown.rows) <= len(table.rows)
        assert all(len(row) == len(shown.columns) for row in shown.rows)
    published = published_table(study)
    assert any(word.startswith(SCALED_TITLE) for word in texts(on_page(published)))
    page = render_page(study).partition('<script type="application/json"')[0]
    assert SCALED not in page
    assert PUBLISHED_CITATIONS[1] in page


def test_short_hours_are_shown_in_seconds_and_kept_as_hours_in_files(study: StudyResults) -> None:
    table = next(one for one in build_tables(study) if one.name == "model-costs")
    shown = on_page(table)
    place = [column.title for column in table.columns].index("training")
    assert (table.columns[place].unit, shown.columns[place].unit) == ("core-h", "core-s")
    row = next(row for row in shown.rows if row[0] == "PaiNN")
    assert cell_text(row[place], shown.columns[place]) == "151"
    assert "training (core-h)" in csv_text(table)
    assert {p.cost.unit for f in fronts(study) if f.cost == "training" for p in f.points} == {
        "core-s"
    }


@pytest.mark.parametrize(("hours", "unit"), [(0.02, "s"), (0.5, "min"), (30.0, "h")])
def test_the_unit_of_a_time_is_the_one_in_which_it_is_read(hours: float, unit: str) -> None:
    factor, found = core_time(hours)
    assert found == unit
    assert 1 <= factor * hours < 1000


def test_counts_and_ranks_are_whole_and_means_of_them_are_not() -> None:
    count = Score(name="re-ordered modes", value=3.0, unit="", higher_is_better=False, n=12)
    assert value_text(count) == "3"
    assert value_text(replace(count, name="rank of the right molecule", value=2.0)) == "2"
    assert value_text(replace(count, value=7 / 3)) == "2.33"
    assert value_text(replace(count, name="force MAE")) == "3.00"


def test_standard_deviations_of_a_column_have_the_same_decimals(study: StudyResults) -> None:
    table = next(one for one in build_tables(study) if one.name == "means-over-molecules")
    for place, column in enumerate(table.columns):
        if column.short_title == "standard deviation":
            shown = [cell_text(row[place], column) for row in table.rows]
            assert len({len(text.partition(".")[2]) for text in shown}) == 1


def test_wavenumbers_have_one_unit_on_the_page(study: StudyResults) -> None:
    told = "vibrations of SO3net: not a minimum: imaginary modes at 524.9i cm^-1"
    page = render_page(replace(study, warnings=(told,)))
    shown = page.partition('<script type="application/json"')[0]
    assert "imaginary modes at 524.9i cm⁻¹" in shown
    assert "cm^-1" not in re.sub(r'data-key="[^"]*"', "", shown)  # keys are for sorting
    assert cell_text("1051 cm^-1", Column("band", numeric=False)) == "1051 cm⁻¹"


def test_curves_of_training_are_named_in_words() -> None:
    values = np.ones(2)
    names = ("energy_mae_mev", "force_mae_mev_per_angstrom", "dipole_mae_mdebye", "training_loss")
    columns = {"epoch": np.arange(2), **dict.fromkeys(names, values)}
    labels = [s[0] for panel in learning_panels(LearningCurve("m", columns)) for s in panel.series]
    assert labels == ["energy MAE", "force MAE", "dipole MAE", "training loss"]


def band_score(name: str, value: float, part: str | None = None, n: int = 8) -> Score:
    """Return a score of bands of methanol."""
    return Score(
        name=name,
        value=value,
        unit="",
        higher_is_better=False,
        n=n,
        model="PaiNN",
        molecule="methanol",
        temperature_k=300.0,
        reference="GFN2-xTB",
        part=part,
    )


def test_every_comparison_says_how_many_bands_count_and_lack_a_counterpart() -> None:
    scores = [
        band_score("bands without counterpart", 1.0, n=3),
        band_score("band position error", 4.0, "1051 cm^-1"),
    ]
    table = band_table(scores)
    assert [row[5] for row in table.rows] == ["1051 cm^-1", "all 3"]
    assert table.rows[1][-1] is scores[0]
    assert "3 % of the highest" in table.caption
