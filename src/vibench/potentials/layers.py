"""Small layers shared by the architectures."""

from collections.abc import Callable

from torch import Tensor, nn

type Activation = Callable[[Tensor], Tensor]


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


def pyramid(inputs: int, outputs: int, *, activation: Activation) -> nn.Sequential:
    """Return two dense layers, the hidden one half as wide as the input."""
    hidden = max(outputs, inputs // 2)
    return nn.Sequential(Dense(inputs, hidden, activation=activation), Dense(hidden, outputs))
