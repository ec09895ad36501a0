"""Small layers shared by the architectures."""

import math
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import softplus

type Activation = Callable[[Tensor], Tensor]


def shifted_softplus(values: Tensor) -> Tensor:
    """Return ln(1 + eˣ) - ln 2, SchNet's activation (zero at zero)."""
    return softplus(values) - math.log(2.0)


class Dense(nn.Linear):
    """Affine map with Xavier-uniform weights, zero bias and an optional activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        activation: Activation | None = None,
    ) -> None:
        super().__init__(inputs, outputs, bias=bias)
        self.activation = activation

    def reset_parameters(self) -> None:
        """Draw fresh weights."""
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, values: Tensor) -> Tensor:
        """Map (..., inputs) to (..., outputs)."""
        mapped = super().forward(values)
        return mapped if self.activation is None else self.activation(mapped)


def two_layers(inputs: int, hidden: int, outputs: int, activation: Activation) -> nn.Sequential:
    """Return two dense layers with an activation between them."""
    return nn.Sequential(Dense(inputs, hidden, activation=activation), Dense(hidden, outputs))


def pyramid(inputs: int, outputs: int, *, activation: Activation) -> nn.Sequential:
    """Return two dense layers, the hidden one half as wide as the input."""
    return two_layers(inputs, max(outputs, inputs // 2), outputs, activation)
