"""Consoles: what goes to a terminal fits it, what goes to a log or a pipe is never wrapped."""

from typing import Final

from rich.console import Console

_UNLIMITED: Final = 100_000
"""Columns of what is no terminal; tables are as wide as they need to be, no wider."""


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that prints texts as they are, each in one line."""
    console = Console(stderr=stderr, soft_wrap=True, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _UNLIMITED
    return console
