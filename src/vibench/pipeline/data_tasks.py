"""Tasks that make labelled structures: one data set to learn from, one per unseen molecule."""

from collections.abc import Mapping

from vibench.core.errors import InputError
from vibench.data.paths import data_sources
from vibench.pipeline.stages.recipes import DatasetStage, LabelStage
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import Task, make_task, task_name
from vibench.pipeline.training import Source


def data_tasks(study: Study, truth: Source | None, *, data_at_hand: bool) -> list[Task]:
    """Return the tasks that read or make the labelled structures of a study.

    Parameters
    ----------
    study
        The study.
    truth
        Its reference method, if it has one.
    data_at_hand
        Whether a file of labelled structures must be there; else its declared path stands for it.

    Raises
    ------
    InputError
        If a file is not there; the message names its key and path.
    """
    data, name = study.data, round_dataset(study, 0)
    if data.file is not None:
        files = _paths(data.file.sources(), needed=data_at_hand)
        file = data.file.placed(dict.fromkeys(files, ""))
        stage = DatasetStage(file=file, split=data.split)
        return [make_task("dataset", name, stage, files=files)]
    if data.label is None or truth is None:
        return []
    tasks = []
    for molecule in (*data.molecules, *data.unseen):
        recipe = LabelStage(
            molecule=molecule,
            potential=truth.in_precision("float64"),
            sampler=data.sampler,
            label=data.label,
        )
        inputs = {"start": task_name("vibrations", truth.name, molecule.name)}
        about = task_name("label", molecule.name)
        tasks.append(make_task("label", about, recipe, inputs, truth.files))
    parts = {f"part {m.name}": task_name("label", m.name) for m in data.molecules}
    return [*tasks, make_task("dataset", name, DatasetStage(split=data.split), parts)]


def round_dataset(study: Study, round_: int) -> str:
    """Return the task that makes the data set of one round of active learning, counted from 1.

    Round 0 stands for the first data set, which is all there is without active learning.
    """
    active = study.active_learning
    last = round_ == (0 if active is None else active.rounds)
    return task_name("dataset") if last else task_name("dataset", f"round {round_}")


def _paths(files: Mapping[str, str], *, needed: bool) -> dict[str, str]:
    """Return the paths of the file of structures with everything filled in, if it is there."""
    try:
        return data_sources(files)
    except InputError as error:
        if not needed:
            return dict(files)
        raise InputError(f"data.file: {error}") from None
