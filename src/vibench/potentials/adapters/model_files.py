"""What adapters of trained models of other codes share: reading their files."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from vibench.core.errors import InputError

_FORCE = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


@contextmanager
def pickles_allowed() -> Iterator[None]:
    """Let torch unpickle whole modules inside a block.

    The version of e3nn that mace-torch needs reads constants of its own in that way on import.
    """
    before = os.environ.get(_FORCE)
    os.environ[_FORCE] = "1"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the other code about itself
            yield
    finally:
        if before is None:
            del os.environ[_FORCE]
        else:
            os.environ[_FORCE] = before


def read_pickle(path: Path, code: str) -> Any:
    """Return the object in a file that ``torch.save`` wrote; this executes what the file says.

    Raises
    ------
    InputError
        If the file is damaged, or needs modules that are not there.
    """
    try:
        with pickles_allowed():
            return torch.load(path, map_location="cpu", weights_only=False)
    except Exception as error:  # unpickling raises whatever the file makes it raise
        raise InputError(
            f"{path}: {code} cannot read a model from it ({type(error).__name__}: {error}); "
            f"expected a file that {code} wrote at the end of a training"
        ) from error
