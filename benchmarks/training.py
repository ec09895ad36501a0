"""A step of training on mixed molecules: forward, loss, backward, clipping, optimiser."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.choice import Choice
from benchmarks.contenders import Pair, code_of, distorted, settings
from benchmarks.rows import Row, row_of, with_ratios
from benchmarks.timing import interleaved
from vibench.core.dataset import Dataset, join
from vibench.core.molecules import Array, Molecules, concatenate
from vibench.core.properties import Properties
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer

_CASE = "training step"


def training(choice: Choice) -> Iterator[list[Row]]:
    """Time a step on batches in which the molecules follow each other in turn."""
    for architecture in choice.architectures:
        for batch in choice.batches:
            yield _measured(choice, architecture, batch)


def _measured(choice: Choice, architecture: str, batch: int) -> list[Row]:
    dtype = getattr(torch, choice.dtype)
    names = [choice.molecules[place % len(choice.molecules)] for place in range(batch)]
    molecules = concatenate([distorted(name, 1) for name in names])
    pair = Pair(settings(architecture, choice.size, dipole=True), dtype=dtype)
    labels = _labels(molecules, dipole=architecture != "mace")
    recipe = TrainRecipe(
        batch_size=batch,
        dipole_weight=0.01 if architecture != "mace" else 0.0,
        dtype=choice.dtype,
        gradient_clip=10.0,
    )
    codes = {
        "vibench": _step_here(pair, molecules, labels, recipe),
        code_of(architecture): _step_there(pair, molecules, labels, recipe),
    }
    times = interleaved(codes, seconds=choice.seconds)
    rows = [
        row_of(
            times[name],
            per=1,
            case=_CASE,
            architecture=architecture,
            molecule=" + ".join(choice.molecules),
            batch=batch,
            dtype=choice.dtype,
            threads=choice.threads,
            implementation=name,
            upstream=code_of(architecture) if name == "vibench" else None,
        )
        for name in codes
    ]
    return with_ratios(rows)


def _labels(molecules: Molecules[Array], *, dipole: bool) -> Properties[Array]:
    numbers = np.random.default_rng(1)
    return Properties(
        energy=numbers.normal(size=len(molecules)),
        forces=numbers.normal(size=(molecules.n_atoms, 3)),
        dipole=numbers.normal(size=(len(molecules), 3)) if dipole else None,
    )


def _step_here(
    pair: Pair, molecules: Molecules[Array], labels: Properties[Array], recipe: TrainRecipe
) -> Callable[[], object]:
    index = np.arange(len(molecules))
    drawn = Dataset(molecules, labels, trajectory_index=index, level_of_theory="drawn")
    trainer = Trainer(
        join([drawn, drawn]),  # the second time for validation, which is not timed
        index,
        index + len(index),
        architecture=pair.recipe,
        recipe=recipe,
        device="cpu",
    )
    return lambda: trainer.step(index)


def _step_there(
    pair: Pair, molecules: Molecules[Array], labels: Properties[Array], recipe: TrainRecipe
) -> Callable[[], object]:
    """Return the step of the other code's model, pairs and tensors at hand."""
    model = pair.upstream.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate)
    predict = pair.evaluation(molecules, training=True)
    targets = {
        name: torch.tensor(getattr(labels, name), dtype=pair.dtype) for name in labels.available()
    }
    weights = {"energy": recipe.energy_weight, "forces": recipe.force_weight}
    weights["dipole"] = recipe.dipole_weight

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        found = predict()
        found["dipole"] = found.get("dipole_moment", found.get("dipole"))
        terms = [
            weights[name] * (found[name] - target).square().mean()
            for name, target in targets.items()
        ]
        torch.stack(terms).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_clip)
        optimizer.step()

    return step
