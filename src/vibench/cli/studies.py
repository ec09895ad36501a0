"""Verb that puts several finished studies side by side."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as TerminalTable

from vibench.cli.app import app
from vibench.cli.console import open_console
from vibench.cli.options import DEFAULT_LARGEST_GIB, Json, LargestGib, Output
from vibench.core.errors import InputError

if TYPE_CHECKING:
    from vibench.report.table import Table


@app.command("compare-studies")
def compare_studies(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Two or more finished studies: folders of reports, archives of vibench export, or "
            "files summary.json.",
        ),
    ],
    *,
    output: Output = None,
    largest_gib: LargestGib = DEFAULT_LARGEST_GIB,
    as_json: Json = False,
) -> None:
    """Put the models of several studies side by side, as far as they were measured alike.

    Scores are compared where test data, reference, molecule, temperature, dynamics and settings are
    equal; what is not comparable is listed with the reason. With --output a page and CSV tables are
    written.
    """
    from vibench.pipeline.packed import read_summary
    from vibench.report.studies import compare_studies as compared
    from vibench.report.studies import refusal_lines
    from vibench.report.study_page import comparison_object, write_study_comparison
    from vibench.report.study_tables import study_tables

    limit = round(largest_gib * 2**30)
    summaries = [read_summary(source, largest_bytes=limit) for source in sources]
    for place, summary in enumerate(summaries):
        if summary in summaries[:place]:
            twin = sources[summaries.index(summary)]
            raise InputError(f"{sources[place]} is the same study as {twin}: give each one once")
    comparison = compared(summaries)
    page = None if output is None else write_study_comparison(comparison, output)
    if as_json:
        typer.echo(json.dumps(comparison_object(comparison)))
        return
    console = open_console()
    for table in study_tables(comparison):
        if table.section == "overview":
            console.print(_terminal(table))
    lines = refusal_lines(comparison.refusals)
    if lines:
        typer.echo("\nNot compared")
        for line in lines:
            typer.echo(f"  {line}")
    if page is not None:
        typer.echo(f"\nComparison: {page}")


def _terminal(table: "Table") -> TerminalTable:
    """Return a table of a report turned for the terminal: one line per score and model."""
    from vibench.report.formatting import unit_text
    from vibench.report.table import cell_interval, cell_text

    shown = TerminalTable("score", "study", "model", "value", "95 % interval", "unit", box=None)
    for place, column in enumerate(table.columns[2:], start=2):
        for row in table.rows:
            study, model, cell = row[0], row[1], row[place]
            if cell is not None:
                texts = cell_text(cell, column), cell_interval(cell), unit_text(column.unit)
                shown.add_row(column.title, str(study), str(model), *texts)
    return shown
