"""The app that all verbs put themselves on."""

from importlib.metadata import version
from typing import Annotated

import typer

app = typer.Typer(
    name="vibench",
    help="Train interatomic potentials and benchmark them by the infrared spectra they predict."
    "\n\nA study file describes the whole way from data to report: vibench run STUDY. Each step is"
    " also a verb of its own.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _show_version(asked: bool) -> None:  # noqa: FBT001  # as the parser calls it
    if asked:
        typer.echo(f"vibench {version('vibench')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Hold the options that belong to no verb."""
