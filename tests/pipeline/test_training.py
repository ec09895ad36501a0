"""Training as a task: weights to start from, divergence in the record, event files."""

import csv

import numpy as np
import pytest

from tests.train.runs import diatomics
from vibench.core.errors import InputError, TaskError
from vibench.data.recipes import SplitRecipe
from vibench.pipeline.execution import execute
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.parsing import parse
from vibench.pipeline.results import gather_results
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.sites import in_process
from vibench.pipeline.study import ModelRecipe, read_study
from vibench.pipeline.tasks import Resources
from vibench.pipeline.verbs import train_tasks
from vibench.report.tables import cost_table, task_table
from vibench.store.artefacts import Store
from vibench.store.hdf5 import write_hdf5
from vibench.store.weights import read_weights, write_weights

QUICK = {"batch_size": 8, "epochs": 3, "dipole_weight": 0.1}
DIVERGING = {
    "start_epoch": 2,
    "energy_weight": 1.0,
    "force_weight": 1.0,
    "learning_rate": 1e30,
}
STUDY = """
title = "springs"
[data]
molecules = ["water"]
[data.file]
path = "springs.npz"
format = "npz"
keys = { numbers = "z", positions = "r", energy = "e" }
length_unit = "angstrom"
energy_unit = "eV"
level_of_theory = "spring"
[[models]]
name = "tuned"
preset = "tiny"
[models.architecture]
architecture = "mace"
outputs = ["energy"]
[models.training]
start = "old/energy.safetensors"
[models.dipole]
preset = "tiny"
architecture = "mace_dipole"
[models.dipole.training]
start = "old/dipole.safetensors"
"""


@pytest.fixture(scope="module")
def springs(tmp_path_factory):
    path = tmp_path_factory.mktemp("springs") / "dataset.h5"
    write_hdf5(path, diatomics())
    return path


def trained(springs, root, training, resources=None):
    model = parse(
        ModelRecipe, {"name": "springs", "preset": "tiny", "training": QUICK | training}, "model"
    )
    tasks = train_tasks([springs], model, SplitRecipe())
    results = execute(
        tasks,
        Store(root),
        in_process(resources or Resources(device="cpu")),
        spectator=lambda _: None,
    )
    return results[tasks[-1].name]


