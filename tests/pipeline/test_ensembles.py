"""Models with several seeds and committees in the graph of a study."""

import pytest

from vibench.core.errors import InputError
from vibench.data.recipes import SplitRecipe
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.potentials import (
    CommitteeRecipe,
    CompositeRecipe,
    in_precision,
    potential_files,
    potential_name,
)
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.short_forms import is_network, read_potential
from vibench.pipeline.stages.names import is_model_role, member_role
from vibench.pipeline.study import ModelRecipe, read_study
from vibench.pipeline.verbs import train_tasks

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
unseen = ["methanol"]
[data.label]
structures_per_temperature = 20
[dynamics]
temperatures_k = [300.0]
seed = 5
[observed.water]
fundamentals_cm1 = [1595.0, 3657.0, 3756.0]
citation = "none"
[[models]]
name = "PaiNN"
[[models]]
name = "SchNet"
architecture = "schnet"
training = { seed = 7 }
[models.dipole]
architecture = "painn"
"""


@pytest.fixture
def plan(tmp_path):
    def read(text):
        path = tmp_path / "study.toml"
        path.write_text(text)
        study = read_study(path, measured={})
        return study, {task.name: task for task in in_order(build_tasks(study))}

    return read


def seeds(count, text=STUDY):
    return text.replace('name = "PaiNN"', f'name = "PaiNN"\nseeds = {count}').replace(
        'name = "SchNet"', f'name = "SchNet"\nseeds = {count}'
    )


def test_one_seed_changes_nothing(plan):
    _, without = plan(STUDY)
    _, one = plan(seeds(1))
    assert one == without
    assert not {task.stage for task in one.values()} & {
        "ensemble",
        "ensemble-spectra",
        "seed-ranking",
    }


def test_every_training_is_a_model_with_seeds_of_its_own(plan):
    study, tasks = plan(seeds(3))
    first, _, last = study.models[1].members
    assert (first.name, last.name) == ("SchNet, seed 7", "SchNet, seed 9")
    assert tasks["train · SchNet, seed 9"].recipe["training"]["seed"] == 9
    assert tasks["train · SchNet, seed 9, dipole"].recipe["training"]["seed"] == 2
    for stage in ("vibrations", "dynamics", "spectra"):
        assert f"{stage} · PaiNN, seed 2 · water" in tasks
        assert f"{stage} · PaiNN · water" not in tasks
    moved = [
        tasks[f"dynamics · {name} · water"].recipe["dynamics"]["seed"]
        for name in (
            *("PaiNN, seed 0", "PaiNN, seed 1", "PaiNN, seed 2"),
            *("GFN2-xTB", "repeat of GFN2-xTB"),
        )
    ]
    assert moved == [5, 8, 9, 6, 7]


def test_all_judgements_of_the_trainings_go_into_the_model(plan):
    _, tasks = plan(seeds(2))
    inputs = set(tasks["ensemble · PaiNN"].inputs.values())
    for seed in (0, 1):
        member = f"PaiNN, seed {seed}"
        assert {
            f"evaluate · {member}",
            f"frequencies · {member} · GFN2-xTB · water",
            f"compare · {member} · GFN2-xTB · methanol",
            f"fundamentals · {member} · water",
        } <= inputs
    assert not any("SchNet" in name or "committee" in name for name in inputs)
    assert set(tasks["ensemble-spectra · SchNet · methanol"].inputs) == {
        "SchNet, seed 7",
        "SchNet, seed 8",
    }


def test_the_committee_is_made_of_all_trainings(plan):
    _, tasks = plan(seeds(2))
    task = tasks["evaluate · SchNet, committee"]
    assert task.inputs == {
        "member 0: energy model": "train · SchNet, seed 7",
        "member 0: dipole model": "train · SchNet, seed 7, dipole",
        "member 1: energy model": "train · SchNet, seed 8",
        "member 1: dipole model": "train · SchNet, seed 8, dipole",
        "dataset": "dataset",
        "unseen · methanol": "label · methanol",
    }
    recipe = CommitteeRecipe.model_validate(task.recipe["potential"])
    assert potential_name(recipe) == "SchNet, committee"
    assert all(isinstance(member, CompositeRecipe) for member in recipe.members)


def test_rankings_hold_all_trainings(plan):
    _, tasks = plan(seeds(2))
    ranking = tasks["ranking · GFN2-xTB"]
    assert ranking.recipe["models"] == {
        "PaiNN": ["PaiNN, seed 0", "PaiNN, seed 1"],
        "SchNet": ["SchNet, seed 7", "SchNet, seed 8"],
    }
    assert ranking.inputs["SchNet, seed 8 · water"] == "spectra · SchNet, seed 8 · water"
    by_errors = tasks["seed-ranking"]
    assert by_errors.recipe["models"] == ranking.recipe["models"]
    assert not any(name.startswith("compare") for name in by_errors.inputs.values())


def test_models_trained_once_are_not_compared_over_seeds(plan):
    _, tasks = plan(STUDY.replace('name = "PaiNN"', 'name = "PaiNN"\nseeds = 2'))
    assert "ensemble · PaiNN" in tasks
    assert "seed-ranking" not in tasks
    assert tasks["ranking · GFN2-xTB"].inputs["SchNet · water"] == "spectra · SchNet · water"


def test_test_scale_has_two_seeds_at_most(plan):
    study, _ = plan(seeds(5))
    assert [model.seeds for model in at_test_scale(study).models] == [2, 2]
    study, _ = plan(STUDY)
    assert [model.seeds for model in at_test_scale(study).models] == [1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (seeds(0), "greater than or equal to 1, found 0"),
        (
            seeds(2).replace('name = "SchNet"', 'name = "PaiNN, seed 1"'),
            "two models share a name",
        ),
        (
            seeds(2)
            .replace("[models.dipole]", "[models.potential]")
            .replace('architecture = "painn"', 'kind = "gfn2"'),
            "is not trained: remove",
        ),
    ],
)
def test_seeds_that_cannot_be(plan, text, message):
    with pytest.raises(InputError, match=message):
        plan(text)


def test_training_outside_a_study_takes_one_seed(tmp_path):
    with pytest.raises(InputError, match="seeds = 3 means something in a study only"):
        train_tasks([tmp_path / "data.h5"], ModelRecipe(name="m", seeds=3), SplitRecipe())


def test_committees_are_given_by_a_file_of_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    for name in ("a", "b", "dipole"):
        (tmp_path / "models" / f"{name}.safetensors").touch()
    (tmp_path / "models" / "c.toml").write_text(
        'kind = "committee"\n[[members]]\nkind = "learned"\npath = "a.safetensors"\n'
        '[[members]]\nkind = "composite"\n[members.energy]\nkind = "learned"\n'
        'path = "b.safetensors"\n[members.dipole]\nkind = "learned"\n'
        'path = "dipole.safetensors"\n'
    )
    recipe, files = read_potential("models/c.toml", dtype="float64")
    assert potential_name(recipe) == "committee of a, b+dipole"
    assert files == {
        "member 0: model": "models/a.safetensors",
        "member 1: energy model": "models/b.safetensors",
        "member 1: dipole model": "models/dipole.safetensors",
    }
    assert files == potential_files(recipe)
    assert recipe.members[0].dtype == recipe.members[1].dipole.dtype == "float64"
    assert in_precision(recipe, "float32").members[0].dtype == "float64"
    assert is_network("models/c.toml")
    (tmp_path / "models" / "c.toml").write_text('kind = "committee"\nmembers = []\n')
    with pytest.raises(InputError, match="at least 1 item"):
        read_potential("models/c.toml", dtype="float32")


def test_roles_of_models():
    for role in ("model", "energy model", "dipole model"):
        assert is_model_role(role)
        assert is_model_role(member_role(12, role))
    for role in ("dataset", "unseen model", "member 1: dataset", "structures"):
        assert not is_model_role(role)
