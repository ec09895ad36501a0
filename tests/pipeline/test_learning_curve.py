"""Learning curves and splits of single models: the tasks of a study."""

import pytest

from vibench.core.errors import InputError
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.study import read_study

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
[data.label]
[learning_curve]
structures = [50, 100]
[[models]]
name = "PaiNN"
[[models]]
name = "MACE"
architecture = { architecture = "mace", outputs = ["energy"] }
split = { train = 0.85, validation = 0.05 }
dipole = {}
"""


def read(tmp_path, text=STUDY):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path, measured={})


def tasks(study):
    return {task.name: task for task in in_order(build_tasks(study))}


def test_every_model_is_trained_and_judged_once_more_for_each_number(tmp_path):
    found = tasks(read(tmp_path))
    trained = [name for name in found if name.startswith("train") and "structures" in name]
    assert trained == [
        "train · PaiNN, 50 structures",
        "train · PaiNN, 100 structures",
        "train · MACE, 50 structures",
        "train · MACE, dipole, 50 structures",
        "train · MACE, 100 structures",
        "train · MACE, dipole, 100 structures",
    ]
    recipe = found["train · PaiNN, 50 structures"].recipe
    assert recipe["subset"] == {"structures": 50, "seed": 0, "budget": "steps"}
    assert "subset" not in found["train · PaiNN"].recipe
    same = {"architecture", "training"}
    whole = found["train · PaiNN"].recipe
    assert {key: recipe[key] for key in same} == {key: whole[key] for key in same}
    judged = found["evaluate · MACE, 50 structures"]
    assert judged.inputs["dipole model"] == "train · MACE, dipole, 50 structures"
    assert judged.recipe["training_structures"] == 50
    assert found["learning-curve"].inputs == {
        "dataset": "dataset",
        "split MACE": "split · MACE",
        "PaiNN · all": "evaluate · PaiNN",
        "PaiNN · 50": "evaluate · PaiNN, 50 structures",
        "PaiNN · 100": "evaluate · PaiNN, 100 structures",
        "MACE · all": "evaluate · MACE",
        "MACE · 50": "evaluate · MACE, 50 structures",
        "MACE · 100": "evaluate · MACE, 100 structures",
    }


def test_both_parts_of_a_model_use_its_split_and_all_have_one_test_set(tmp_path):
    found = tasks(read(tmp_path))
    for name in ("train · MACE", "train · MACE, dipole", "train · MACE, 50 structures"):
        assert found[name].inputs == {"dataset": "dataset", "split": "split · MACE"}
    assert found["train · PaiNN"].inputs == {"dataset": "dataset"}
    assert found["split · MACE"].recipe["own"] == {"train": 0.85, "validation": 0.05}
    for name in ("evaluate · PaiNN", "evaluate · MACE"):
        assert found[name].inputs["dataset"] == "dataset"
        assert "split" not in found[name].inputs


def test_curves_can_be_of_some_models(tmp_path):
    chosen = STUDY.replace("[50, 100]", '[50, 100]\nmodels = ["PaiNN"]\nbudget = "epochs"')
    found = tasks(read(tmp_path, chosen))
    assert "train · MACE, 50 structures" not in found
    assert found["train · PaiNN, 50 structures"].recipe["subset"]["budget"] == "epochs"


def test_test_scale_keeps_the_number_of_points_and_shrinks_them(tmp_path):
    study = read(tmp_path)
    small = at_test_scale(study)
    assert small.learning_curve.structures == (2, 3)
    assert len(tasks(small)) == len(tasks(study))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (STUDY.replace("[50, 100]", "[100, 50]"), r"structures must ascend, found \[100, 50\]"),
        (STUDY.replace("[50, 100]", '[50]\nmodels = ["Painn"]'), "Did you mean 'PaiNN'"),
        (STUDY.replace("[50, 100]", "[50]\nbudget = 'time'"), "budget: .*'steps' or 'epochs'"),
        (STUDY.replace("[50, 100]", "[50]\ntargets = { force = 1.0 }"), "'force MAE'"),
        (STUDY.replace("validation = 0.05", "test = 0.05"), "unknown key 'models.1.split.test'"),
    ],
)
def test_what_makes_no_curve_is_refused(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, wrong)
