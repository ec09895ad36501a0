"""Verification: whether a finished study is what it says it is.

Checksums tell whether files are those that were written; keys and checksums of inputs, whether each
result was made from the results it names; and results that are made again, whether numbers follow
from what they were made from.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from vibench.core.files import sha256
from vibench.pipeline.agreement import Deviation
from vibench.pipeline.execution import Spectator
from vibench.pipeline.packed import REPORT_FOLDER, SUMMARY, packed_tasks
from vibench.pipeline.partial_checks import with_parts
from vibench.pipeline.recomputation import READ_BY, Recomputed, recompute
from vibench.pipeline.run import finished_results
from vibench.pipeline.stages.names import DATASET, TRAJECTORIES, WEIGHTS
from vibench.pipeline.study import Study
from vibench.pipeline.summary_check import check_summary
from vibench.pipeline.tasks import Task
from vibench.store.archive import Archive, Manifest, check_folder
from vibench.store.artefacts import Artefact
from vibench.store.hdf5 import hdf5_faults

MAY_LACK: Final = frozenset({TRAJECTORIES, WEIGHTS, DATASET})
"""Files that an export may leave out."""
_FROM_FILES: Final = frozenset({"measured", "evaluate"})
"""Stages that are made again, and may use files from outside."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not what was recorded."""

    place: str
    """The file, or the record."""
    found: str
    """What is wrong with it."""


@dataclass(frozen=True, slots=True)
class StageCheck:
    """What was checked of the results of one stage."""

    stage: str
    """Name of the stage."""
    results: int
    """Number of its results."""
    recomputed: int
    """Results that were made again, wholly or in part."""
    equal: int
    """Numbers that came out again."""
    different: int
    """Values that did not."""
    reasons: Mapping[str, int]
    """Why results were not made again → how many."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked of a study, and what was found."""

    files: int
    """Files whose checksums were compared."""
    summary_scores: int
    """Scores of ``summary.json`` that were looked for among the records."""
    stages: tuple[StageCheck, ...]
    """What was made again, by stage."""
    faults: tuple[Fault, ...]
    """Files that are not what was recorded."""
    deviations: tuple[Deviation, ...]
    """Values that did not come out again, or that records do not have."""

    @property
    def agrees(self) -> bool:
        """Whether nothing speaks against the study."""
        return not self.faults and not self.deviations


def verify_archive(
    path: Path, executor: Executor, *, largest_bytes: int, spectator: Spectator
) -> Verification:
    """Check an export and make its scores again.

    Parameters
    ----------
    path
        The archive, or the folder that it was unpacked into.
    executor
        What runs the work.
    largest_bytes
        Size to which an archive may unpack.
    spectator
        Is told of each result that is made again.

    Raises
    ------
    InputError
        If it is no export of vibench, or is not safe to unpack.
    """
    if path.is_dir():
        manifest, wrong = check_folder(path)
        return _verify_export(path, manifest, wrong, executor, spectator=spectator)
    with (
        Archive(path, largest_bytes=largest_bytes) as archive,
        TemporaryDirectory(prefix="vibench-verify-") as name,
    ):
        folder, manifest = Path(name), archive.manifest
        wrong = archive.unpack(folder)
        return _verify_export(folder, manifest, wrong, executor, spectator=spectator)


def _verify_export(
    folder: Path,
    manifest: Manifest,
    wrong: Mapping[str, str],
    executor: Executor,
    *,
    spectator: Spectator,
) -> Verification:
    tasks, artefacts, unreadable = packed_tasks(manifest.about, folder)
    broken = hdf5_faults(folder)
    artefacts = {
        name: one
        for name, one in artefacts.items()
        if not any((folder / place).is_relative_to(one.folder) for place in broken)
    }
    tasks = [task for task in tasks if task.name in artefacts]
    faults = [Fault(place, text) for place, text in {**wrong, **unreadable, **broken}.items()]
    summary = folder / SUMMARY
    if not summary.is_file() and SUMMARY not in wrong:
        faults.append(Fault(SUMMARY, "missing"))
    return _verify(
        tasks,
        artefacts,
        faults,
        executor,
        summary=summary if summary.is_file() else None,
        may_lack=MAY_LACK,
        files=len(manifest.sizes),
        spectator=spectator,
    )


