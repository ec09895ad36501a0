"""The app that all verbs put themselves on."""

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
