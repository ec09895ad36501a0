"""Prices: the work of a study, from declared numbers alone."""

from pathlib import Path

import pytest

from vibench.core.errors import InputError
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.pricing import price, price_notes
from vibench.pipeline.study import read_study
from vibench.pipeline.tasks import Resources
from vibench.pipeline.timing import measured_hours

PAPER = Path(__file__).parents[2] / "studies/paper.toml"

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
unseen = ["methanol"]
[data.label]
temperatures_k = [300.0, 600.0]
structures_per_temperature = 100
normal_mode_share = 0.2
spacing_fs = 50.0
equilibration_fs = 500.0
[dynamics]
replicas = 2
equilibration_fs = 100.0
production_fs = 400.0
[spectra]
depth_fs = 200.0
[learning_curve]
structures = [20, 40]
[[models]]
name = "PaiNN"
preset = "tiny"
training = { epochs = 10 }
"""


def read(tmp_path, text=STUDY):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path, measured={})


def amounts(study):
    return {(one.kind, one.potential, one.part): one.amount for one in price(study)}


def test_amounts_are_those_of_the_settings(tmp_path):
    steps = 2 * 2 * (1000 - 1)  # molecules, replicas, steps of 0.5 fs
    assert amounts(read(tmp_path)) == {
        ("labels", "GFN2-xTB", "whole"): 2 * 2 * 100,
        ("sampling", "GFN2-xTB", "whole"): 2 * 2 * (80 * 50 + 5 * 500) * 2,
        ("dynamics", "GFN2-xTB", "whole"): 2 * steps,
        ("training", "PaiNN", "whole"): 10 * 160,
        ("learning curve", "PaiNN", "whole"): 2 * 10 * 160,
        ("dynamics", "PaiNN", "whole"): steps,
    }


def test_a_budget_of_epochs_and_a_shorter_reference_cost_less(tmp_path):
    text = STUDY.replace("[20, 40]", '[20, 40]\nbudget = "epochs"')
    text += "[reference_dynamics]\nrepeat = false\nreplicas = 1\n"
    found = amounts(read(tmp_path, text))
    assert found["learning curve", "PaiNN", "whole"] == 10 * (20 + 40)
    assert found["dynamics", "GFN2-xTB", "whole"] == 2 * 999
    found = amounts(read(tmp_path, STUDY + "[reference_dynamics]\nrun = false\n"))
    assert ("dynamics", "GFN2-xTB", "whole") not in found


def test_time_is_measured_for_everything(tmp_path):
    study = read(tmp_path)
    work = price(study)
    hours = measured_hours(study, work, Resources(device="cpu"))
    assert all(hour is not None and hour > 0 for hour in hours)
    by_kind = {
        (one.kind, one.potential): (one.amount, hour) for one, hour in zip(work, hours, strict=True)
    }
    # One evaluation of GFN2-xTB takes from a tenth of a millisecond to a second.
    amount, hour = by_kind["labels", "GFN2-xTB"]
    assert 1e-4 < 3600 * hour / amount < 1


def test_the_paper_is_priced_without_its_data(monkeypatch):
    monkeypatch.delenv("VIBENCH_PALIRS", raising=False)
    study = read_study(PAPER, measured={})
    assert len(build_tasks(study, data_at_hand=False)) > 50
    found = amounts(study)
    assert found["training", "SchNet", "whole"] == 1000 * 13188
    assert found["training", "MACE", "whole"] == 1000 * 14012
    assert found["training", "MACE", "dipole"] == 500 * 14012
    assert found["dynamics", "PaiNN", "whole"] == len(study.data.molecules) * 109_999
    notes = " ".join(price_notes(study))
    assert "the data are not at hand" in notes
    assert "VIBENCH_PALIRS" in notes


def test_without_a_declared_number_trainings_have_no_price(tmp_path, monkeypatch):
    monkeypatch.delenv("VIBENCH_PALIRS", raising=False)
    text = PAPER.read_text().replace("structures = 16485\n", "")
    study = read(tmp_path, text)
    assert amounts(study)["training", "SchNet", "whole"] is None
    assert "add data.file.structures" in " ".join(price_notes(study))


def test_a_run_needs_the_data_and_says_which(monkeypatch):
    monkeypatch.delenv("VIBENCH_PALIRS", raising=False)
    study = read_study(PAPER, measured={})
    with pytest.raises(InputError, match=r"data\.file: environment variable VIBENCH_PALIRS"):
        build_tasks(study)
    monkeypatch.setenv("VIBENCH_PALIRS", "/nowhere/structures.xyz")
    with pytest.raises(InputError, match=r"/nowhere/structures\.xyz, which '\$VIBENCH_PALIRS'"):
        build_tasks(study)
