"""Options of optimiser, learning rate, moving average and batches do what they say."""

import numpy as np
import pytest
import torch

from tests.train.runs import MemoryCheckpoint, diatomics, trainer
from tests.train.test_resume import TINY
from vibench.core.errors import InputError
from vibench.core.protocols import Silent
from vibench.train.average import MovingAverage
from vibench.train.optimisation import build_optimizer, build_scheduler
from vibench.train.recipe import SecondStage, TrainRecipe


def rates(losses, **settings):
    """Learning rates after each of the validation losses, from 1 on."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    recipe = TrainRecipe(learning_rate=1.0, plateau_factor=0.5, plateau_patience=0, **settings)
    optimizer = torch.optim.Adam([parameter], lr=1.0)
    scheduler, found = build_scheduler(optimizer, recipe), []
    for loss in losses:
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_cooldown_threshold_and_lowest_learning_rate():
    assert rates([1.0, 1.0, 1.0, 1.0]) == [1.0, 0.5, 0.25, 0.125]
    assert rates([1.0, 1.0, 1.0, 1.0], plateau_cooldown=1) == [1.0, 0.5, 0.5, 0.25]
    assert rates([1.0, 0.99, 0.98], plateau_threshold=0.0) == [1.0, 1.0, 1.0]
    assert rates([1.0, 0.99, 0.98], plateau_threshold=0.05) == [1.0, 0.5, 0.25]
    assert rates([1.0, 1.0, 1.0], minimum_learning_rate=0.4) == [1.0, 0.5, 0.4]


def stepped(**settings):
    """Weights 1 after one step without gradient under a weight decay of 0.1."""
    network = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():
        network.weight.fill_(1.0)
    optimizer = build_optimizer(
        network, TrainRecipe(learning_rate=0.5, weight_decay=0.1, **settings)
    )
    network.weight.grad = torch.zeros_like(network.weight)
    optimizer.step()
    return float(network.weight.detach())


def test_adamw_decays_beside_the_step_and_adam_by_it():
    assert stepped(optimizer="adamw") == pytest.approx(1 - 0.5 * 0.1)
    assert stepped(optimizer="adam") == pytest.approx(1 - 0.5, rel=1e-6)  # sign of the gradient


def test_parts_that_decay_as_in_mace_torch():
    run = trainer(
        diatomics(),
        architecture=TINY["mace"],
        epochs=1,
        weight_decay=0.1,
        weight_decay_on="mace-torch",
    )
    decaying, others = run.optimizer.param_groups
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    names = {id(parameter): name for name, parameter in run.network.named_parameters()}
    found = {names[id(parameter)].split(".", 2)[2] for parameter in decaying["params"]}
    parts = {name for name in found if not name.startswith("products.")}
    assert parts == {"messages.mix", "update.weight"}
    assert any(name.startswith("products.") for name in found)
    assert len(decaying["params"]) + len(others["params"]) == len(names)


def test_parts_of_mace_are_not_to_be_found_elsewhere():
    with pytest.raises(InputError, match="names parts that only MACE has"):
        trainer(diatomics(), epochs=1, weight_decay_on="mace-torch")


@pytest.mark.parametrize(("warm_up", "kept"), [(True, 2 / 11), (False, 0.9)])
def test_warm_up_of_the_moving_average(warm_up, kept):
    network = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(1.0)
    average = MovingAverage(network, decay=0.9, warm_up=warm_up)
    with torch.no_grad():
        network.weight.fill_(0.0)
    average.update(network)
    assert float(average.network.weight) == pytest.approx(kept)


def test_incomplete_batches_are_left_out_on_request():
    whole = trainer(diatomics(), epochs=1, batch_size=12)
    assert whole.steps_per_epoch == 3
    run = trainer(diatomics(), epochs=1, batch_size=12, drop_last=True)
    assert run.steps_per_epoch == 2
    run.run(MemoryCheckpoint(), Silent())
    assert run.average.steps == 2
    with pytest.raises(InputError, match="a batch has 33 structures, and there are 32"):
        trainer(diatomics(), epochs=1, batch_size=33, drop_last=True)


@pytest.mark.parametrize("constant", [True, False])
def test_learning_rate_of_the_second_stage(constant):
    stage = SecondStage(
        start_epoch=1,
        energy_weight=1.0,
        force_weight=0.0,
        learning_rate=1e-3,
        constant_learning_rate=constant,
    )
    settings = {"epochs": 8, "plateau_patience": 0, "plateau_threshold": 0.9}
    trained = trainer(diatomics(), second_stage=stage, **settings).run(MemoryCheckpoint(), Silent())
    rates = trained.history["learning_rate"]
    assert rates[:2].tolist() == [5e-3, 1e-3]
    assert np.all(rates[1:] == 1e-3) == constant
