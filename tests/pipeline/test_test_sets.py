"""Test sets of a study: what is made from what, what is refused, and a whole study in miniature."""

import json
from contextlib import nullcontext

import numpy as np
import pytest

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.protocols import Silent
from vibench.core.structure_errors import ENERGY_ERROR, parse_structure_errors_csv
from vibench.pipeline.execution import execute
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.run import report_study
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.sites import in_process
from vibench.pipeline.stages.job import Job
from vibench.pipeline.stages.recipes import (
    TestSetStage as SetStage,
)  # pytest takes names with Test for tests
from vibench.pipeline.stages.test_sets import make_test_set, read_frame_times
from vibench.pipeline.study import read_study
from vibench.pipeline.tasks import Resources, Task
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.store.artefacts import Store
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import read_correlations, read_scores

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
unseen = ["H2"]
[data.label]
structures_per_temperature = 20
[[models]]
name = "PaiNN"
preset = "tiny"
[[models]]
name = "SchNet"
preset = "tiny"
architecture = "schnet"
"""
SETS = """
[[test_sets]]
name = "PMD"
kind = "representative"
structures = 20
production_fs = 20000.0
frame_stride = 100
[[test_sets]]
name = "random"
kind = "random"
structures = 20
production_fs = 20000.0
frame_stride = 100
[[test_sets]]
name = "AIMD 700 K"
kind = "first"
structures = 1000
temperature_k = 700.0
frame_stride = 1
molecules = ["water"]
"""
CONTINUED = """
[[test_sets]]
name = "x"
kind = "random"
"""


def read(tmp_path, text=STUDY + SETS):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path, measured={})


def graph(study):
    return {task.name: task for task in in_order(build_tasks(study))}


def test_sets_of_equal_dynamics_share_a_trajectory_of_the_reference(tmp_path):
    tasks = graph(read(tmp_path))
    made = {name: task.inputs for name, task in tasks.items() if task.stage == "test-set"}
    assert made == {
        "test-set · PMD · water": {"dynamics": "dynamics · GFN2-xTB for PMD · water"},
        "test-set · PMD · H2": {"dynamics": "dynamics · GFN2-xTB for PMD · H2"},
        "test-set · random · water": {"dynamics": "dynamics · GFN2-xTB for PMD · water"},
        "test-set · random · H2": {"dynamics": "dynamics · GFN2-xTB for PMD · H2"},
        "test-set · AIMD 700 K · water": {"dynamics": "dynamics · GFN2-xTB for AIMD 700 K · water"},
    }
    motion = tasks["dynamics · GFN2-xTB for PMD · water"].recipe["dynamics"]
    assert (motion["temperatures_k"], motion["replicas"]) == ([300.0], 1)
    first = tasks["dynamics · GFN2-xTB for AIMD 700 K · water"].recipe["dynamics"]
    assert first["production_fs"] == 500.0  # as long as 1000 frames of 0.5 fs


def test_random_numbers_are_none_that_a_compared_run_uses(tmp_path):
    study = read(tmp_path, STUDY + SETS + "[dynamics]\nseed = 5\n")
    seeds = {
        name: task.recipe["dynamics"]["seed"]
        for name, task in graph(study).items()
        if task.stage == "dynamics"
    }
    own = {seed for name, seed in seeds.items() if " for " in name}
    assert own == {1005}
    assert own.isdisjoint(seed for name, seed in seeds.items() if " for " not in name)


def test_every_model_is_judged_on_every_set_and_all_are_correlated(tmp_path):
    tasks = graph(read(tmp_path))
    roles = set(tasks["evaluate · SchNet"].inputs)
    assert roles == {
        "model",
        "dataset",
        "unseen · H2",
        "PMD · water",
        "PMD · H2",
        "random · water",
        "random · H2",
        "AIMD 700 K · water",
    }
    assert tasks["correlation · PMD"].inputs == {
        "PaiNN": "evaluate · PaiNN",
        "SchNet": "evaluate · SchNet",
    }


def test_given_potentials_are_judged_without_training_data(tmp_path):
    study = read(
        tmp_path,
        'title = "x"\n[reference]\nkind = "gfn2"\n[data]\nmolecules = ["water"]\n'
        '[data.label]\n[[models]]\nname = "GFN1"\n'
        'potential = { kind = "gfn2", method = "GFN1-xTB" }\n' + SETS,
    )
    tasks = graph(study)
    assert "PMD · water" in tasks["evaluate · GFN1"].inputs
    assert not [name for name in tasks if name.startswith("correlation")]  # with itself only


def test_test_scale_is_small_and_keeps_the_graph(tmp_path):
    # Sets that differ in length alone must not come to share a trajectory.
    longer = SETS.replace("20000.0", "30000.0", 1)
    for text in (SETS, longer):
        study = read(tmp_path, STUDY + text)
        small = at_test_scale(study)
        assert list(graph(small)) == list(graph(study))
        for one in small.test_sets:
            assert one.structures <= 12
            assert one.motion(small.dynamics).total_steps < 400
            assert one.temperature_k in (300.0, 700.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'title = "x"\n[data]\nmolecules = ["water"]\n' + SETS,
            r"test_sets come from dynamics of a reference method: add a table \[reference\]",
        ),
        (
            STUDY + SETS.replace('["water"]', '["watre"]'),
            r"test_sets 'AIMD 700 K': unknown molecule 'watre'\. Did you mean 'water'\?",
        ),
        (
            STUDY + CONTINUED + "structures = 1000\nproduction_fs = 100.0\nframe_stride = 10\n",
            "1000 structures of each molecule are wanted, but 100 fs with frame_stride 10 have 20",
        ),
        (STUDY + SETS.replace("PMD", "test"), "a name without ' · ' that is none of test, unseen"),
        (STUDY + SETS.replace("PMD", "random"), "test_sets 'random' is there twice"),
        (STUDY + SETS.replace("structures", "structure", 1), "Did you mean 'structures'?"),
        (STUDY + SETS.replace('"first"', '"frist"'), "'representative', 'random' or 'first'"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_name(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, text)
    assert "study.toml" in str(error.value)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study at test scale: its settings, its results in the store, its report."""
    folder = tmp_path_factory.mktemp("study")
    study = at_test_scale(read(folder))
    results = execute(
        in_order(build_tasks(study)),
        Store(folder / "runs"),
        in_process(Resources()),
        spectator=lambda _: None,
    )
    report_study(study, runs=folder / "runs", output=folder / "report")
    return study, results, folder / "report"


