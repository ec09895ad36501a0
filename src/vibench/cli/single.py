"""What the single verbs share: run some tasks, hand over the files of the last one."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from vibench.cli.display import Display
from vibench.core.files import make_folder
from vibench.pipeline.execution import execute
from vibench.pipeline.sites import closing, on_this_machine
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Artefact, Store


def run_tasks(tasks: Sequence[Task], *, runs: Path, resources: Resources) -> Artefact:
    """Run *tasks* one at a time and return the result of the last one."""
    with Display() as display, closing(on_this_machine(1, resources)) as site:
        finished = execute(tasks, Store(runs), site, spectator=display)
    return finished[tasks[-1].name]


def hand_over(
    artefact: Artefact, output: Path | None, *, as_json: bool, extra: dict[str, Any] | None = None
) -> None:
    """Copy the files of a result to *output*, if given, and say where they are."""
    folder = artefact.folder
    if output is not None:
        folder = make_folder(output)
        for name in artefact.checksums:
            shutil.copyfile(artefact.file(name), folder / name)
    content = {
        "stage": artefact.record.identity.stage,
        "key": artefact.record.identity.key,
        "files": {name: str(folder / name) for name in artefact.checksums},
        "observed": artefact.record.observed,
        **(extra or {}),
    }
    if as_json:
        typer.echo(json.dumps(content))
        return
    for path in content["files"].values():
        typer.echo(path)
    text = artefact.record.observed["outcome"]["text"]
    if text:
        typer.echo(f"Note: {text}", err=True)
