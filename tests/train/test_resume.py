"""A run that is killed and continued equals one that was not, bit for bit."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import vibench
from tests.train.runs import SMALL, MemoryCheckpoint, diatomics, trainer
from vibench.core.errors import InputError
from vibench.core.protocols import Silent
from vibench.core.streams import generator
from vibench.pipeline.presets import presets
from vibench.potentials.recipes import parse_architecture
from vibench.store.chunks import FileCheckpoint
from vibench.train.recipe import SecondStage
from vibench.train.trainer import Trainer

TINY = {
    name: parse_architecture({"architecture": name} | parts["architecture"])
    for name, parts in presets()["tiny"].items()
}
STAGE = SecondStage(start_epoch=2, energy_weight=1.0, force_weight=0.1, dipole_weight=0.3)
SETTINGS = {"epochs": 4, "second_stage": STAGE, "plateau_patience": 0, "amsgrad": True}


class KilledError(Exception):
    pass


class SometimesSaved(MemoryCheckpoint):
    """Keeps only some of the checkpoints, as a clock would choose them."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream

    def save(self, content):
        if self.stream.random() < 0.5:
            super().save(content)


@pytest.fixture(autouse=True)
def _a_checkpoint_after_every_step(monkeypatch):
    monkeypatch.setattr("vibench.train.trainer._CHECKPOINT_INTERVAL_S", 0.0)


def assert_equal(found, expected):
    for name, array in expected.weights.arrays.items():
        np.testing.assert_array_equal(found.weights.arrays[name], array, err_msg=name)
    for name, column in expected.history.items():
        if name != "seconds":
            np.testing.assert_array_equal(found.history[name], column, err_msg=name)
    assert found.best_epoch == expected.best_epoch


@pytest.mark.parametrize("name", sorted(TINY))
def test_killed_at_random_steps_and_continued_equals_uninterrupted(name, monkeypatch):
    def run():
        return trainer(diatomics(), architecture=TINY[name], **SETTINGS)

    whole = run().run(MemoryCheckpoint(), Silent())
    stream = generator("kills", name)
    checkpoint, left = SometimesSaved(stream), 0
    step = Trainer.step

    def killed_sometimes(self, index):
        nonlocal left
        left -= 1
        if left == 0:
            raise KilledError
        step(self, index)

    continued, kills = None, 0
    monkeypatch.setattr(Trainer, "step", killed_sometimes)
    while continued is None:
        left = int(stream.integers(2, 9))
        try:
            continued = run().run(checkpoint, Silent())
        except KilledError:
            kills += 1
    assert kills >= 2
    assert_equal(continued, whole)


def test_the_second_stage_resumes_at_its_very_beginning():
    whole = trainer(diatomics(), **SETTINGS).run(MemoryCheckpoint(), Silent())
    for epoch in (1, 2, 3):
        checkpoint = MemoryCheckpoint()
        with pytest.raises(KilledError):
            trainer(diatomics(), **SETTINGS).run(checkpoint, KillAt(epoch))
        assert_equal(trainer(diatomics(), **SETTINGS).run(checkpoint, Silent()), whole)


class KillAt:
    """A progress display that ends the process, as it were, after an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def update(self, done, total, note="", *, unit=""):
        if done == self.epoch:
            raise KilledError


def test_settings_that_changed_since_the_checkpoint_are_named():
    checkpoint = MemoryCheckpoint()
    trainer(diatomics(), epochs=1).run(checkpoint, Silent())
    with pytest.raises(InputError, match=r"training\.batch_size: 8 → 4; training\.seed: 0 → 1\. S"):
        trainer(diatomics(), epochs=1, batch_size=4, seed=1).run(checkpoint, Silent())
    larger = SMALL.model_copy(update={"features": 16})
    with pytest.raises(InputError, match=r"architecture\.features: 8 → 16\. Set"):
        trainer(diatomics(), architecture=larger, epochs=1).run(checkpoint, Silent())
    other = diatomics()
    other.properties.energy[3] += 1.0
    with pytest.raises(InputError, match=r": training structures: \w{64} → \w{64}\. Set"):
        trainer(other, epochs=1).run(checkpoint, Silent())


def started(script, *arguments):
    root = Path(__file__).parents[2]
    path = f"{Path(vibench.__file__).parents[1]}:{root}"
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)], env={"PYTHONPATH": path}
    )


def wait_for(condition, process, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the process ended too early"
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.001)


SAVE = """
import sys
from pathlib import Path
from vibench.store.chunks import FileCheckpoint
checkpoint = FileCheckpoint(Path(sys.argv[1]))
checkpoint.save(b"A" * 1000)
while True:
    checkpoint.save(b"B" * 200_000_000)
    checkpoint.save(b"C" * 1000)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_kill_in_the_middle_of_writing_leaves_the_checkpoint_before(tmp_path):
    path = tmp_path / "state.pt"

    def half_written():
        sizes = [file.stat().st_size for file in tmp_path.glob(".state-*.pt") if file.exists()]
        return any(1000 < size < 200_000_000 for size in sizes)

    process = started(SAVE, path)
    try:
        wait_for(half_written, process)
    finally:
        process.kill()
        process.wait()
    (left,) = tmp_path.glob(".state-*.pt")
    assert left.stat().st_size < 200_000_000, "the kill came too late to prove anything"
    assert FileCheckpoint(path).load() in {b"A" * 1000, b"C" * 1000}
    FileCheckpoint(path).save(b"D")
    assert FileCheckpoint(path).load() == b"D"


TRAIN = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
import vibench.train.trainer as module
from tests.train.runs import diatomics, trainer
from vibench.core.protocols import Silent
from vibench.store.chunks import FileCheckpoint
module._CHECKPOINT_INTERVAL_S = 0.0
trainer(diatomics(), epochs=200, seed=3).run(FileCheckpoint(Path(sys.argv[1])), Silent())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_process_that_was_killed_is_continued_by_another(tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    path = tmp_path / "state.pt"
    process = started(TRAIN, path)
    try:
        wait_for(path.is_file, process)
    finally:
        process.kill()
        process.wait()
    before = torch.load(path, weights_only=True)["state"]["position"]
    assert 0 < 4 * before["epoch"] + before["step"] < 4 * 200
    epochs = before["epoch"] + 3
    try:
        run = trainer(diatomics(), epochs=200, seed=3)
        run.recipe = run.recipe.model_copy(update={"epochs": epochs})
        continued = run.run(FileCheckpoint(path), Silent())
        whole = trainer(diatomics(), epochs=200, seed=3)
        whole.recipe = run.recipe
        assert_equal(continued, whole.run(MemoryCheckpoint(), Silent()))
    finally:
        torch.set_num_threads(threads)