def verify_study(
    study: Study, executor: Executor, *, runs: Path, report: Path, spectator: Spectator
) -> Verification:
    """Check the results of a study in the store, and make again what does not take long.

    Trajectories are at hand here, so spectra are made again, too.

    Parameters
    ----------
    study, runs
        The study, and the folder of its results.
    executor
        What runs the work.
    report
        Folder of its report; if there is one, its summary is checked.
    spectator
        Is told of each result that is made again.

    Raises
    ------
    InputError
        If results are missing.
    """
    tasks, artefacts = finished_results(study, runs)
    different = {artefact.folder: artefact for artefact in artefacts.values()}
    summary = report / "summary.json"
    return _verify(
        tasks,
        artefacts,
        [],
        executor,
        summary=summary if summary.is_file() else None,
        may_lack=frozenset(),
        files=sum(len(artefact.checksums) for artefact in different.values()),
        spectator=spectator,
    )


def _verify(
    tasks: Sequence[Task],
    artefacts: Mapping[str, Artefact],
    faults: Sequence[Fault],
    executor: Executor,
    *,
    summary: Path | None,
    may_lack: frozenset[str],
    files: int,
    spectator: Spectator,
) -> Verification:
    found = list(faults)
    unique = list({artefacts[task.name].folder: task for task in tasks}.values())
    good: set[Path] = set()
    for task in unique:
        own = _record_faults(task, artefacts, may_lack)
        found += own
        if not own:
            good.add(artefacts[task.name].folder)
    whole = {name: one for name, one in artefacts.items() if one.folder in good}
    with TemporaryDirectory(prefix="vibench-recompute-") as scratch:
        made = recompute(
            [task for task in unique if task.name in whole],
            whole,
            Path(scratch),
            executor,
            spectator=spectator,
        )
    made = [with_parts(one, whole) for one in made]
    deviations = [deviation for one in made for deviation in one.agreement.deviations]
    checked = 0
    if summary is not None:
        checked, wrong = check_summary(summary, artefacts, place=f"{REPORT_FOLDER}/summary.json")
        deviations += wrong
    return Verification(
        files=files,
        summary_scores=checked,
        stages=_by_stage(unique, made),
        faults=tuple(found),
        deviations=tuple(deviations),
    )


def _record_faults(
    task: Task, artefacts: Mapping[str, Artefact], may_lack: frozenset[str]
) -> list[Fault]:
    """Return what is wrong with one record, its files, and what it says it was made from."""
    artefact = artefacts[task.name]
    identity = artefact.record.identity
    place = f"{task.stage}/{identity.key}"
    wrong = []
    if (identity.stage, identity.key) != (task.stage, artefact.folder.name):
        wrong.append("the record belongs to another result than its folder says")
    for role, name in task.inputs.items():
        if name not in artefacts:
            wrong.append(f"made from {name}, which is missing")
        elif artefacts[name].digest != identity.inputs.get(role):
            wrong.append(f"made from another {name} than the one that is here")
    foreign = identity.inputs.keys() - task.inputs.keys()
    if foreign and task.stage in READ_BY.keys() - _FROM_FILES:
        wrong.append(f"made from {', '.join(sorted(foreign))}, which is not listed")
    for name, expected in artefact.checksums.items():
        file = artefact.folder / name
        if not file.is_file():
            if Path(name).name not in may_lack:
                wrong.append(f"{name} is missing")
        elif sha256(file) != expected:
            wrong.append(f"{name} has another checksum than its record says")
    return [Fault(place, found) for found in wrong]


def _by_stage(tasks: Sequence[Task], made: Sequence[Recomputed]) -> tuple[StageCheck, ...]:
    checks = []
    for stage in dict.fromkeys(task.stage for task in tasks):
        own = [one for one in made if one.task.stage == stage]
        damaged = sum(task.stage == stage for task in tasks) - len(own)
        reasons = Counter(one.reason for one in own if one.reason)
        reasons |= Counter({"its record or a file is damaged": damaged} if damaged else {})
        checks.append(
            StageCheck(
                stage=stage,
                results=len(own) + damaged,
                recomputed=sum(not one.reason or one.agreement.equal > 0 for one in own),
                equal=sum(one.agreement.equal for one in own),
                different=sum(len(one.agreement.deviations) for one in own),
                reasons=dict(reasons),
            )
        )
    return tuple(checks)
