"""The command ``vibench``: one short module per verb."""

from vibench.cli.program import main

__all__ = ["main"]
