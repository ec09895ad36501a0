"""The command ``vibench``: one short module per verb."""

from vibench.cli.app import main

__all__ = ["main"]
