"""Tables of constants that are exact in whatever precision a network has."""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn

from vibench.core.molecules import Array


class ExactTable(nn.Module):
    """A table of constants, part of a network but not of its weights.

    ``values`` follows the precision and device of the network and is always rounded from the
    double-precision original: a network that was made in single precision and is widened
    afterwards has exact constants again, unlike with a buffer.
    """

    def __init__(self, exact: Array) -> None:
        super().__init__()
        self.exact = exact
        values = torch.tensor(exact, dtype=torch.get_default_dtype())
        self.register_buffer("values", values, persistent=False)
        self.values: Tensor

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:  # noqa: FBT001, FBT002
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        moved = self.values
        self.values = torch.tensor(self.exact, dtype=moved.dtype, device=moved.device)
        return self
