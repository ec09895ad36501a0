"""The training loop, resumable at any step."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import nn

from vibench.core.dataset import Dataset, subset
from vibench.core.errors import InputError, TaskError
from vibench.core.molecules import Array
from vibench.core.properties import Properties
from vibench.core.protocols import Progress
from vibench.core.streams import generator
from vibench.core.trajectory import FINISHED, Outcome
from vibench.core.weights import Weights
from vibench.potentials.network import predict
from vibench.potentials.recipes import AnyArchitecture, predicted
from vibench.tensors import torch_device, torch_dtype
from vibench.train.average import MovingAverage
from vibench.train.batches import Batch, TrainingData
from vibench.train.checkpoint import Checkpoint, pack, unpack
from vibench.train.checks import check_data
from vibench.train.loss import label_weights, loss
from vibench.train.optimisation import build_optimizer, build_scheduler
from vibench.train.recipe import TrainRecipe
from vibench.train.start import check_start, checksum, first_network, without_parameters
from vibench.train.validation import in_words, validate

_CHECKPOINT_INTERVAL_S = 30.0

type Watch = Callable[[Mapping[str, float]], None]
"""Told of every epoch that ends: column of the history → value."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a training run leaves behind."""

    weights: Weights
    """The parameters that did best on the validation structures."""
    history: Mapping[str, Array]
    """Column → (epochs,) values: losses, validation errors, learning rate, seconds."""
    best_epoch: int
    """The epoch, counted from 1, that the parameters are from."""
    outcome: Outcome = FINISHED
    """Finished, or in which batch the loss ceased to be a finite number."""


class _DivergedError(Exception):
    """The loss or the parameters are no longer finite numbers."""

    def __init__(self, reason: str, step: int) -> None:
        super().__init__(reason)
        self.outcome = Outcome("failed", reason, step)


