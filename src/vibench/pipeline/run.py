"""Runs of whole studies: plan, execute, report."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from vibench.core.errors import InputError, TaskError, VibenchError
from vibench.core.files import make_folder
from vibench.data.selection import check_packages
from vibench.pipeline.execution import Ending, Event, Spectator, execute, local_executor
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.study import Study, read_study
from vibench.pipeline.tasks import Resources, Task, in_order
from vibench.report.results import StudyResults
from vibench.store.artefacts import Artefact, Store
from vibench.store.sharing import in_use


@dataclass(frozen=True, slots=True)
class StudyRun:
    """What a run of a study left behind."""

    results: StudyResults
    page: Path
    """The report."""


@dataclass(slots=True)
class _Statuses:
    """Remembers how each task ended, and passes events on."""

    spectator: Spectator
    known: dict[str, Ending] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        if event.kind in {"reused", "done", "failed"}:
            self.known[event.task.name] = Ending(event.kind, event.message)
        self.spectator(event)


def open_study(
    path: Path, *, scale: str = "full", measured: Mapping[str, Path] | None = None
) -> Study:
    """Read a study file; *scale* ``"test"`` shrinks it, *measured* adds spectra by molecule.

    Paths of measured spectra in the file are relative to the file.
    """
    study = read_study(path, measured=measured or {})
    return at_test_scale(study) if scale == "test" else study


def run_study(
    study: Study,
    *,
    runs: Path,
    output: Path,
    workers: int,
    resources: Resources,
    spectator: Spectator,
) -> StudyRun:
    """Run what is not yet in the store and write the report.

    Raises
    ------
    InputError, TaskError
        If something given cannot be used, or tasks failed; all results made so far are kept, and
        a report tells what there is.
    """
    check_packages(study.test_sets)
    make_folder(output)
    tasks = in_order(build_tasks(study))
    statuses, store = _Statuses(spectator), Store(make_folder(runs))
    with in_use(runs):
        try:
            with _Closing(local_executor(workers, resources.threads)) as executor:
                artefacts = execute(
                    tasks,
                    store,
                    executor,
                    slots=workers,
                    resources=resources,
                    spectator=statuses,
                )
        except VibenchError as error:
            artefacts = stored_results(tasks, store)
            if not artefacts:
                raise
            page = _report(study, tasks, artefacts, statuses.known, output).page
            kind = InputError if isinstance(error, InputError) else TaskError
            raise kind(f"{error}\nReport of what there is: {page}") from error
        return _report(study, tasks, artefacts, statuses.known, output)


class _Closing:
    """Ends the processes of an executor without waiting for them if the block fails."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def __enter__(self) -> Executor:
        return self.executor

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.executor.shutdown(wait=kind is None, cancel_futures=True)


def report_study(study: Study, *, runs: Path, output: Path, incomplete: bool = False) -> StudyRun:
    """Write the report of a study from results in the store, without running anything.

    Raises
    ------
    InputError
        If results are missing and the report may not be *incomplete*, or if there are none at all;
        the message names the tasks.
    """
    tasks = in_order(build_tasks(study))
    with in_use(runs):
        artefacts = stored_results(tasks, Store(runs))
        missing = _missing(tasks, artefacts)
        if missing and (not incomplete or not artefacts):
            raise InputError(f"{missing}; or ask for what there is: --incomplete")
        return _report(study, tasks, artefacts, {}, output)


def finished_results(study: Study, runs: Path) -> tuple[list[Task], dict[str, Artefact]]:
    """Return the tasks of a finished study in order, and the result of each by its name.

    Raises
    ------
    InputError
        If results are missing; the message names the tasks.
    """
    tasks = in_order(build_tasks(study))
    artefacts = stored_results(tasks, Store(runs))
    missing = _missing(tasks, artefacts)
    if missing:
        raise InputError(missing)
    return tasks, artefacts


def _missing(tasks: Sequence[Task], artefacts: Mapping[str, Artefact]) -> str:
    """Return which results are missing and what to do, or an empty string."""
    names = [task.name for task in tasks if task.name not in artefacts]
    if not names:
        return ""
    listing = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return (
        f"{len(names)} of {len(tasks)} results are missing ({listing}); "
        "run the study first: vibench run"
    )


def stored_results(tasks: Sequence[Task], store: Store) -> dict[str, Artefact]:
    """Return the results of *tasks* (in order) that the store has, by task name."""
    found: dict[str, Artefact] = {}
    for task in tasks:
        at_hand = all(Path(path).is_file() for path in task.files.values())
        if at_hand and set(task.inputs.values()) <= found.keys():
            artefact = store.find(task.identity(found))
            if artefact is not None:
                found[task.name] = artefact
    return found


def _report(
    study: Study,
    tasks: Sequence[Task],
    artefacts: Mapping[str, Artefact],
    statuses: Mapping[str, Ending],
    output: Path,
) -> StudyRun:
    # Reports bring spectra and drawing with them, which a process that only plans must not load.
    from vibench.pipeline.results import gather_results
    from vibench.report.write import write_report

    results = gather_results(study, tasks, artefacts, statuses)
    return StudyRun(results, write_report(results, output))
