"""Verbs for whole studies: run, plan, report, show."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from vibench.cli.app import app
from vibench.cli.console import open_console
from vibench.cli.display import Display
from vibench.cli.options import (
    DEFAULT_RUNS,
    AllowImport,
    Device,
    Json,
    Measured,
    ReportFolder,
    Runs,
    ScaleOption,
    Site,
    TensorBoard,
    Trust,
    Workers,
    checked_scale,
    measured_files,
    report_folder,
    share_of_machine,
    with_tensorboard,
)
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.pricing import UNITS, Work, price, price_notes
from vibench.pipeline.remaining import shares_left
from vibench.pipeline.run import StudyRun, open_study, report_study, run_study, stored_results
from vibench.pipeline.site_recipes import read_site
from vibench.pipeline.sites import closing, open_site
from vibench.report.summary import summarize
from vibench.store.artefacts import Store, read_artefact

StudyFile = Annotated[Path, typer.Argument(help="Study file (TOML).", metavar="STUDY")]


@app.command()
def run(
    study: StudyFile,
    *,
    runs: Runs = DEFAULT_RUNS,
    output: ReportFolder = None,
    scale: ScaleOption = "full",
    measured: Measured = None,
    site: Site = "processes",
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    tensorboard: TensorBoard = None,
    as_json: Json = False,
) -> None:
    """Run a study: all its tasks, then the report.

    What is in RUNS already is reused; after an interruption the same command goes on.
    """
    opened = open_study(study, scale=checked_scale(scale), measured=measured_files(measured))
    where = read_site(site)
    processes, resources = share_of_machine(
        workers, device=device, allow_import=allow_import, trust=trust
    )
    resources = with_tensorboard(resources, tensorboard)
    with Display() as display, closing(open_site(where, processes, resources, runs)) as opened_site:
        finished = run_study(
            opened,
            runs=runs,
            output=output or report_folder(runs, study, scale),
            site=opened_site,
            spectator=display,
        )
    _show(finished, as_json=as_json)


@app.command()
def plan(
    study: StudyFile,
    *,
    runs: Runs = DEFAULT_RUNS,
    scale: ScaleOption = "full",
    measured: Measured = None,
    time: Annotated[
        bool,
        typer.Option("--time", help="Time a few steps of each kind here, and price in core-hours."),
    ] = False,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Check a study, list its tasks and price them.

    Nothing is run; tasks whose results are in RUNS already are marked as stored. Numbers of
    structures are the declared ones, so a file of structures need not be at hand.
    """
    opened = open_study(study, scale=checked_scale(scale), measured=measured_files(measured))
    tasks = in_order(build_tasks(opened, data_at_hand=False))
    stored = stored_results(tasks, Store(runs))
    rows = [
        {
            "task": task.name,
            "stage": task.stage,
            "status": "stored" if task.name in stored else "to run",
            "uses": sorted({*task.inputs.values(), *task.files.values()}),
        }
        for task in tasks
    ]
    work, notes = price(opened), price_notes(opened)
    shares = shares_left(opened, work, tasks, stored)
    if any(0 < share < 1 for share in shares):
        notes.append("of work that is partly done, what is left is reckoned by its tasks")
    hours: list[float | None] = [None] * len(work)
    if time:
        # Networks are slow to import, and a plan without times answers at once.
        from vibench.pipeline.timing import measured_hours

        _, resources = share_of_machine(1, device=device, allow_import=allow_import, trust=trust)
        hours = measured_hours(opened, work, resources)
    priced = [_price_row(*one) for one in zip(work, shares, hours, strict=True)]
    if as_json:
        content = {"study": opened.title, "tasks": rows, "work": priced, "notes": notes}
        typer.echo(json.dumps(content))
        return
    # Plain lines, as laying out a table of the tasks of a large study takes long.
    typer.echo("\n".join(f"{row['status']}  {row['task']}" for row in rows))
    typer.echo(f"{len(tasks)} tasks, {len(stored)} stored")
    _show_price(priced, notes)


def _price_row(work: Work, share: float, hours: float | None) -> dict[str, Any]:
    """Return one piece of work with what is left of it."""
    amount = work.amount
    return {
        **asdict(work),
        "unit": UNITS[work.kind],
        "amount_left": None if amount is None else round(share * amount),
        "core_hours": hours,
        "core_hours_left": None if hours is None else share * hours,
    }


def _show_price(rows: Sequence[Mapping[str, Any]], notes: Sequence[str]) -> None:
    """Print how much is to be done and is left, and for how long, if that was measured."""
    timed = any(row["core_hours"] is not None for row in rows)
    hours = ("core_hours", "core_hours_left") if timed else ()
    titles = ["work", "with", "at most", "left", "", *(["core-hours", "left"] if timed else [])]
    table = Table(*titles, box=None)
    for row in rows:
        name = row["potential"] if row["part"] != "dipole" else f"{row['potential']}, dipole"
        amounts = [
            "?" if row[key] is None else f"{row[key]:,}".replace(",", " ")
            for key in ("amount", "amount_left")
        ]
        times = ["?" if row[key] is None else f"{row[key]:.3g}" for key in hours]
        table.add_row(row["kind"], name, *amounts, row["unit"], *times)
    if rows:
        typer.echo()
        open_console().print(table)
    if timed:
        total, left = (math.fsum(row[key] or 0 for row in rows) for key in hours)
        typer.echo(f"{total:.3g} core-hours in all, {left:.3g} of them left")
    for note in notes:
        typer.echo(f"Note: {note}")


@app.command()
def report(
    study: StudyFile,
    *,
    runs: Runs = DEFAULT_RUNS,
    output: ReportFolder = None,
    scale: ScaleOption = "full",
    measured: Measured = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Report what there is, if results are missing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the report of a finished study again.

    Nothing is run; all results must be in RUNS, or the report be an incomplete one.
    """
    opened = open_study(study, scale=checked_scale(scale), measured=measured_files(measured))
    folder = output or report_folder(runs, study, scale)
    finished = report_study(opened, runs=runs, output=folder, incomplete=incomplete)
    _show(finished, as_json=as_json)


@app.command()
def show(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a result: RUNS/STAGE/KEY.", metavar="FOLDER")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Show what a stored result is.

    Prints its settings, what it was made from and what making it took, after checking its files.
    """
    artefact = read_artefact(folder)
    for name in artefact.checksums:
        artefact.file(name)
    content = {
        "stage": artefact.record.identity.stage,
        "key": artefact.record.identity.key,
        "recipe": artefact.record.identity.recipe,
        "inputs": artefact.record.identity.inputs,
        "observed": artefact.record.observed,
        "files": artefact.checksums,
    }
    if as_json:
        typer.echo(json.dumps(content))
    else:
        open_console().print_json(json.dumps(content))


def _show(finished: StudyRun, *, as_json: bool) -> None:
    if as_json:
        summary = finished.page.with_name("summary.json").read_text(encoding="utf-8")
        typer.echo(json.dumps(json.loads(summary)))
        return
    for line in summarize(finished.results):
        typer.echo(line)
    typer.echo(f"\nReport: {finished.page}")
