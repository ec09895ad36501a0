"""Verbs for models: train, evaluate."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from vibench.cli.app import app
from vibench.cli.console import open_console
from vibench.cli.options import (
    DEFAULT_RUNS,
    AllowImport,
    Device,
    Json,
    Output,
    Runs,
    Settings,
    TensorBoard,
    Trust,
    Workers,
    one_task,
    with_tensorboard,
)
from vibench.cli.single import hand_over, run_tasks
from vibench.data.recipes import SplitRecipe
from vibench.pipeline.short_forms import POTENTIAL_FORMS
from vibench.pipeline.stages.names import SCORES
from vibench.pipeline.study import ModelRecipe
from vibench.pipeline.verbs import evaluate_task, read_settings, train_tasks
from vibench.store.scores import read_scores


@app.command()
def train(
    datasets: Annotated[
        list[Path], typer.Argument(help="Data sets (.h5) to learn from.", metavar="DATASET...")
    ],
    *,
    settings: Settings = None,
    split: Annotated[
        Path | None,
        typer.Option("--split", help="TOML file with settings of the division, as [data.split]."),
    ] = None,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    device: Device = "auto",
    tensorboard: TensorBoard = None,
    as_json: Json = False,
) -> None:
    """Train a model.

    Settings are those of a [[models]] table in a study: name, architecture, training.
    """
    model = ModelRecipe(name="model") if settings is None else read_settings(ModelRecipe, settings)
    tasks = train_tasks(datasets, model, read_settings(SplitRecipe, split))
    resources = with_tensorboard(one_task(1, device=device), tensorboard)
    hand_over(run_tasks(tasks, runs=runs, resources=resources), output, as_json=as_json)


@app.command()
def evaluate(
    potential: Annotated[
        str,
        typer.Argument(
            help=f"{POTENTIAL_FORMS}.",
            metavar="POTENTIAL",
        ),
    ],
    dataset: Annotated[Path, typer.Argument(help="Data set (.h5) with labels.", metavar="DATASET")],
    *,
    runs: Runs = DEFAULT_RUNS,
    output: Output = None,
    workers: Workers = None,
    device: Device = "auto",
    allow_import: AllowImport = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Measure a potential's errors and speed.

    Its predictions are compared with all labels of a data set; errors come with 95 % intervals.
    """
    resources = one_task(
        workers, device=device, allow_import=allow_import, trust=trust, potential=potential
    )
    artefact = run_tasks([evaluate_task(potential, dataset)], runs=runs, resources=resources)
    if as_json or output is not None:
        scores = json.loads(artefact.file(SCORES).read_text(encoding="utf-8"))
        hand_over(artefact, output, as_json=as_json, extra={"scores": scores["scores"]})
        return
    table = Table("score", "molecule", "value", "95 % interval", "unit", box=None)
    for score in read_scores(artefact.file(SCORES)):
        low_high = "" if score.low is None else f"{score.low:.4g} to {score.high:.4g}"
        table.add_row(
            score.name, score.molecule or "all", f"{score.value:.4g}", low_high, score.unit
        )
    open_console().print(table)
