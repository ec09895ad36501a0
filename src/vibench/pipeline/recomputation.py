"""Recomputation: which results can be made again from what is at hand, and making them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import InputError
from vibench.core.record import NUMERICS, SCHEMA, Identity
from vibench.pipeline.agreement import (
    NETWORK_TOLERANCE,
    TOLERANCE,
    Agreement,
    Deviation,
    compare_files,
)
from vibench.pipeline.execution import Event, Spectator
from vibench.pipeline.parsing import parse
from vibench.pipeline.stages.names import (
    CORRELATIONS,
    DATASET,
    DIFFERENCES,
    FRAMES,
    MODES,
    SCORES,
    SPLIT,
    STRUCTURE_ERRORS,
    TRAJECTORIES,
    WEIGHTS,
)
from vibench.pipeline.stages.table import STAGES
from vibench.pipeline.tasks import Resources, Task
from vibench.pipeline.worker import run_task
from vibench.store.artefacts import Artefact

_SPECTRA: Final = ("spectrum-*.h5", "measured*.h5", MODES)
READ_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "compare": _SPECTRA,
    "retrieval": _SPECTRA,
    "ranking": _SPECTRA,
    "frequencies": (MODES,),
    "fundamentals": (MODES, TRAJECTORIES),
    "ensemble": (SCORES,),
    "ensemble-spectra": ("spectrum-*.h5",),
    "seed-ranking": (SCORES,),
    "correlation": (STRUCTURE_ERRORS,),
    "learning-curve": (SCORES, SPLIT),
    "drift": (TRAJECTORIES,),
    "spectra": (TRAJECTORIES,),
    "measured": (),
    "evaluate": (DATASET, SPLIT, FRAMES, WEIGHTS),
}
"""Stage that is made again → files that it reads of its inputs; others take too long."""
_COMPARED: Final = (SCORES, DIFFERENCES, CORRELATIONS, "*.h5")
_TOO_LONG: Final = "takes too long"
_NO_SCORES: Final = frozenset({"dataset", "split", "extend"})
"""Stages that only divide or join structures."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of making one result again."""

    task: Task
    """The task."""
    reason: str = ""
    """Why it was not made again, if it was not."""
    agreement: Agreement = field(default_factory=lambda: Agreement(0, ()))
    """How it compares with the record."""


def obstacle(task: Task, inputs: Mapping[str, Artefact], artefact: Artefact) -> str:
    """Return why a result cannot be made again, or an empty string.

    Parameters
    ----------
    task
        The task.
    inputs
        Role → result that it is made from.
    artefact
        Its result.
    """
    identity = artefact.record.identity
    if task.stage not in READ_BY:
        return "holds no scores" if task.stage in _NO_SCORES else _TOO_LONG
    if other := _other_version(task, identity):
        return other
    if task.stage == "evaluate" and not _only_trained(task.recipe["potential"]):
        return f"by a method, which {_TOO_LONG}"
    if len(inputs) < len(task.inputs):
        return "made from a result that is missing or damaged"
    foreign = identity.inputs.keys() - task.inputs.keys() - task.files.keys()
    if task.stage == "measured" and not task.files:
        foreign |= {"measured"}
    if foreign:
        return f"made from a file that is not at hand ({', '.join(sorted(foreign))})"
    absent = {
        name
        for one in inputs.values()
        for name in one.checksums
        if any(fnmatch(name, pattern) for pattern in READ_BY[task.stage])
        and not (one.folder / name).is_file()
    }
    return f"made from {', '.join(sorted(absent))}, not at hand" if absent else ""


def _other_version(task: Task, identity: Identity) -> str:
    """Return in what a result is not of this version, or an empty string."""
    if (identity.schema, identity.numerics) != (SCHEMA, NUMERICS):
        return f"made by numerics {identity.numerics}, this version has {NUMERICS}"
    recipe, _ = STAGES[task.stage]
    try:
        parse(recipe, task.recipe, task.name)
    except InputError:
        return "made with settings that this version does not know"
    return ""


def _only_trained(potential: Mapping[str, Any]) -> bool:
    """Tell whether a potential is trained models only, which are quick."""
    if potential["kind"] == "committee":
        return all(_only_trained(member) for member in potential["members"])
    if potential["kind"] == "composite":
        return _only_trained(potential["energy"]) and _only_trained(potential["dipole"])
    return bool(potential["kind"] == "learned")


def recompute(
    tasks: Sequence[Task],
    artefacts: Mapping[str, Artefact],
    folder: Path,
    executor: Executor,
    *,
    spectator: Spectator,
) -> list[Recomputed]:
    """Make again what can be made again, and compare it with the records.

    Parameters
    ----------
    tasks
        Tasks, no two with one result.
    artefacts
        Task name → result, of those that are there and whole.
    folder
        Where results are made.
    executor
        What runs them.
    spectator
        Is told of each one.
    """
    found: list[Recomputed] = []
    running: list[tuple[Task, Future[Artefact]]] = []
    for task in tasks:
        inputs = {r: artefacts[name] for r, name in task.inputs.items() if name in artefacts}
        reason = obstacle(task, inputs, artefacts[task.name])
        if reason:
            found.append(Recomputed(task, reason))
            continue
        given = {name: artefacts[name] for name in task.inputs.values()}
        resources = Resources(device="cpu")
        running.append((task, executor.submit(run_task, task, folder, given, resources)))
        spectator(Event(task, "started"))
    for task, future in running:
        error = future.exception()
        if error is None:
            agreement = _agreement(task, artefacts[task.name], future.result())
        elif isinstance(error, Exception):  # what a record says makes its stage raise anything
            failed = Deviation(f"{task.name}: made again", "a result", f"an error: {error}")
            agreement = Agreement(0, (failed,))
        else:
            raise error
        spectator(Event(task, "failed" if agreement.deviations else "done"))
        found.append(Recomputed(task, agreement=agreement))
    return found


def _agreement(task: Task, recorded: Artefact, made: Artefact) -> Agreement:
    tolerance = NETWORK_TOLERANCE if task.stage == "evaluate" else TOLERANCE
    equal, deviations = 0, list[Deviation]()
    for name in sorted({*recorded.checksums, *made.checksums}):
        if not any(fnmatch(name, pattern) for pattern in _COMPARED):
            continue
        if name not in recorded.checksums or name not in made.checksums:
            there = name in recorded.checksums
            words = ("there", "not there") if there else ("not there", "there")
            deviations.append(Deviation(f"{task.name}: file {name}", *words))
            continue
        paths = recorded.folder / name, made.folder / name
        one = compare_files(*paths, about=task.name, tolerance=tolerance)
        equal += one.equal
        deviations += one.deviations
    return Agreement(equal, tuple(deviations))
