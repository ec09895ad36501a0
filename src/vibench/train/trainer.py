"""The training loop, resumable at any step."""

import io
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from vibench.core.dataset import Dataset, subset
from vibench.core.errors import InputError, TaskError
from vibench.core.molecules import Array
from vibench.core.properties import Properties
from vibench.core.protocols import Progress
from vibench.core.streams import generator
from vibench.core.units import DEBYE
from vibench.core.weights import Weights
from vibench.potentials.network import build_network, predict
from vibench.potentials.recipes import AnyArchitecture, predicted
from vibench.tensors import torch_device, torch_dtype
from vibench.train.average import MovingAverage
from vibench.train.batches import Batch, TrainingData
from vibench.train.loss import absolute_errors, check_labels, label_weights, loss
from vibench.train.offsets import fit_reference_energies
from vibench.train.recipe import TrainRecipe
from vibench.train.summary import summarise

_CHECKPOINT_INTERVAL_S = 30.0
_REPORTED = {"energy": ("energy_mae_mev", 1e3), "forces": ("force_mae_mev_per_angstrom", 1e3)}
_REPORTED["dipole"] = ("dipole_mae_mdebye", 1e3 / DEBYE)


class Checkpoint(Protocol):
    """Where a training run keeps the point from which it can go on."""

    def load(self) -> bytes | None:
        """Return the last checkpoint, or None at the start."""

    def save(self, content: bytes) -> None:
        """Replace the checkpoint, wholly or not at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What a training run leaves behind."""

    weights: Weights
    """The parameters that did best on the validation structures."""
    history: Mapping[str, Array]
    """Column → (epochs,) values: losses, validation errors, learning rate, seconds."""


