"""Active learning: the graph of rounds, what is refused, and whole studies in miniature."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.data.active import force_uncertainty
from vibench.pipeline.execution import execute
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.pricing import price
from vibench.pipeline.run import report_study
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.sites import in_process
from vibench.pipeline.stages import active
from vibench.pipeline.stages.data import read_split
from vibench.pipeline.stages.names import SCORES
from vibench.pipeline.stages.visits import read_visits
from vibench.pipeline.study import read_study
from vibench.pipeline.tasks import Resources
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.committee import committee
from vibench.potentials.learned import LearnedPotential
from vibench.store.artefacts import Store
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import read_scores
from vibench.store.weights import read_weights

SHIPPED = Path(__file__).parents[2] / "studies"

STUDY = """
title = "Water"
[reference]
kind = "gfn2"
[data]
molecules = ["water"]
conformers = 1
[data.label]
temperatures_k = [300.0]
structures_per_temperature = 20
normal_mode_share = 1.0
[data.split]
train = 0.6
validation = 0.2
[active_learning]
model = "SchNet"
rounds = 2
temperatures_k = [300.0, 500.0]
structures_per_round = 5
unphysical_mev_per_angstrom = 100000.0
replicas = 1
time_fs = 20.0
frame_stride = 2
validation_share = 0.2
[[models]]
name = "SchNet"
preset = "tiny"
architecture = "schnet"
seeds = 2
training = { epochs = 2, batch_size = 8 }
"""


def read(folder, text=STUDY):
    path = folder / "study.toml"
    path.write_text(text)
    return read_study(path, measured={})


def graph(study):
    return {task.name: task for task in in_order(build_tasks(study))}


def run(study, root, last="evaluate · SchNet, committee"):
    """Run what the task *last* needs; return results and how each task came by its own."""
    tasks, wanted, waiting = graph(study), {}, [last]
    while waiting:
        task = tasks[waiting.pop()]
        wanted[task.name] = task
        waiting += task.inputs.values()
    events = {}
    results = execute(
        in_order(wanted.values()),
        Store(root),
        in_process(Resources()),
        spectator=lambda event: events.update({event.task.name: event.kind}),
    )
    return results, events


def dataset(results, name):
    return read_hdf5(results[name].file("dataset.h5"), Dataset)


def outcome(results, name):
    return results[name].record.observed["outcome"]


def test_each_round_learns_explores_labels_and_extends(tmp_path):
    tasks = graph(read(tmp_path))
    assert tasks["train · SchNet, seed 1, round 2"].inputs == {"dataset": "dataset · round 1"}
    assert tasks["explore · SchNet, committee, round 2 · water"].inputs == {
        "member 0: model": "train · SchNet, seed 0, round 2",
        "member 1: model": "train · SchNet, seed 1, round 2",
        "dataset": "dataset · round 1",
        "earlier dataset": "dataset · round 0",
        "start": "vibrations · GFN2-xTB · water",
    }
    assert tasks["acquire · round 2 · water"].inputs == {
        "dataset": "dataset · round 1",
        "exploration": "explore · SchNet, committee, round 2 · water",
    }
    assert tasks["dataset"].inputs == {
        "dataset": "dataset · round 1",
        "part water": "acquire · round 2 · water",
    }
    assert tasks["train · SchNet, seed 1"].inputs == {"dataset": "dataset"}
    last = tasks["evaluate · SchNet, committee, round 3"]
    assert last.inputs["member 1: model"] == "train · SchNet, seed 1"
    assert last.inputs["dataset"] == "dataset"


def test_every_round_has_random_numbers_of_its_own(tmp_path):
    tasks = graph(read(tmp_path))
    seeds = [
        tasks[f"explore · SchNet, committee, round {round_} · water"].recipe["dynamics"]["seed"]
        for round_ in (1, 2)
    ]
    assert seeds == [2001, 2002]
    assert tasks["dataset"].recipe["seed"] != tasks["dataset · round 1"].recipe["seed"]


def test_both_parts_of_a_model_are_trained_on_from_their_own_weights(tmp_path):
    text = STUDY.replace("[[models]]", "start_from_previous = true\n[[models]]") + "dipole = {}\n"
    tasks = graph(read(tmp_path, text))
    assert tasks["train · SchNet, seed 0, dipole, round 1"].stage == "train"
    second = tasks["train · SchNet, seed 0, dipole, round 2"]
    assert second.stage == "retrain"
    assert second.inputs["start"] == "train · SchNet, seed 0, dipole, round 1"
    explored = tasks["explore · SchNet, committee, round 2 · water"].inputs
    assert explored["member 0: dipole model"] == second.name
    assert tasks["train · SchNet, seed 0"].stage == "train"  # the study's models: anew


def test_price_counts_what_rounds_add(tmp_path):
    amounts = {(one.kind, one.potential): one.amount for one in price(read(tmp_path))}
    assert amounts["labels", "GFN2-xTB"] == 20 + 2 * 5
    # Two members, two epochs; 12 structures at first, four of five new ones are for training.
    assert amounts["active learning", "SchNet"] == 2 * 2 * (12 + 16)
    assert amounts["training", "SchNet"] == 2 * 2 * 20
    assert (
        amounts["exploration", "SchNet"] == 2 * 2 * 2 * 39
    )  # members, rounds, trajectories, steps


def test_test_scale_has_two_short_rounds(tmp_path):
    study = read(tmp_path, STUDY.replace("rounds = 2", "rounds = 7"))
    small = at_test_scale(study).active_learning
    assert small.rounds == 2
    assert small.motion(1).total_steps < 50
    assert "explore · SchNet, committee, round 2 · water" in graph(at_test_scale(study))


def test_the_shipped_control_differs_in_the_selection_alone():
    uncertain, random = (
        read_study(SHIPPED / f"{name}.toml", measured={})
        for name in ("active-learning", "active-learning-random")
    )
    words = {"title", "description", "active_learning"}
    assert uncertain.model_dump(exclude=words) == random.model_dump(exclude=words)
    changed = uncertain.active_learning.model_copy(update={"selection": "random"})
    assert changed == random.active_learning


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"SchNet"\nrounds', '"Schnet"\nrounds', "active_learning.model: unknown trained model"),
        ('"SchNet"\nrounds', '"Schnet"\nrounds', "Did you mean 'SchNet'"),
        ("seeds = 2", "seeds = 1", "'SchNet' is trained once .* models.seeds to 2 or more"),
        (
            "seeds = 2",
            "seeds = 2\nsplit = { train = 0.5, validation = 0.1 }",
            "remove models.split",
        ),
        ("rounds = 2", "round = 2", "unknown key 'active_learning.round'. Did you mean 'rounds'"),
        ("[300.0, 500.0]", "[300.0, 300.0]", "lists a temperature twice"),
        ("= 100000.0", "= 10.0", "must exceed force_uncertainty_mev_per_angstrom"),
        ("time_fs = 20.0", "time_fs = 0.1", "shorter than time_step_fs"),
        (
            STUDY[STUDY.index("[data.label]") : STUDY.index("[data.split]")],
            '[data.file]\npath = "x.npz"\nformat = "npz"\nlevel_of_theory = "x"\n',
            "give data.label and \\[reference\\] in place of data.file",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_key(tmp_path, old, new, message):
    assert old in STUDY
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, STUDY.replace(old, new))
    assert "study.toml" in str(error.value)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study of two rounds: its settings, its results, its store, its report."""
    folder = tmp_path_factory.mktemp("study")
    study = read(folder)
    results = {}
    for name in graph(study):
        results |= run(study, folder / "runs", name)[0]
    report_study(study, runs=folder / "runs", output=folder / "report")
    return study, results, folder


