"""Artefacts, HDF5 files, chunks and weights: what is written is read, damage is seen."""

import json
from dataclasses import replace

import numpy as np
import pytest

from vibench.core.correlation import ErrorCorrelation
from vibench.core.dataset import Dataset
from vibench.core.difference import Difference
from vibench.core.errors import InputError, TaskError
from vibench.core.files import make_folder
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.record import Identity
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Outcome, Trajectory
from vibench.core.weights import Weights
from vibench.store.artefacts import CorruptedArtefactError, Store
from vibench.store.chunks import ChunkSink, FileCheckpoint
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import (
    read_correlations,
    read_differences,
    read_scores,
    write_correlations,
    write_differences,
    write_scores,
)
from vibench.store.weights import read_weights, write_weights

IDENTITY = Identity(stage="train", recipe={"seed": 1})


def finished(store):
    with store.workspace(IDENTITY) as workspace:
        workspace.path("result.txt").write_text("42")
        (workspace.scratch / "half.txt").write_text("not part of the result")
        return store.finish(workspace, IDENTITY, {"status": "done"})


def test_a_finished_result_is_found_again_by_its_identity(tmp_path):
    store = Store(tmp_path)
    assert store.find(IDENTITY) is None
    made = finished(store)
    found = store.find(IDENTITY)
    assert found.file("result.txt").read_text() == "42"
    assert found.digest == made.digest
    assert list(found.checksums) == ["result.txt"]
    assert store.find(Identity(stage="train", recipe={"seed": 2})) is None


def test_a_changed_file_is_seen(tmp_path):
    store = Store(tmp_path)
    path = finished(store).folder / "result.txt"
    path.write_text("43")
    with pytest.raises(CorruptedArtefactError, match=r"result\.txt is damaged.*Run again to set"):
        store.find(IDENTITY).file("result.txt")


def test_a_record_under_a_wrong_name_is_refused(tmp_path):
    store = Store(tmp_path)
    record = finished(store).folder / "record.json"
    content = json.loads(record.read_text())
    content["identity"]["recipe"]["seed"] = 7
    record.write_text(json.dumps(content))
    with pytest.raises(InputError, match="belongs to another result"):
        store.find(IDENTITY)


def test_only_one_process_at_a_time_makes_a_result(tmp_path):
    store = Store(tmp_path)
    with (
        store.workspace(IDENTITY),
        pytest.raises(TaskError, match="another process"),
        store.workspace(IDENTITY),
    ):
        pass


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot create folder"):
        make_folder(tmp_path / "file" / "runs")


def example_dataset():
    water = single("water", [8, 1, 1], np.arange(9.0).reshape(3, 3), [16, 1, 1], charge=1)
    batch = concatenate([water, single("H", [1], [[0, 0, 0]], [1.0])])
    labels = Properties(energy=np.array([1.0, 2.0]), forces=np.ones((4, 3)))
    return Dataset(batch, labels, "HF/STO-3G", np.array([0, 0]), {"source": "somewhere"})


def test_core_types_survive_hdf5(tmp_path):
    dataset = example_dataset()
    write_hdf5(tmp_path / "data.h5", dataset)
    read = read_hdf5(tmp_path / "data.h5", Dataset)
    assert read.checksum == dataset.checksum
    assert read.molecules.names == dataset.molecules.names
    assert read.properties.dipole is None
    assert dict(read.provenance) == {"source": "somewhere"}

    trajectory = Trajectory(
        "water", 3, np.array([8]), np.array([16.0]), np.zeros((5, 3)), np.zeros(5), np.zeros(5),
        np.zeros((2, 1, 3)), np.zeros((2, 1, 3)), 0.5, 4, 300.0, "NVE",
        outcome=Outcome("failed", "force bound", 5),
    )  # fmt: skip
    write_hdf5(tmp_path / "list.h5", [trajectory, trajectory])
    first, _ = read_hdf5(tmp_path / "list.h5", list)
    assert first.outcome == trajectory.outcome
    assert (first.replica, first.time_step_fs, first.thermostat) == (3, 0.5, "NVE")


def test_hdf5_of_another_type_is_refused(tmp_path):
    write_hdf5(tmp_path / "data.h5", example_dataset())
    with pytest.raises(InputError, match="holds Dataset, expected Spectrum"):
        read_hdf5(tmp_path / "data.h5", Spectrum)
    (tmp_path / "broken.h5").write_bytes(b"not HDF5")
    with pytest.raises(InputError, match="cannot read"):
        read_hdf5(tmp_path / "broken.h5", Dataset)


def test_chunks_keep_frames_and_restart_point_together(tmp_path):
    sink = ChunkSink(tmp_path / "chunks")
    assert sink.restart() is None
    sink.write({"x": np.arange(3)}, {"step": np.array(3)})
    sink.write({"x": np.arange(3, 5)}, {"step": np.array(5)})
    again = ChunkSink(tmp_path / "chunks")
    assert again.restart() == {"step": 5}
    np.testing.assert_array_equal(again.frames()["x"], np.arange(5))


def test_checkpoint_is_replaced_whole(tmp_path):
    checkpoint = FileCheckpoint(tmp_path / "state")
    assert checkpoint.load() is None
    checkpoint.save(b"one")
    checkpoint.save(b"two")
    assert checkpoint.load() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_weights_survive_with_all_they_mean(tmp_path):
    weights = Weights(
        {"architecture": "painn"}, {"w": np.ones((2, 2), np.float32)}, {1: -13.6}, "GFN2", "abc"
    )
    write_weights(tmp_path / "model.safetensors", weights)
    read = read_weights(tmp_path / "model.safetensors")
    assert read.reference_energies == weights.reference_energies
    assert read.level_of_theory == "GFN2"
    np.testing.assert_array_equal(read.arrays["w"], weights.arrays["w"])


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(InputError, match="no model file"):
        read_weights(path)
    path.write_bytes(b"\x80\x04 a pickle, say")
    with pytest.raises(InputError, match="not a safetensors file"):
        read_weights(path)


def test_scores_survive_and_nan_becomes_null(tmp_path):
    score = Score(
        name="force MAE", value=float("nan"), unit="meV/Å", higher_is_better=False, n=3, low=1.0
    )
    write_scores(tmp_path / "scores.json", [score])
    assert '"value": null' in (tmp_path / "scores.json").read_text()
    (read,) = read_scores(tmp_path / "scores.json")
    assert np.isnan(read.value)
    assert read.low == 1.0


def test_differences_survive(tmp_path):
    difference = Difference(
        measure="Pearson correlation",
        first="A",
        second="B",
        value=0.02,
        unit="",
        molecules=3,
        p_value=0.03,
        adjusted_p_value=0.09,
    )
    write_differences(tmp_path / "differences.json", [difference])
    assert read_differences(tmp_path / "differences.json") == [difference]


def test_correlations_survive_and_nan_becomes_null(tmp_path):
    known = ErrorCorrelation(
        dataset="AIMD", quantity="energy error", first="A", second="B", value=0.7, n=9, low=0.1
    )
    unknown = replace(known, value=float("nan"), low=None)
    write_correlations(tmp_path / "correlations.json", [known, unknown])
    read, other = read_correlations(tmp_path / "correlations.json")
    assert read == known
    assert np.isnan(other.value)
