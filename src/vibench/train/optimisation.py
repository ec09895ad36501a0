"""Optimisers and learning rates, as SchNetPack and mace-torch set them up."""

import re
from typing import Final

import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from vibench.core.errors import InputError
from vibench.potentials.mace import MACE, MACEDipole
from vibench.train.recipe import TrainRecipe

_DECAYS_IN_MACE: Final = re.compile(r"layers\.\d+\.(messages\.mix|products\..*|update\.weight)")
"""Parameters that are called ``interactions.*.linear.weight`` and ``products.*`` in mace-torch."""


def build_optimizer(network: nn.Module, recipe: TrainRecipe) -> torch.optim.Optimizer:
    """Return the optimiser that *recipe* describes, for the parameters of *network*.

    Raises
    ------
    InputError
        If weight decay is to follow mace-torch and the network is not MACE.
    """
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(
        _groups(network, recipe),
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        amsgrad=recipe.amsgrad,
        fused=True,
    )


def _groups(network: nn.Module, recipe: TrainRecipe) -> list[dict[str, object]]:
    """Return the parameters in groups: those that decay, then those that do not."""
    if recipe.weight_decay_on == "all":
        return [{"params": list(network.parameters())}]
    if not isinstance(network, MACE | MACEDipole):
        raise InputError(
            "weight_decay_on = 'mace-torch' names parts that only MACE has; "
            "set weight_decay_on = 'all' for other architectures"
        )
    decaying, others = list[nn.Parameter](), list[nn.Parameter]()
    for name, parameter in network.named_parameters():
        (decaying if _DECAYS_IN_MACE.fullmatch(name) else others).append(parameter)
    return [{"params": decaying}, {"params": others, "weight_decay": 0.0}]


def build_scheduler(optimizer: torch.optim.Optimizer, recipe: TrainRecipe) -> ReduceLROnPlateau:
    """Return what lowers the learning rate where the validation loss no longer falls."""
    return ReduceLROnPlateau(
        optimizer,
        factor=recipe.plateau_factor,
        patience=recipe.plateau_patience,
        cooldown=recipe.plateau_cooldown,
        threshold=recipe.plateau_threshold,
        threshold_mode="rel",
        min_lr=recipe.minimum_learning_rate,
    )