def test_new_structures_follow_the_others_and_none_is_for_testing(finished):
    _, results, _ = finished
    sets = [
        dataset(results, name) for name in ("dataset · round 0", "dataset · round 1", "dataset")
    ]
    assert [len(one) for one in sets] == [20, 25, 30]
    for before, after in pairwise(sets):
        count = before.molecules.n_atoms
        np.testing.assert_array_equal(before.molecules.positions, after.molecules.positions[:count])
        old, new = after.trajectory_index[: len(before)], after.trajectory_index[len(before) :]
        assert set(old.tolist()).isdisjoint(new.tolist())
    names = ("dataset · round 0", "dataset · round 1", "dataset")
    splits = [read_split(results[name].file("split.json")) for name in names]
    assert [(len(s.train), len(s.validation)) for s in splits] == [(12, 4), (16, 5), (20, 6)]
    for one in splits[1:]:
        np.testing.assert_array_equal(one.test, splits[0].test)
        assert set(splits[0].train.tolist()) <= set(one.train.tolist())
    assert sets[2].provenance["round 1"] == "structures 20 to 24, counted from 0"
    assert sets[2].provenance["round 2"] == "structures 25 to 29, counted from 0"
    assert "round 2" not in sets[1].provenance


def test_labels_are_those_of_the_reference_at_frames_of_the_committee(finished):
    _, results, _ = finished
    new = dataset(results, "acquire · round 1 · water")
    explored = results["explore · SchNet, committee, round 1 · water"]
    trajectories = read_hdf5(explored.file("trajectories.h5"), list)
    taken = read_visits(results["acquire · round 1 · water"].file("acquired.csv"))
    assert [one.trajectory for one in taken] == new.trajectory_index.tolist()
    for place, one in enumerate(taken):
        trajectory = trajectories[one.trajectory]
        assert (trajectory.temperature_k, trajectory.replica) == (one.temperature_k, one.replica)
        frame = round(one.time_fs / (2 * 0.5))
        np.testing.assert_array_equal(
            new.molecules.positions[3 * place : 3 * place + 3], trajectory.positions[frame]
        )
    expected = GFN2()(new.molecules)
    np.testing.assert_allclose(new.properties.forces, expected.forces, atol=1e-6)


