"""What is left of priced work: each piece has its tasks, and those in the store are done."""

import pytest

from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.pricing import price
from vibench.pipeline.remaining import shares_left, work_tasks
from vibench.pipeline.study import read_study

STUDY = """
title = "Everything that is priced"
[reference]
kind = "gfn2"
[data]
molecules = ["water", "ammonia"]
unseen = ["methanol"]
[data.label]
structures_per_temperature = 20
[active_learning]
model = "SchNet"
rounds = 2
[dynamics]
replicas = 2
[robustness]
molecules = ["water"]
[learning_curve]
structures = [10, 20]
[[models]]
name = "SchNet"
preset = "tiny"
architecture = "schnet"
seeds = 2
[[models]]
name = "both"
preset = "tiny"
[models.dipole]
preset = "tiny"
[[models]]
name = "GFN1"
potential = { kind = "gfn2", method = "GFN1-xTB" }
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return read_study(path, measured={})


def test_every_task_that_takes_long_belongs_to_a_piece_of_work(study):
    tasks = in_order(build_tasks(study))
    pieces = {(one.kind, one.potential, one.part): one for one in price(study)}
    belong = {name: work_tasks(study, one, tasks) for name, one in pieces.items()}
    assert all(belong.values())
    long = ("label", "acquire", "explore", "train", "retrain", "dynamics")
    assert {name for names in belong.values() for name in names} == {
        task.name for task in tasks if task.stage in long
    }
    # Structures are sampled and labelled by one task, everything else by a task of its own.
    for name, others in belong.items():
        for other, theirs in belong.items():
            if other != name and {name[0], other[0]} != {"labels", "sampling"}:
                assert not set(others) & set(theirs)
    assert belong["training", "both", "dipole"] == ["train · both, dipole"]
    assert belong["dynamics", "GFN2-xTB", "whole"][:2] == [
        "dynamics · GFN2-xTB · water",
        "dynamics · repeat of GFN2-xTB · water",
    ]
    assert belong["robustness", "GFN1", "whole"] == [
        "dynamics · GFN1 · water · constant energy",
        "dynamics · GFN1 · water · hot",
    ]


def test_what_is_stored_is_not_left(study):
    tasks, work = in_order(build_tasks(study)), price(study)
    assert shares_left(study, work, tasks, ()) == [1.0] * len(work)
    assert shares_left(study, work, tasks, {task.name for task in tasks}) == [0.0] * len(work)
    stored = {"train · SchNet, seed 0", "dynamics · GFN2-xTB · water"}
    left = dict(zip(work, shares_left(study, work, tasks, stored), strict=True))
    found = {(one.kind, one.potential): share for one, share in left.items() if share != 1.0}
    assert found == {("training", "SchNet"): 1 / 2, ("dynamics", "GFN2-xTB"): 5 / 6}
