"""NumPy ⇄ torch: dtypes and devices, in one place."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vibench.core.errors import InputError

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def torch_dtype(name: str) -> torch.dtype:
    """Return the torch dtype called *name* (``"float32"`` or ``"float64"``)."""
    return DTYPES[name]


def torch_device(name: str) -> torch.device:
    """Return the device called *name*; ``"auto"`` is CUDA where there is one, else the CPU.

    Raises
    ------
    InputError
        If CUDA is asked for by name and not there: nothing falls back silently.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError("device 'cuda' was asked for, but torch finds no CUDA device")
    return device


def to_tensor(
    array: NDArray[Any], *, dtype: torch.dtype | None = None, device: torch.device
) -> torch.Tensor:
    """Copy a NumPy array to *device*; a *dtype* converts it, None keeps the array's own."""
    return torch.tensor(np.ascontiguousarray(array), dtype=dtype, device=device)


def to_array(tensor: torch.Tensor) -> NDArray[Any]:
    """Copy a tensor to a NumPy array; floating-point numbers become float64."""
    array = tensor.detach().cpu().numpy()
    return array.astype(np.float64) if array.dtype.kind == "f" else array