def test_uncertainties_are_those_of_the_trained_committee(finished):
    _, results, _ = finished
    files = [results[f"train · SchNet, seed {seed}, round 1"] for seed in (0, 1)]
    members = [
        LearnedPotential(read_weights(one.file("model.safetensors")), name="x", dtype="float64")
        for one in files
    ]
    new = dataset(results, "acquire · round 1 · water").molecules
    spread = committee(members, name="both")(new).uncertainty
    values = 1000 * force_uncertainty(new, spread.forces)
    taken = read_visits(results["acquire · round 1 · water"].file("acquired.csv"))
    found = [one.force_uncertainty_mev_per_angstrom for one in taken]
    np.testing.assert_allclose(found, values, rtol=1e-3)
    assert min(found) > 50.0
    visited = results["explore · SchNet, committee, round 1 · water"].file("visited.csv")
    assert max(found) == max(one.force_uncertainty_mev_per_angstrom for one in read_visits(visited))


def test_errors_of_every_round_are_points_of_a_learning_curve(finished):
    _, results, folder = finished
    points = [
        next(
            score
            for score in read_scores(
                results[f"evaluate · SchNet, committee, round {r}"].file(SCORES)
            )
            if (score.name, score.molecule) == ("force MAE", None)
        )
        for r in (1, 2, 3)
    ]
    assert [point.training_structures for point in points] == [12, 16, 20]
    assert len({point.n for point in points}) == 1
    whole = next(
        score
        for score in read_scores(results["evaluate · SchNet, committee"].file("scores.json"))
        if (score.name, score.molecule) == ("force MAE", None)
    )
    assert points[-1].value == whole.value
    report = folder / "report"
    curve = (report / "tables" / "learning-curves.csv").read_text()
    assert [line.split(",")[2] for line in curve.splitlines()[1:]] == ["12", "16", "20"]
    assert (report / "figures" / "learning-curves.svg").is_file()


def test_the_report_tells_of_every_round_and_its_cost(finished):
    _, _, folder = finished
    tables = folder / "report" / "tables"
    rounds = (tables / "active-learning.csv").read_text().splitlines()
    assert [line.split(",")[:4] for line in rounds[1:]] == [
        ["1", "20", "12", "test"],
        ["2", "25", "16", "test"],
        ["after the last", "30", "20", "test"],
    ]
    visits = (tables / "active-learning-visits.csv").read_text().splitlines()
    assert [line.split(",")[:5] for line in visits[1:]] == [
        ["1", "water", "2", "0", "40"],
        ["2", "water", "2", "0", "40"],
    ]
    costs = (tables / "costs.csv").read_text()
    assert costs.count("active learning,SchNet,") == 2 * (2 + 1)
    assert costs.count("label,GFN2-xTB,") == 1 + 2
    assert "round" not in (tables / "model-costs.csv").read_text()
    page = (folder / "report" / "report.html").read_text()
    assert "Active learning, round by round" in page
    models = {
        s["model"] for s in json.loads((folder / "report/summary.json").read_text())["scores"]
    }
    assert models == {"SchNet", "SchNet, seed 0", "SchNet, seed 1", "SchNet, committee"}


