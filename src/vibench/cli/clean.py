"""Verb that deletes from a store what nobody needs: clean."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vibench.cli.app import app
from vibench.cli.options import DEFAULT_RUNS, Json, Measured, Runs, measured_files

if TYPE_CHECKING:
    from vibench.pipeline.cleaning import Removable

_MIB = 2**20


@app.command()
def clean(
    studies: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[STUDY]...",
            help="Study files; with them, also results that none of these studies uses.",
        ),
    ] = None,
    *,
    runs: Runs = DEFAULT_RUNS,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete it; without, it is only shown.")
    ] = False,
    older_than: Annotated[
        float,
        typer.Option("--older-than", min=0, metavar="DAYS", help="Only what is that old."),
    ] = 0.0,
    measured: Measured = None,
    as_json: Json = False,
) -> None:
    """Show what may be deleted from RUNS, and delete it if asked to.

    That is what interrupted and failed runs leave behind, with their checkpoints. Nothing is
    deleted that another process works on, and nothing at all while a study is running in RUNS.
    """
    from vibench.pipeline.cleaning import clean_store, open_all_ways, survey_store

    opened = open_all_ways(studies or [], measured_files(measured))
    found = survey_store(runs, opened, older_than_days=older_than)
    removable = clean_store(runs, found.removable) if delete else found.removable
    size = sum(one.entry.size_bytes for one in removable)
    if as_json:
        content = {
            "runs": str(runs),
            "deleted": delete,
            "size_bytes": size,
            "entries": [_content(one, runs) for one in removable],
            "held": [str(path.relative_to(runs)) for path in found.held],
            "results_kept": found.kept,
        }
        typer.echo(json.dumps(content))
        return
    _show(removable, runs)
    for path in found.held:
        typer.echo(f"{path.relative_to(runs)}: another process is working on it")
    verb = "freed" if delete else "could be freed"
    advice = "; delete it with --delete" if removable and not delete else ""
    typer.echo(f"{_numbers(removable)}, {size / _MIB:.1f} MiB {verb}{advice}")


def _content(one: "Removable", runs: Path) -> dict[str, Any]:
    return {
        "path": str(one.entry.path.relative_to(runs)),
        "kind": one.entry.kind,
        "task": one.about,
        "size_bytes": one.entry.size_bytes,
        "age_days": round(one.age_days, 2),
    }


def _show(removable: "Sequence[Removable]", runs: Path) -> None:
    """List all but lock files, which are many and empty."""
    for one in removable:
        if one.entry.kind != "lock file":
            what = f"{one.entry.kind} {one.entry.path.relative_to(runs)}"
            size = f"{one.entry.size_bytes / _MIB:.1f} MiB, {one.age_days:.1f} days old"
            typer.echo(f"{what}: {size}{one.about and f', {one.about}'}")


def _numbers(removable: "Sequence[Removable]") -> str:
    """Return how many there are of each kind; results are named even if there are none."""
    counted = Counter({"result": 0})
    counted.update(one.entry.kind for one in removable)
    return ", ".join(
        f"{number} {kind if number == 1 or kind == 'remains' else f'{kind}s'}"
        for kind, number in counted.items()
    )