def learning_curve(result):
    text = result.file("history.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_training_goes_on_from_the_weights_of_a_file(springs, tmp_path):
    first = trained(springs, tmp_path, {})
    path = first.file("model.safetensors")
    frozen = {"start": str(path), "learning_rate": 1e-12, "minimum_learning_rate": 0.0}
    second = trained(springs, tmp_path, frozen)
    assert second.record.identity.inputs["start"] == first.checksums["model.safetensors"]
    assert "start" not in second.record.identity.recipe["training"]
    old, new = read_weights(path), read_weights(second.file("model.safetensors"))
    for name, array in old.arrays.items():
        np.testing.assert_allclose(new.arrays[name], array, atol=1e-9, err_msg=name)


def test_the_content_of_the_file_is_known_and_not_its_place(springs, tmp_path):
    first = trained(springs, tmp_path, {})
    path, copy = first.file("model.safetensors"), tmp_path / "copy.safetensors"
    copy.write_bytes(path.read_bytes())
    keys = {
        trained(springs, tmp_path, {"start": str(file)}).record.identity.key
        for file in (path, copy)
    }
    assert len(keys) == 1
    weights = read_weights(path)
    name, array = next(iter(weights.arrays.items()))
    object.__setattr__(weights, "arrays", {**weights.arrays, name: array + 0.1})
    write_weights(copy, weights)
    assert trained(springs, tmp_path, {"start": str(copy)}).record.identity.key not in keys
    assert first.record.identity.key not in keys


def test_a_model_to_start_from_that_does_not_fit_is_bad_input(springs, tmp_path):
    path = trained(springs, tmp_path, {}).file("model.safetensors")
    model = {
        "name": "larger",
        "preset": "tiny",
        "architecture": {"features": 16},
        "training": QUICK | {"start": str(path)},
    }
    tasks = train_tasks([springs], parse(ModelRecipe, model, "model"), SplitRecipe())
    with pytest.raises(InputError, match="features: 8 → 16"):
        execute(
            tasks,
            Store(tmp_path),
            in_process(Resources(device="cpu")),
            spectator=lambda _: None,
        )


def test_studies_name_files_to_start_from_relative_to_their_own_place(tmp_path):
    (tmp_path / "old").mkdir()
    for name in ("old/energy.safetensors", "old/dipole.safetensors", "springs.npz", "study.toml"):
        (tmp_path / name).write_text(STUDY if name == "study.toml" else name)
    study = read_study(tmp_path / "study.toml", measured={})
    tasks = {task.name: task for task in build_tasks(study)}
    files = [tasks[name].files["start"] for name in ("train · tuned", "train · tuned, dipole")]
    assert files == [str(tmp_path / f"old/{part}.safetensors") for part in ("energy", "dipole")]
    small = {task.name: task for task in build_tasks(at_test_scale(study))}
    assert small.keys() == tasks.keys()
    assert not small["train · tuned"].files  # its architecture is a smaller one
    (tmp_path / "old/dipole.safetensors").unlink()
    with pytest.raises(InputError, match=r"no model file to start training from: .*dipole"):
        build_tasks(study)


def test_divergence_is_recorded_and_reported(springs, tmp_path):
    result = trained(springs, tmp_path, {"epochs": 4, "second_stage": DIVERGING})
    observed = result.record.observed
    assert observed["status"] == "done"
    outcome = observed["outcome"]
    assert outcome["text"].startswith("training diverged: the loss is not a finite number in epoch")
    assert "of OH); kept are the parameters of epoch" in outcome["text"]
    assert outcome["epochs"] == 2
    assert outcome["diverged_at_step"] >= 2 * 4
    rows = learning_curve(result)
    assert len(rows) == 2
    assert np.isfinite([float(value) for row in rows for value in row.values()]).all()
    weights = read_weights(result.file("model.safetensors"))
    assert all(np.isfinite(array).all() for array in weights.arrays.values())


def test_divergence_is_in_the_tables_and_warnings_of_the_report(springs, tmp_path):
    result = trained(springs, tmp_path, {"epochs": 4, "second_stage": DIVERGING})
    (tmp_path / "study.toml").write_text(STUDY.replace("start = ", "seed = 1 # "))
    (tmp_path / "springs.npz").write_text("")
    study = read_study(tmp_path / "study.toml", measured={})
    tasks = [task for task in build_tasks(study) if task.name == "train · tuned"]
    results = gather_results(study, tasks, {"train · tuned": result}, {})
    assert any("train · tuned: training diverged" in warning for warning in results.warnings)
    (cost,) = cost_table(results).rows
    assert "epochs 2" in cost[2]
    assert "diverged at step" in cost[2]
    (row,) = task_table(results).rows
    assert any("training diverged" in str(cell) for cell in row)


def test_divergence_at_once_fails_the_task(springs, tmp_path):
    with pytest.raises(TaskError, match="epoch 1, batch 2 of 4"):
        trained(springs, tmp_path, {"learning_rate": 1e30})


def test_event_files_hold_the_learning_curve_and_change_no_key(springs, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logs = tmp_path / "logs"
    watched = trained(springs, tmp_path / "one", {}, Resources(device="cpu", tensorboard=str(logs)))
    plain = trained(springs, tmp_path / "other", {})
    assert watched.record.identity.key == plain.record.identity.key
    events = EventAccumulator(str(logs / "springs"))
    events.Reload()
    rows = learning_curve(watched)
    for name in rows[0]:
        scalars = events.Scalars(name)
        assert [event.step for event in scalars] == [1, 2, 3]
        wanted = [float(row[name]) for row in rows]
        assert [event.value for event in scalars] == pytest.approx(wanted, rel=1e-6)
