"""Costs: which potential the work of a study is for, and what counts once."""

from pathlib import Path

import pytest

from vibench.core.record import Identity, RunRecord
from vibench.pipeline.costs import gathered_costs
from vibench.pipeline.study import read_study
from vibench.store.artefacts import Artefact

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
[data.label]
[[test_sets]]
name = "hot"
kind = "first"
structures = 10
[[models]]
name = "A"
seeds = 2
[models.dipole]
[[models]]
name = "B"
"""


def artefact(name, folder, **further):
    outcome = {"text": "", "parameters": 100}
    observed = {"wall_s": 36.0, "peak_memory_mib": 1.0, "threads": 1, "outcome": outcome} | further
    identity = Identity(stage=name.partition(" ")[0], recipe={}, inputs={})
    return Artefact(Path(folder), RunRecord(identity, observed), {})


def costs(tmp_path, **folders):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    found = {name: artefact(name, folder) for name, folder in folders.items()}
    return list(gathered_costs(read_study(path, measured={}), found))


def test_every_seed_costs_and_one_has_the_size(tmp_path):
    trained = {
        f"train · A, seed {seed}{part}": f"{seed}{part}"
        for seed in (0, 1)
        for part in ("", ", dipole")
    }
    found = costs(tmp_path, **trained)
    assert [one.model for one in found] == ["A"] * 4
    assert [one.parameters for one in found] == [100, 100, None, None]


def test_a_shared_training_counts_for_each_model_and_once_for_one(tmp_path):
    shared = {"train · A, seed 0": "same", "train · A, seed 1": "same", "train · B": "same"}
    assert [one.model for one in costs(tmp_path, **shared)] == ["A", "B"]


def test_test_sets_are_work_of_the_reference(tmp_path):
    made = {"dynamics · GFN2-xTB for hot · water": "moved", "test-set · hot · water": "labelled"}
    found = costs(tmp_path, **made)
    assert {(one.model, one.what) for one in found} == {
        ("GFN2-xTB", "dynamics"),
        ("GFN2-xTB", "label"),
    }


@pytest.mark.parametrize(
    ("observed", "hours"),
    [
        ({"processor_s": 72.0, "threads": 8}, 0.02),
        ({"processor_s": 72.0, "device": "cuda"}, 0.01),
        ({"threads": 8}, 0.08),
    ],
)
def test_hours_are_processor_time_or_time_of_a_gpu(tmp_path, observed, hours):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    found = {"train · B": artefact("train · B", "b", **observed)}
    (cost,) = gathered_costs(read_study(path, measured={}), found)
    assert cost.hours == pytest.approx(hours)