@dataclass(slots=True)
class _Position:
    """How far the loop has come, and what it must remember on the way."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = -1


class Trainer:
    """One training run. Call `run`; after a kill, a new Trainer continues from the checkpoint."""

    def __init__(
        self,
        dataset: Dataset,
        train_index: Array,
        validation_index: Array,
        *,
        architecture: AnyArchitecture,
        recipe: TrainRecipe,
        device: str = "auto",
    ) -> None:
        training = subset(dataset, train_index)
        self.recipe = recipe
        self.cutoff_angstrom = architecture.cutoff_angstrom
        self.label_weights = label_weights(recipe, predicted(architecture))
        check_labels(dataset, self.label_weights)
        if recipe.second_stage is not None:
            self.late_weights = label_weights(recipe.second_stage, predicted(architecture))
            check_labels(dataset, self.late_weights)
        self.device, self.dtype = torch_device(device), torch_dtype(recipe.dtype)
        facts = summarise(training, cutoff_angstrom=architecture.cutoff_angstrom)
        network = build_network(architecture, seed=recipe.seed, statistics=facts)
        self.network = network.to(dtype=self.dtype, device=self.device)
        self.average = MovingAverage(self.network, decay=recipe.ema_decay)
        self.weights = Weights(
            architecture=architecture.model_dump(mode="json"),
            arrays={},
            reference_energies=fit_reference_energies(training),
            level_of_theory=dataset.level_of_theory,
            training_checksum=training.checksum,
            charged=bool(np.any(training.molecules.charge != 0)),
        )
        self.training = self._tensors(training)
        self.validation = self._tensors(subset(dataset, validation_index))
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            amsgrad=recipe.amsgrad,
            fused=True,
        )
        self.scheduler = self._new_scheduler()
        self.best = _arrays(self.average.network)
        self.history: dict[str, list[float]] = {}
        self.position = _Position()
        self.running = torch.zeros((), dtype=torch.float64, device=self.device)

    def run(self, checkpoint: Checkpoint, progress: Progress) -> Trained:
        """Train until the last epoch or until the validation loss has stopped falling.

        Raises
        ------
        TaskError
            If the loss is no longer a number.
        """
        self._resume(checkpoint)
        saved = time.monotonic()
        while not self._finished():
            self._enter_second_stage()
            order = generator(self.recipe.seed, "order", self.position.epoch).permutation(
                len(self.training)
            )
            size = self.recipe.batch_size
            for start in range(self.position.step * size, len(order), size):
                began = time.monotonic()
                self.step(order[start : start + size])
                self.position.seconds += time.monotonic() - began
                if time.monotonic() - saved > _CHECKPOINT_INTERVAL_S:
                    self._save(checkpoint)
                    saved = time.monotonic()
            self._end_epoch(math.ceil(len(order) / size))
            progress.update(self.position.epoch, self.recipe.epochs, self._note())
        self._save(checkpoint)
        return Trained(
            weights=replace(self.weights, arrays=self.best),
            history={name: np.array(column) for name, column in self.history.items()},
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
        self.running += value.detach()
        self.position.step += 1

    def _tensors(self, dataset: Dataset) -> TrainingData:
        if len(dataset) == 0:
            raise InputError("training needs at least one training and one validation structure")
        return TrainingData(
            dataset,
            self.weights,
            cutoff_angstrom=self.cutoff_angstrom,
            dtype=self.dtype,
            device=self.device,
        )

    def _new_scheduler(self) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
        return torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimizer,
            factor=self.recipe.plateau_factor,
            patience=self.recipe.plateau_patience,
            threshold=0.0,
            min_lr=self.recipe.minimum_learning_rate,
        )

    def _enter_second_stage(self) -> None:
        """Change the loss when its time has come; at the very beginning of it, start afresh."""
        stage = self.recipe.second_stage
        if stage is None or self.position.epoch < stage.start_epoch:
            return
        self.label_weights = self.late_weights
        if self.position.epoch == stage.start_epoch and self.position.step == 0:
            self.position.best_loss, self.position.best_epoch = math.inf, self.position.epoch - 1
            for group in self.optimizer.param_groups:
                group["lr"] = stage.learning_rate
            self.scheduler = self._new_scheduler()

    def _finished(self) -> bool:
        waited = self.position.epoch - 1 - self.position.best_epoch
        patience = self.recipe.early_stopping_patience
        return self.position.epoch >= self.recipe.epochs or waited >= patience

    def _end_epoch(self, steps: int) -> None:
        position, began = self.position, time.monotonic()
        self._settle()
        errors = self._validate()
        position.seconds += time.monotonic() - began
        row = {
            "epoch": position.epoch + 1,
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "training_loss": position.loss_sum / steps,
            **errors,
            "seconds": position.seconds,
        }
        if not math.isfinite(row["training_loss"]) or not math.isfinite(row["validation_loss"]):
            raise TaskError(
                f"the loss is no longer a number in epoch {position.epoch + 1}; "
                "lower learning_rate or look at the data with 'vibench data inspect'"
            )
        for name, value in row.items():
            self.history.setdefault(name, []).append(float(value))
        self.scheduler.step(row["validation_loss"])
        if row["validation_loss"] < position.best_loss:
            position.best_loss, position.best_epoch = row["validation_loss"], position.epoch
            self.best = _arrays(self.average.network)
        position.epoch, position.step, position.loss_sum = position.epoch + 1, 0, 0.0

    def _settle(self) -> None:
        """Take the losses of the last steps, which stay on the device, into the position."""
        self.position.loss_sum += float(self.running)
        self.running.zero_()

    def _validate(self) -> dict[str, float]:
        """Return loss and mean absolute errors of the averaged network on held-out structures."""
        total, sums = 0.0, dict[str, float]()
        order = np.arange(len(self.validation))
        for batch in self.validation.batches(order, 4 * self.recipe.batch_size):
            found = predict(self.average.network, batch.geometry, training=False)
            value = self._loss(found, batch)
            total += float(value) * batch.geometry.n_molecules
            for name, part in absolute_errors(found, batch.labels).items():
                sums[name] = sums.get(name, 0.0) + float(part)
        errors = {"validation_loss": total / len(order)}
        for name, (column, factor) in _REPORTED.items():
            if name in sums:
                errors[column] = factor * sums[name] / sums[f"{name} count"]
        return errors

    def _loss(self, found: Properties[torch.Tensor], batch: Batch) -> torch.Tensor:
        return loss(found, batch, self.label_weights, per_atom=self.recipe.per_atom)

    def _note(self) -> str:
        last = {name: column[-1] for name, column in self.history.items()}
        parts = [
            f"{label} {last[column]:.3g} {unit}"
            for column, label, unit in (
                ("energy_mae_mev", "E", "meV"),
                ("force_mae_mev_per_angstrom", "F", "meV/Å"),
                ("dipole_mae_mdebye", "μ", "mD"),
            )
            if column in last
        ]
        return "validation MAE " + ", ".join(parts)

    def _save(self, checkpoint: Checkpoint) -> None:
        self._settle()
        position = self.position
        state = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "average_steps": self.average.steps,
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "best": {name: torch.tensor(array) for name, array in self.best.items()},
            "history": self.history,
            "position": {name: getattr(position, name) for name in _Position.__slots__},
        }
        buffer = io.BytesIO()
        torch.save(state, buffer)
        checkpoint.save(buffer.getvalue())

    def _resume(self, checkpoint: Checkpoint) -> None:
        content = checkpoint.load()
        if content is None:
            return
        state: dict[str, Any] = torch.load(
            io.BytesIO(content), weights_only=True, map_location=self.device
        )
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.steps = state["average_steps"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.best = {name: tensor.cpu().numpy() for name, tensor in state["best"].items()}
        self.history = state["history"]
        self.position = _Position(**state["position"])


def _arrays(network: nn.Module) -> dict[str, Array]:
    return {
        name: value.detach().cpu().numpy().copy() for name, value in network.state_dict().items()
    }
