"""A study with learning curves from beginning to end, at test scale."""

import csv
import json

import pytest

from tests.cli.program import vibench

STUDY = """
title = "Learning curves"
precision_check = true
[reference]
kind = "gfn2"
[reference_dynamics]
repeat = false
[data]
molecules = ["water"]
[data.label]
[dynamics]
[learning_curve]
structures = [20, 40, 80]
[cost]
force_mae_mev_per_angstrom = 1e6
[[models]]
name = "PaiNN"
preset = "small"
[[models]]
name = "two"
preset = "small"
architecture = { architecture = "painn", outputs = ["energy"] }
split = { train = 0.85, validation = 0.05 }
dipole = { preset = "small" }
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("curve")
    (folder / "study.toml").write_text(STUDY)
    options = ("--scale", "test", "--workers", "2", "--output", "report", "--device", "cpu")
    vibench("run", "study.toml", *options, cwd=folder)
    return folder / "report"


def table(report, name):
    with (report / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_model_has_an_error_for_each_number_and_for_all(report):
    rows = table(report, "learning-curves")
    sizes = {}
    for row in rows:
        sizes.setdefault(row["model"], []).append(int(row["training structures"]))
        assert float(row["force MAE (meV/Å)"]) > 0
    # 20 structures: 60 % of them for training, 70 % by the split of the second model.
    assert sizes == {"PaiNN": [2, 3, 4, 12], "two": [2, 3, 4, 14]}


def test_points_are_scores_with_their_number_of_structures(report):
    scores = json.loads((report / "summary.json").read_text())["scores"]
    points = [score for score in scores if score["training_structures"] is not None]
    assert {score["training_structures"] for score in points} == {2, 3, 4, 12, 14}
    whole = [s for s in scores if s["name"] == "force MAE" and s["training_structures"] is None]
    last = [s for s in points if s["name"] == "force MAE" and s["training_structures"] == 12]
    assert last[0]["value"] in {score["value"] for score in whole}


def test_conclusions_are_drawn_for_every_error_and_model(report):
    rows = table(report, "data-efficiency")
    assert len(rows) == 3 * 2
    assert all(float(row["exponent low"]) < float(row["exponent"]) for row in rows)
    assert all(row["structures needed"] for row in rows)


def test_curves_stay_out_of_the_tables_of_the_models(report):
    assert {row["model"] for row in table(report, "errors")} == {"PaiNN", "two"}
    names = {row["score"] for row in table(report, "other-scores")}
    assert not [name for name in names if "exponent" in name or "needed" in name]


def test_costs_are_told_by_model(report):
    rows = {row["model"]: row for row in table(report, "model-costs")}
    assert rows.keys() == {"GFN2-xTB", "PaiNN", "two"}
    for name in ("PaiNN", "two"):
        for column in ("training (core-h)", "learning curve (core-h)", "dynamics (core-h)"):
            assert float(rows[name][column]) > 0
        assert int(rows[name]["parameters"]) > 0
        # Any error is below the huge one that the study asks for, after the first epoch.
        column = next(key for key in rows[name] if key.startswith("time to"))
        assert float(rows[name][column]) > 0
    assert float(rows["GFN2-xTB"]["labels (core-h)"]) > 0
    assert rows["GFN2-xTB"]["parameters"] == ""


def test_page_and_figures_show_the_curves(report):
    assert (report / "figures/learning-curves.svg").is_file()
    page = (report / "report.html").read_text(encoding="utf-8")
    assert 'id="efficiency-0"' in page
    assert "Force MAE by training structures" in page