def test_an_interrupted_study_goes_on_to_the_same_data(finished, tmp_path, monkeypatch):
    study, results, _ = finished
    labelled, calls = active.labelled, []

    def interrupted(job, *rest):
        calls.append(job.task.name)
        if len(calls) == 1:
            labelled(job, *rest)  # all labels are made, and the process dies before they are used
            raise KeyboardInterrupt
        return labelled(job, *rest)

    monkeypatch.setattr(active, "labelled", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(study, tmp_path, "dataset")
    again, events = run(study, tmp_path, "dataset")
    assert events["explore · SchNet, committee, round 1 · water"] == "reused"
    assert dataset(again, "dataset").checksum == dataset(results, "dataset").checksum
    assert again["dataset"].checksums["split.json"] == results["dataset"].checksums["split.json"]


def test_random_structures_are_of_the_same_trajectories(finished):
    _, results, folder = finished
    control = read(folder, STUDY.replace("replicas = 1", 'replicas = 1\nselection = "random"'))
    found, events = run(control, folder / "runs", "dataset · round 1")
    assert events["explore · SchNet, committee, round 1 · water"] == "reused"
    assert events["acquire · round 1 · water"] == "done"
    assert len(dataset(found, "dataset · round 1")) == 25
    one, other = (dataset(r, "dataset · round 1").checksum for r in (results, found))
    assert one != other


def test_once_nothing_is_uncertain_no_round_does_anything(finished):
    _, _, folder = finished
    text = STUDY.replace(
        "unphysical_mev_per_angstrom = 100000.0",
        "force_uncertainty_mev_per_angstrom = 1e8\nunphysical_mev_per_angstrom = 1e9",
    )
    study = read(folder, text)
    found, events = run(study, folder / "runs", "evaluate · SchNet, committee, round 3")
    assert outcome(found, "dataset · round 1")["text"] == "converged in round 1"
    assert outcome(found, "dataset")["text"] == ""
    assert found["dataset"].digest == found["dataset · round 0"].digest
    for name in ("train · SchNet, seed 0, round 2", "train · SchNet, seed 0"):
        assert events[name] == "reused"
    assert "trajectories" not in outcome(found, "explore · SchNet, committee, round 2 · water")
    for name in graph(study):
        run(study, folder / "runs", name)
    report_study(study, runs=folder / "runs", output=folder / "converged")
    rows = (folder / "converged/tables/active-learning.csv").read_text().splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [["1", "20"], ["after the last", "20"]]
    assert "converged in round 1" in (folder / "converged/report.html").read_text()
    curve = (folder / "converged/tables/learning-curves.csv").read_text().splitlines()[1:]
    assert len(curve) == 1


def test_fine_tuning_begins_with_the_weights_of_the_round_before(finished):
    _, _, folder = finished
    text = STUDY.replace("[[models]]", "start_from_previous = true\n[[models]]")
    found, events = run(read(folder, text), folder / "runs", "train · SchNet, seed 0, round 2")
    assert events["train · SchNet, seed 0, round 1"] == "reused"
    first, second = (
        read_weights(found[f"train · SchNet, seed 0, round {r}"].file("model.safetensors"))
        for r in (1, 2)
    )
    fresh, _ = run(read(folder), folder / "runs", "train · SchNet, seed 0, round 2")
    anew = read_weights(fresh["train · SchNet, seed 0, round 2"].file("model.safetensors"))
    key = max(first.arrays, key=lambda name: first.arrays[name].size)
    step = np.abs(second.arrays[key] - first.arrays[key]).max()
    assert 0 < step < np.abs(second.arrays[key] - anew.arrays[key]).max()
    # Without new structures there is nothing to learn.
    over = text.replace(
        "unphysical_mev_per_angstrom = 100000.0",
        "force_uncertainty_mev_per_angstrom = 1e8\nunphysical_mev_per_angstrom = 1e9",
    )
    kept, _ = run(read(folder, over), folder / "runs", "train · SchNet, seed 0, round 2")
    before, after = (kept[f"train · SchNet, seed 0, round {r}"] for r in (1, 2))
    assert after.digest == before.digest


def test_rounds_in_which_all_is_unphysical_end_with_a_warning_and_no_convergence(finished):
    _, _, folder = finished
    text = STUDY.replace(
        "unphysical_mev_per_angstrom = 100000.0",
        "force_uncertainty_mev_per_angstrom = 1e-4\nunphysical_mev_per_angstrom = 2e-4",
    )
    found, _ = run(read(folder, text), folder / "runs", "dataset")
    assert (
        "all uncertain ones are above 0.0002 meV/Å"
        in outcome(found, "acquire · round 1 · water")["text"]
    )
    assert outcome(found, "dataset · round 1")["text"] == ""
    assert found["dataset"].digest == found["dataset · round 0"].digest


def test_structures_without_labels_are_left_out(finished, tmp_path, monkeypatch):
    study, results, _ = finished
    labelled = active.labelled

    def incomplete(*arguments):
        found = labelled(*arguments)
        found.properties.energy[1] = np.nan
        return found

    monkeypatch.setattr(active, "labelled", incomplete)
    found, _ = run(study, tmp_path, "acquire · round 1 · water")
    made = outcome(found, "acquire · round 1 · water")
    assert (made["structures"], made["text"]) == (4, "1 structures without labels were left out")
    whole, part = (
        read_visits(one["acquire · round 1 · water"].file("acquired.csv"))
        for one in (results, found)
    )
    assert part == [whole[0], *whole[2:]]
    kept = dataset(found, "acquire · round 1 · water")
    assert kept.trajectory_index.tolist() == [one.trajectory for one in part]
