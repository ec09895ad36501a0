"""Verb for editors: schema."""

import json

import typer

from vibench.cli.app import app
from vibench.cli.options import Json


@app.command()
def schema(*, as_json: Json = False) -> None:
    """Print the JSON schema of study files, by which editors complete and check them.

    It is made for reading; with --json it is on one line.
    """
    from vibench.pipeline.study_schema import study_schema

    typer.echo(json.dumps(study_schema(), ensure_ascii=False, indent=None if as_json else 2))