@dataclass(slots=True)
class _Position:
    """How far the loop has come, and what it must remember on the way."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    best_loss: float = math.inf
    improved_epoch: int = -1
    """When the validation loss last fell, or before the second stage."""
    best_epoch: int = 0
    """The epoch, counted from 1, whose parameters are kept."""


class Trainer:
    """One training run. Call `run`; after a kill, a new Trainer continues from the checkpoint.

    Parameters
    ----------
    dataset
        Structures and labels.
    train_index, validation_index
        Positions of the structures to learn from, and of those that say when to stop.
    architecture
        What is trained.
    recipe
        How it is trained; its ``start`` is not read, as the weights are given by *start*.
    start
        Weights to begin with; None for random ones.
    test_index
        Positions of the structures that the model will be judged by: they must not have elements
        that it cannot know, and are not used otherwise.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or a device with its number.

    Raises
    ------
    InputError
        If data, labels, architecture, settings and start do not fit together.
    """

    def __init__(
        self,
        dataset: Dataset,
        train_index: Array,
        validation_index: Array,
        *,
        architecture: AnyArchitecture,
        recipe: TrainRecipe,
        start: Weights | None = None,
        test_index: Array | None = None,
        device: str = "auto",
    ) -> None:
        parts = {"training": np.asarray(train_index), "validation": np.asarray(validation_index)}
        if test_index is not None and len(test_index):
            parts["test"] = np.asarray(test_index)
        self.recipe, self.names, self.parts = recipe, dataset.molecules.names, parts
        self.cutoff_angstrom = architecture.cutoff_angstrom
        self.device, self.dtype = torch_device(device), torch_dtype(recipe.dtype)
        self.label_weights = label_weights(recipe, predicted(architecture))
        self.late_weights = self.label_weights
        if recipe.second_stage is not None:
            self.late_weights = label_weights(recipe.second_stage, predicted(architecture))
        check_data(dataset, parts, self.label_weights | self.late_weights)
        check_start(start, architecture, dataset, parts)
        training = subset(dataset, parts["training"])
        self.weights = without_parameters(training, architecture, start, device)
        network = first_network(training, architecture, start, seed=recipe.seed)
        self.network = network.to(dtype=self.dtype, device=self.device)
        self.average = MovingAverage(
            self.network, decay=recipe.ema_decay, warm_up=recipe.ema_warm_up
        )
        validation = subset(dataset, parts["validation"])
        self.training, self.validation = self._tensors(training), self._tensors(validation)
        self.steps_per_epoch = _steps(len(training), recipe)
        self.identity = {
            "architecture": self.weights.architecture,
            "training": recipe.model_dump(mode="json"),
            "training structures": training.checksum,
            "validation structures": validation.checksum,
            "start": None if start is None else checksum(start),
        }
        self.optimizer = build_optimizer(self.network, recipe)
        self.scheduler = build_scheduler(self.optimizer, recipe)
        self.best = _arrays(self.average.network)
        self.history: dict[str, list[float]] = {}
        self.position = _Position()
        self.losses: list[torch.Tensor] = []
        """Losses of the steps since the last look at them; they stay on the device until then."""

    def run(
        self, checkpoint: Checkpoint, progress: Progress, watch: Watch | None = None
    ) -> Trained:
        """Train until the last epoch or until the validation loss has stopped falling.

        Where the loss ceases to be a finite number training ends, and the best parameters so far
        are the result; *watch* is told of every epoch.

        Raises
        ------
        InputError
            If the checkpoint belongs to other settings or data.
        TaskError
            If the loss is not a finite number before the first epoch has been validated.
        """
        self._resume(checkpoint)
        outcome = FINISHED
        try:
            self._train(checkpoint, progress, watch)
        except _DivergedError as error:
            outcome = error.outcome
            if not self.position.best_epoch:
                raise TaskError(
                    f"{outcome.reason}, and no epoch before it could be validated; lower "
                    "learning_rate, or look at the data with 'vibench data inspect'"
                ) from None
        return Trained(
            weights=replace(self.weights, arrays=self.best),
            history={name: np.array(column) for name, column in self.history.items()},
            best_epoch=self.position.best_epoch,
            outcome=outcome,
        )

    def step(self, index: Array) -> None:
        """Improve the parameters by one batch, the training structures at *index*."""
        batch = self.training.batch(index)
        self.optimizer.zero_grad(set_to_none=True)
        found = predict(self.network, batch.geometry, training=True)
        value = self._loss(found, batch)
        torch.autograd.backward(value)
        if self.recipe.gradient_clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.gradient_clip)
        self.optimizer.step()
        self.average.update(self.network)
        self.losses.append(value.detach())
        self.position.step += 1

    def _train(self, checkpoint: Checkpoint, progress: Progress, watch: Watch | None) -> None:
        saved = time.monotonic()
        while not self._finished():
            self._enter_second_stage()
            order = self._order()
            while self.position.step < self.steps_per_epoch:
                began = time.monotonic()
                self.step(self._batch_of(order, self.position.step))
                self.position.seconds += time.monotonic() - began
                if time.monotonic() - saved > _CHECKPOINT_INTERVAL_S:
                    self._save(checkpoint)
                    saved = time.monotonic()
            self._end_epoch()
            if watch is not None:
                watch({name: column[-1] for name, column in self.history.items()})
            progress.update(
                self.position.epoch, self.recipe.epochs, in_words(self.history), unit="epochs"
            )
        self._save(checkpoint)

    def _order(self) -> Array:
        """Return the training structures in the order of the current epoch."""
        stream = generator(self.recipe.seed, "order", self.position.epoch)
        return stream.permutation(len(self.training))

    def _batch_of(self, order: Array, step: int) -> Array:
        size = self.recipe.batch_size
        return order[step * size : (step + 1) * size]

    def _tensors(self, dataset: Dataset) -> TrainingData:
        return TrainingData(
            dataset,
            self.weights,
            cutoff_angstrom=self.cutoff_angstrom,
            dtype=self.dtype,
            device=self.device,
        )

    def _enter_second_stage(self) -> None:
        """Change the loss when its time has come; at the very beginning of it, start afresh."""
        stage = self.recipe.second_stage
        if stage is None or not self._in_second_stage():
            return
        self.label_weights = self.late_weights
        if self.position.epoch == stage.start_epoch and self.position.step == 0:
            self.position.best_loss = math.inf
            self.position.improved_epoch = self.position.epoch - 1
            for group in self.optimizer.param_groups:
                group["lr"] = stage.learning_rate
            self.scheduler = build_scheduler(self.optimizer, self.recipe)

    def _in_second_stage(self) -> bool:
        stage = self.recipe.second_stage
        return stage is not None and self.position.epoch >= stage.start_epoch

    def _finished(self) -> bool:
        waited = self.position.epoch - 1 - self.position.improved_epoch
        patience = self.recipe.early_stopping_patience
        return self.position.epoch >= self.recipe.epochs or waited >= patience

    def _end_epoch(self) -> None:
        position, began = self.position, time.monotonic()
        self._settle()
        errors = validate(
            self.average.network, self.validation, self._loss, batch_size=self.recipe.batch_size
        )
        position.seconds += time.monotonic() - began
        row = {
            "epoch": position.epoch + 1,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "training_loss": position.loss_sum / self.steps_per_epoch,
            **errors,
            "seconds": position.seconds,
        }
        if not math.isfinite(row["validation_loss"]):
            raise _DivergedError(
                f"the validation loss is not a finite number after epoch {position.epoch + 1}",
                self._steps_done(),
            )
        for name, value in row.items():
            self.history.setdefault(name, []).append(float(value))
        stage = self.recipe.second_stage
        if not (stage and stage.constant_learning_rate and self._in_second_stage()):
            self.scheduler.step(row["validation_loss"])
        if row["validation_loss"] < position.best_loss:
            position.best_loss, position.improved_epoch = row["validation_loss"], position.epoch
            position.best_epoch = position.epoch + 1
            self.best = _arrays(self.average.network)
        position.epoch, position.step, position.loss_sum = position.epoch + 1, 0, 0.0

    def _steps_done(self) -> int:
        return self.position.epoch * self.steps_per_epoch + self.position.step

    def _settle(self) -> None:
        """Take the losses of the last steps, which are on the device until now, into the position.

        Raises
        ------
        _DivergedError
            If one of them, or a parameter, is not a finite number.
        """
        first = self.position.step - len(self.losses)
        values = torch.stack(self.losses).tolist() if self.losses else []
        self.losses.clear()
        for step, value in enumerate(values, first):
            if not math.isfinite(value):
                raise self._diverged("the loss is not a finite number", step)
            self.position.loss_sum += value
        sound = [parameter.isfinite().all() for parameter in self.network.parameters()]
        if values and not bool(torch.stack(sound).all()):
            raise self._diverged("parameters are not finite numbers", self.position.step - 1)

    def _diverged(self, what: str, step: int) -> _DivergedError:
        """Return the error that names a step of the current epoch and its structures."""
        index = np.sort(self.parts["training"][self._batch_of(self._order(), step)])
        where = f"in epoch {self.position.epoch + 1}, batch {step + 1} of {self.steps_per_epoch}"
        reason = f"{what} {where} ({_named(index, self.names)})"
        return _DivergedError(reason, self.position.epoch * self.steps_per_epoch + step)

    def _loss(self, found: Properties[torch.Tensor], batch: Batch) -> torch.Tensor:
        return loss(found, batch, self.label_weights, per_atom=self.recipe.per_atom)

    def _save(self, checkpoint: Checkpoint) -> None:
        """Save the state, unless it is no longer finite: then the last checkpoint stays."""
        self._settle()
        state = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "best": {name: torch.tensor(array) for name, array in self.best.items()},
            "history": self.history,
            "position": asdict(self.position),
        }
        checkpoint.save(pack(state, self.identity))

    def _resume(self, checkpoint: Checkpoint) -> None:
        content = checkpoint.load()
        if content is None:
            return
        state = unpack(content, self.identity, self.device)
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.best = {name: tensor.cpu().numpy() for name, tensor in state["best"].items()}
        self.history = state["history"]
        self.position = _Position(**state["position"])


def _steps(structures: int, recipe: TrainRecipe) -> int:
    """Return the number of batches of an epoch."""
    whole, rest = divmod(structures, recipe.batch_size)
    if recipe.drop_last and not whole:
        raise InputError(
            f"drop_last leaves nothing to learn from: a batch has {recipe.batch_size} structures, "
            f"and there are {structures}; lower batch_size or set drop_last = false"
        )
    return whole + (rest > 0 and not recipe.drop_last)


def _named(index: Array, names: tuple[str, ...]) -> str:
    """Return structures in words, by molecule, e.g. ``"structures 3, 8 of methanol"``."""
    by_molecule: dict[str, list[str]] = {}
    for structure in index.tolist():
        by_molecule.setdefault(names[structure], []).append(str(structure))
    parts = [f"{', '.join(some)} of {name}" for name, some in by_molecule.items()]
    return f"structures {'; '.join(parts)}"


def _arrays(network: nn.Module) -> dict[str, Array]:
    return {
        name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()
    }
