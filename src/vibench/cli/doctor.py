"""Verb that checks whether this machine can run studies: doctor."""

import json
from collections import Counter
from dataclasses import asdict

import typer

from vibench.cli.app import app
from vibench.cli.options import DEFAULT_RUNS, Device, Json, Runs


@app.command()
def doctor(
    *,
    runs: Runs = DEFAULT_RUNS,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Check whether this machine can run studies, and say what to do if not.

    Looks at packages, cores, memory and GPU, computes small examples, and tries the folder RUNS.
    Nothing is changed. The exit code is 1 if there is a fault.
    """
    from vibench.pipeline.doctor.examination import examine

    checks = []
    for name, finding in examine(runs, device):
        checks.append({"name": name, **asdict(finding)})
        if not as_json:
            line = f"{finding.status:8s} {name:9s} {finding.found}"
            typer.echo(f"{line}: {finding.advice}" if finding.advice else line)
    count = Counter(check["status"] for check in checks)
    if as_json:
        content = {"faults": count["fault"], "warnings": count["warning"], "checks": checks}
        typer.echo(json.dumps(content))
    elif count["fault"]:
        typer.echo("Studies do not run here, or not safely, before the faults are put right.")
    else:
        typer.echo("Studies run here.")
    if count["fault"]:
        raise typer.Exit(1)
