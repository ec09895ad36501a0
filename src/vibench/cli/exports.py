"""Verbs for handing a finished study on: export, verify."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from vibench.cli.app import app
from vibench.cli.console import open_console
from vibench.cli.display import Display
from vibench.cli.options import (
    DEFAULT_LARGEST_GIB,
    DEFAULT_RUNS,
    Json,
    LargestGib,
    Measured,
    Runs,
    ScaleOption,
    Workers,
    checked_scale,
    measured_files,
    report_folder,
)
from vibench.cli.study import StudyFile
from vibench.core.errors import InputError, MismatchError
from vibench.core.files import sha256
from vibench.pipeline.executors import Processes
from vibench.pipeline.machine import available_cores
from vibench.pipeline.run import open_study

if TYPE_CHECKING:
    from vibench.pipeline.verification import Verification

_Report = Annotated[
    Path | None, typer.Option("--report", help="Folder of the report; default: RUNS/reports/STUDY.")
]


@app.command()
def export(
    study: StudyFile,
    *,
    runs: Runs = DEFAULT_RUNS,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The archive; default: STUDY.zip, in this folder."),
    ] = None,
    report: _Report = None,
    with_weights: Annotated[
        bool, typer.Option("--with-weights", help="Pack trained models, too.")
    ] = False,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Pack labelled structures, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    scale: ScaleOption = "full",
    measured: Measured = None,
    as_json: Json = False,
) -> None:
    """Pack a finished study into one file that others can check.

    It holds the records of all results, spectra, modes, scores and the report, spectra as CSV and
    JCAMP-DX; no trajectories.
    """
    from vibench.pipeline.exporting import export_study

    opened = open_study(study, scale=checked_scale(scale), measured=measured_files(measured))
    done = export_study(
        opened,
        runs=runs,
        report=report or report_folder(runs, study, scale),
        path=output or Path(f"{study.stem}{'-test' if scale == 'test' else ''}.zip"),
        with_weights=with_weights,
        with_data=with_data,
        force=force,
    )
    if as_json:
        typer.echo(json.dumps(asdict(done) | {"path": str(done.path)}))
        return
    typer.echo(
        f"{done.path}: {done.results} results, {done.members} files, {_size(done.size_bytes)}"
    )
    typer.echo(f"left out: {_size(done.left_out_bytes)} of trajectories, models and structures")
    typer.echo(f"SHA-256: {done.sha256}")


@app.command()
def verify(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Archive of vibench export, the folder it was unpacked into, or a study file.",
        ),
    ],
    *,
    runs: Runs = DEFAULT_RUNS,
    report: _Report = None,
    scale: ScaleOption = "full",
    measured: Measured = None,
    largest_gib: LargestGib = DEFAULT_LARGEST_GIB,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Check a finished study: its files, where results came from, and its scores, made again.

    The exit code is 3 if anything differs. A study file is checked with its results in RUNS.
    """
    from vibench.pipeline.verification import verify_archive, verify_study

    if not source.exists():
        raise InputError(f"nothing is at {source}: expected an archive, its folder or a study file")
    executor = Processes(workers or available_cores(), 1)
    try:
        with Display() as display:
            if source.suffix == ".toml":
                opened = open_study(
                    source, scale=checked_scale(scale), measured=measured_files(measured)
                )
                place = report or report_folder(runs, source, scale)
                found = verify_study(opened, executor, runs=runs, report=place, spectator=display)
            else:
                found = verify_archive(
                    source,
                    executor,
                    largest_bytes=round(largest_gib * 2**30),
                    spectator=display,
                )
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    checksum = sha256(source) if source.is_file() and source.suffix != ".toml" else None
    if as_json:
        content = {"source": str(source), "sha256": checksum, "agrees": found.agrees}
        typer.echo(json.dumps(content | asdict(found)))
    else:
        _show(found, checksum)
    if not found.agrees:
        raise MismatchError(
            f"{source}: {len(found.faults)} files and {len(found.deviations)} values differ from "
            "what was recorded"
        )


def _show(found: "Verification", checksum: str | None) -> None:
    table = Table("stage", "results", "made again", "equal", "different", box=None)
    for one in found.stages:
        numbers = (one.results, one.recomputed, one.equal, one.different)
        table.add_row(one.stage, *map(str, numbers))
    open_console().print(table)
    reasons = [
        f"  {one.stage}: {count}, {reason}"
        for one in found.stages
        for reason, count in one.reasons.items()
    ]
    if reasons:
        typer.echo("\n".join(["\nNot made again", *reasons]))
    for title, rows in (
        ("Files that differ", [(fault.place, fault.found) for fault in found.faults]),
        (
            "Values that differ",
            [(d.what, f"recorded {d.recorded}, found {d.found}") for d in found.deviations],
        ),
    ):
        if rows:
            typer.echo(f"\n{title}")
            for place, text in rows:
                typer.echo(f"  {place}: {text}")
    if checksum is not None:
        typer.echo(f"\nSHA-256: {checksum}")
    typer.echo(
        f"{found.files} files and {found.summary_scores} scores of the summary checked: "
        f"{'all agree' if found.agrees else 'not all agree'}"
    )


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