def test_structures_are_frames_of_the_reference_and_labelled_by_it(finished):
    _, results, _ = finished
    trajectory = read_hdf5(
        results["dynamics · GFN2-xTB for PMD · water"].file("trajectories.h5"), list
    )[0]
    for name in ("PMD", "random"):
        made = results[f"test-set · {name} · water"]
        data, times = read_hdf5(made.file("dataset.h5"), Dataset), made.file("frames.csv")
        frames = read_frame_times(times) / (trajectory.frame_stride * trajectory.time_step_fs)
        frames = frames.astype(int)
        assert (np.diff(frames) > 0).all()
        positions = trajectory.positions[frames].reshape(-1, 3)
        np.testing.assert_array_equal(data.molecules.positions, positions)
        steps = frames * trajectory.frame_stride
        np.testing.assert_allclose(
            data.properties.energy, trajectory.potential_energy[steps], atol=1e-6
        )
        assert data.level_of_theory == "GFN2-xTB"
    times = read_frame_times(results["test-set · AIMD 700 K · water"].file("frames.csv"))
    np.testing.assert_allclose(times, 1.0 * np.arange(12))


class FailsTwice:
    """GFN2-xTB that has no answer for the third and the sixth structure."""

    name = "GFN2-xTB"
    capabilities = GFN2().capabilities

    def __call__(self, molecules):
        found = GFN2()(molecules)
        found.energy[[2, 5]] = np.nan
        return found


