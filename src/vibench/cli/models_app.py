"""The sub-app ``vibench models``: without a further verb it lists."""

from typing import Any

import typer
from typer.core import TyperGroup

from vibench.cli.app import app


class _ListsByDefault(TyperGroup):
    """A group that takes everything but its own verbs as arguments of ``list``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` in front where no verb is named."""
        named = args and (args[0] in self.commands or args[0] in ctx.help_option_names)
        parsed: list[str] = super().parse_args(ctx, args if named else ["list", *args])
        return parsed


models_app = typer.Typer(
    cls=_ListsByDefault,
    help="List potentials and models (without a further verb), and import those of other codes.",
)
app.add_typer(models_app, name="models")
