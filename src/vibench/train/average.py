"""Exponential moving average of parameters."""

import copy

import torch
from torch import nn


class MovingAverage:
    """A copy of a network whose parameters trail those of the original.

    With *warm_up* the decay after n steps is min(decay, (1 + n)/(10 + n)), so that the early,
    random parameters are forgotten quickly.
    """

    def __init__(self, network: nn.Module, *, decay: float, warm_up: bool) -> None:
        self.decay = decay
        self.warm_up = warm_up
        self.steps = 0
        self.network = copy.deepcopy(network)
        self.network.requires_grad_(requires_grad=False)

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move the average towards the parameters of *network*."""
        self.steps += 1
        decay = self.decay
        if self.warm_up:
            decay = min(decay, (1 + self.steps) / (10 + self.steps))
        averages, current = tuple(self.network.parameters()), tuple(network.parameters())
        torch._foreach_lerp_(averages, current, 1 - decay)  # its only name
