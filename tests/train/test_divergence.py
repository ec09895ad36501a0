"""A loss that is no longer finite: an outcome where there is something to keep, else an error."""

import re

import numpy as np
import pytest
import torch

from tests.train.runs import MemoryCheckpoint, diatomics, trainer
from vibench.core.errors import TaskError
from vibench.core.protocols import Silent
from vibench.train.recipe import SecondStage

EXPLODING = SecondStage(start_epoch=2, energy_weight=1.0, force_weight=1.0, learning_rate=1e30)


def test_divergence_keeps_the_best_parameters_and_names_the_batch():
    sound = trainer(diatomics(), epochs=2).run(MemoryCheckpoint(), Silent())
    run = trainer(diatomics(), epochs=5, second_stage=EXPLODING)
    trained = run.run(MemoryCheckpoint(), Silent())
    assert not trained.outcome.finished
    assert trained.outcome.status == "failed"
    found = re.search(
        r"in epoch 3, batch (\d) of 4 \(structures ([\d, ]+) of OH\)", trained.outcome.reason
    )
    assert trained.outcome.step == 2 * 4 + int(found[1]) - 1
    batch = run._batch_of(run._order(), int(found[1]) - 1)
    assert [int(number) for number in found[2].split(",")] == sorted(batch.tolist())
    assert trained.history["epoch"].tolist() == [1, 2]
    assert trained.best_epoch == sound.best_epoch
    for name, array in sound.weights.arrays.items():
        np.testing.assert_array_equal(trained.weights.arrays[name], array)


def test_the_last_good_checkpoint_stays(monkeypatch):
    monkeypatch.setattr("vibench.train.trainer._CHECKPOINT_INTERVAL_S", 0.0)
    checkpoint = MemoryCheckpoint()
    run = trainer(diatomics(), epochs=5, second_stage=EXPLODING)
    assert not run.run(checkpoint, Silent()).outcome.finished
    assert not all(value.isfinite().all() for value in run.network.parameters())
    kept = trainer(diatomics(), epochs=5, second_stage=EXPLODING)
    kept._resume(checkpoint)
    assert kept.position.epoch == 2
    for part in (kept.network, kept.average.network):
        assert all(value.isfinite().all() for value in part.parameters())
    again = kept.run(checkpoint, Silent())  # the same end, after an interruption
    assert again.outcome == run.run(checkpoint, Silent()).outcome


def test_parameters_that_are_not_finite_after_a_finite_loss_are_seen(monkeypatch):
    run = trainer(diatomics(), epochs=3)
    step = run.step

    def broken(index):
        step(index)
        if run.position.epoch == 1 and run.position.step == 4:
            with torch.no_grad():
                next(run.network.parameters()).fill_(torch.inf)

    monkeypatch.setattr(run, "step", broken)
    outcome = run.run(MemoryCheckpoint(), Silent()).outcome
    assert outcome.reason.startswith("parameters are not finite numbers in epoch 2, batch 4 of 4")


def test_without_a_validated_epoch_the_task_fails_and_names_the_batch():
    dataset = diatomics()
    dataset.properties.forces[10] = 1e30  # its square is too large for single precision
    run = trainer(dataset, epochs=3)
    batch = next(n for n in range(4) if 5 in run._batch_of(run._order(), n))
    with pytest.raises(
        TaskError, match=rf"epoch 1, batch {batch + 1} of 4 \(structures [\d, ]*\b5\b.* of OH\)"
    ):
        run.run(MemoryCheckpoint(), Silent())


def test_a_validation_loss_that_is_no_number_is_named_as_such():
    dataset = diatomics()
    dataset.properties.energy[35] = 1e30
    with pytest.raises(TaskError, match="validation loss is not a finite number after epoch 1"):
        trainer(dataset, epochs=3).run(MemoryCheckpoint(), Silent())


def test_losses_stay_on_the_device_until_the_end_of_an_epoch(monkeypatch):
    run = trainer(diatomics(), epochs=1)
    moved = []
    item = torch.Tensor.item
    monkeypatch.setattr(torch.Tensor, "item", lambda self: moved.append(self) or item(self))
    monkeypatch.setattr(torch.Tensor, "__float__", lambda self: moved.append(self) or item(self))
    monkeypatch.setattr(
        torch.Tensor, "__bool__", lambda self: moved.append(self) or bool(item(self))
    )
    for step in range(4):
        run.step(run._batch_of(run._order(), step))
    assert not moved
    assert len(run.losses) == 4
