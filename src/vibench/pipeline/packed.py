"""What an export holds besides records: its tasks, its summary, and where they lie."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import InputError
from vibench.core.reading import read_text
from vibench.pipeline.stages.table import STAGES
from vibench.pipeline.tasks import Task
from vibench.report.summaries import StudySummary, parse_summary
from vibench.store.archive import Archive
from vibench.store.artefacts import Artefact, read_artefact

RUNS_FOLDER: Final = "runs"
"""Folder of the records in an export."""
REPORT_FOLDER: Final = "report"
"""Folder of the report in an export."""
SUMMARY: Final = f"{REPORT_FOLDER}/summary.json"
"""The summary of the report in an export."""

_KEY: Final = re.compile(r"[0-9a-f]{16}")


def task_objects(tasks: Iterable[Task], artefacts: Mapping[str, Artefact]) -> list[dict[str, Any]]:
    """Return tasks in JSON form: name, stage, key of the result, and role → name of each input."""
    return [
        {
            "name": task.name,
            "stage": task.stage,
            "key": artefacts[task.name].record.identity.key,
            "inputs": dict(task.inputs),
        }
        for task in tasks
    ]


def packed_tasks(
    about: Mapping[str, Any], folder: Path
) -> tuple[list[Task], dict[str, Artefact], dict[str, str]]:
    """Return the tasks of an unpacked export and their results.

    Parameters
    ----------
    about
        What the manifest says besides names and checksums.
    folder
        Where it was unpacked.

    Returns
    -------
    tasks
        In the order of the plan; settings are those of the records.
    artefacts
        Task name → result, of those that can be read.
    faults
        Path of a record → why it cannot be read.

    Raises
    ------
    InputError
        If the manifest's list of tasks is not as it should be.
    """
    tasks, artefacts, faults = list[Task](), dict[str, Artefact](), dict[str, str]()
    listed = about.get("tasks")
    if not isinstance(listed, list) or not all(map(_is_task, listed)):
        raise InputError(f"{folder}: the manifest's list of tasks is not as vibench writes it")
    for one in listed:
        place = f"{RUNS_FOLDER}/{one['stage']}/{one['key']}"
        try:
            artefact = read_artefact(folder / place)
        except InputError as error:
            faults[place] = str(error)
            continue
        recipe = artefact.record.identity.recipe
        tasks.append(Task(one["name"], one["stage"], recipe, one["inputs"]))
        artefacts[one["name"]] = artefact
    return tasks, artefacts, faults


def _is_task(one: Any) -> bool:
    if not isinstance(one, dict) or not {"name", "stage", "key", "inputs"} <= one.keys():
        return False
    inputs = one["inputs"]
    return (
        isinstance(one["name"], str)
        and one["stage"] in STAGES
        and isinstance(one["key"], str)
        and _KEY.fullmatch(one["key"]) is not None
        and isinstance(inputs, dict)
        and all(isinstance(text, str) for pair in inputs.items() for text in pair)
    )


def read_summary(path: Path, *, largest_bytes: int) -> StudySummary:
    """Read the summary of a finished study.

    Parameters
    ----------
    path
        A folder of a report, an export or the folder it was unpacked into, or a ``summary.json``.
    largest_bytes
        Size to which an export may unpack; no more than its summary is unpacked.

    Raises
    ------
    InputError
        If there is no summary, or it cannot be read.
    """
    if path.is_dir():
        places = (path / "summary.json", path / SUMMARY)
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise InputError(f"{path} holds no summary.json: expected the folder of a report")
        path = found
    if not path.is_file():
        raise InputError(f"nothing is at {path}: expected a report's folder, an export, or a file")
    if path.suffix != ".json":
        with Archive(path, largest_bytes=largest_bytes) as archive:
            return parse_summary(archive.text(SUMMARY), str(path))
    return parse_summary(read_text(path), str(path))
