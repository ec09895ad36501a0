"""All verbs; importing this module puts them on the app."""

from vibench.cli import study

__all__ = ["study"]
