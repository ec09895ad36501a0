"""Checkpoints: points from which an interrupted training run can go on."""

import io
from collections.abc import Mapping
from typing import Any, Protocol

import torch

from vibench.core.errors import InputError
from vibench.core.recipe import changed_settings


class Checkpoint(Protocol):
    """Where a training run keeps the point from which it can go on."""

    def load(self) -> bytes | None:
        """Return the last checkpoint, or None at the start."""

    def save(self, content: bytes) -> None:
        """Replace the checkpoint, wholly or not at all."""


def pack(state: Mapping[str, Any], identity: Mapping[str, Any]) -> bytes:
    """Return the *state* of a run as bytes, with what the run is known by."""
    buffer = io.BytesIO()
    torch.save({"state": dict(state), "identity": dict(identity)}, buffer)
    return buffer.getvalue()


def unpack(content: bytes, identity: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """Return the state in a checkpoint; nothing but data is read, no code is run.

    Raises
    ------
    InputError
        If the checkpoint belongs to a run with other settings or data; it names the differences.
    """
    found = torch.load(io.BytesIO(content), weights_only=True, map_location=device)
    changes = changed_settings(found["identity"], identity)
    if changes:
        raise InputError(
            "the checkpoint belongs to training with other settings or data (there → here): "
            f"{'; '.join(changes)}. Set them back to go on, or remove the checkpoint to begin anew"
        )
    state: dict[str, Any] = found["state"]
    return state