def test_structures_without_labels_are_left_out_with_their_times(finished, tmp_path, monkeypatch):
    _, results, _ = finished
    moved = results["dynamics · GFN2-xTB for AIMD 700 K · water"]
    recipe = SetStage(
        molecule={"name": "water"},
        potential={"kind": "gfn2"},
        selection={"kind": "first", "structures": 10},
    )
    task = Task("x", "test-set", recipe.model_dump(mode="json"), {"dynamics": "moved"})
    monkeypatch.setattr(
        "vibench.pipeline.stages.job.open_potential", lambda *_: nullcontext(FailsTwice())
    )
    with Store(tmp_path).workspace(task.identity({"moved": moved})) as workspace:
        outcome = make_test_set(
            recipe, Job(task, {"dynamics": moved}, workspace, Silent(), Resources())
        )
        data = read_hdf5(workspace.path("dataset.h5"), Dataset)
        times = read_frame_times(workspace.path("frames.csv"))
    assert outcome == {"text": "2 structures without labels were left out", "structures": 8}
    np.testing.assert_array_equal(times, [0, 1, 3, 4, 6, 7, 8, 9])
    trajectory = read_hdf5(moved.file("trajectories.h5"), list)[0]
    frames = trajectory.positions[times.astype(int)].reshape(-1, 3)
    np.testing.assert_array_equal(data.molecules.positions, frames)


def test_scores_carry_the_name_of_the_set_and_agree_with_its_structures(finished):
    _, results, _ = finished
    evaluated = results["evaluate · PaiNN"]
    scores = read_scores(evaluated.file("scores.json"))
    assert {s.dataset for s in scores if s.name == "force MAE"} == {
        "test",
        "unseen",
        "PMD",
        "random",
        "AIMD 700 K",
    }
    path = evaluated.file("structure-errors.csv")
    errors = {one.dataset: one for one in parse_structure_errors_csv(path.read_text(), str(path))}
    for name, one in errors.items():
        for molecule in (None, "water"):
            score = next(
                s
                for s in scores
                if (s.name, s.dataset, s.molecule) == ("energy MAE", name, molecule)
            )
            own = one if molecule is None else one.of(molecule)
            assert score.value == pytest.approx(np.abs(own.values[ENERGY_ERROR]).mean(), rel=1e-6)
            assert (score.n, score.unit) == (len(own.molecules), "meV")
    assert errors["PMD"].molecules == ("water",) * 12 + ("H2",) * 12


def test_correlations_are_of_these_errors(finished):
    _, results, _ = finished
    found = read_correlations(results["correlation · AIMD 700 K"].file("correlations.json"))
    errors = []
    for model in ("PaiNN", "SchNet"):
        path = results[f"evaluate · {model}"].file("structure-errors.csv")
        sets = parse_structure_errors_csv(path.read_text(), str(path))
        errors.append(next(one for one in sets if one.dataset == "AIMD 700 K"))
    expected = np.corrcoef(*(one.values[ENERGY_ERROR] for one in errors))[0, 1]
    energy = next(one for one in found if one.quantity == "energy error")
    assert energy.value == pytest.approx(expected, abs=1e-6)
    assert (energy.first, energy.second, energy.n) == ("PaiNN", "SchNet", 12)


def test_the_report_has_a_table_per_set_plots_and_the_errors_of_each_frame(finished):
    _, _, report = finished
    tables = {path.name for path in (report / "tables").iterdir()}
    assert {
        "errors.csv",
        "errors-PMD.csv",
        "errors-random.csv",
        "errors-AIMD-700-K.csv",
        "error-correlations.csv",
    } <= tables
    assert "PMD" not in (report / "tables" / "errors.csv").read_text()
    assert "H2" in (report / "tables" / "errors-PMD.csv").read_text()
    figures = {path.name for path in (report / "figures").iterdir()}
    assert {"errors-AIMD-700-K-water.svg", "correlation-PMD.svg"} <= figures
    path = report / "errors" / "AIMD-700-K.csv"
    assert [one.model for one in parse_structure_errors_csv(path.read_text(), str(path))] == [
        "PaiNN",
        "SchNet",
    ]
    page = (report / "report.html").read_text()
    assert "Errors on the test set AIMD 700 K" in page
    assert "Energy error against time: AIMD 700 K, water, 700 K" in page
    summary = json.loads((report / "summary.json").read_text())
    assert "AIMD 700 K" in {score["dataset"] for score in summary["scores"]}
