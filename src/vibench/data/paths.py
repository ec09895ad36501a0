"""Where foreign files lie: paths with environment variables, relative to the file naming them."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from vibench.core.errors import InputError

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def data_source(path: str) -> Path:
    """Return *path* with ``~`` and environment variables (``$NAME``, ``${NAME}``) filled in.

    Raises
    ------
    InputError
        If a variable is not set, or there is no such file.
    """
    for match in _VARIABLE.finditer(path):
        name = match[1] or match[2]
        if name not in os.environ:
            raise InputError(
                f"environment variable {name}, used in the path {path!r}, is not set; set it to "
                "where the data lie, or give the path itself"
            )
    found = Path(_VARIABLE.sub(lambda match: os.environ[match[1] or match[2]], path)).expanduser()
    if not found.is_file():
        kind = "is a folder, not a file" if found.is_dir() else "does not exist"
        named = f", which {path!r} stands for," if str(found) != path else ""
        raise InputError(f"{found}{named} {kind}")
    return found


def data_sources(paths: Mapping[str, str]) -> dict[str, str]:
    """Return role → path with everything filled in, as `data_source` does."""
    return {role: str(data_source(path)) for role, path in paths.items()}


def placed_path(path: str, folder: Path) -> str:
    """Return *path*, as a file in *folder* names it, so that it means the same anywhere."""
    return path if path.startswith(("$", "~")) else str(folder / path)
