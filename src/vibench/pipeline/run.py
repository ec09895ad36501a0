"""Runs of whole studies: plan, execute, report."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vibench.core.errors import InputError, TaskError, VibenchError
from vibench.core.files import make_folder
from vibench.data.selection import check_packages
from vibench.pipeline.execution import MOST_REPEATS, Ending, Event, Spectator, execute
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.scale import at_test_scale
from vibench.pipeline.sites import Site
from vibench.pipeline.study import Study, read_study
from vibench.pipeline.tasks import Task
from vibench.report.results import StudyResults
from vibench.store.artefacts import Artefact, CorruptedArtefactError, Store
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
    repeated: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Name of a task → why it was run again, each time."""

    def __call__(self, event: Event) -> None:
        name = event.task.name
        if event.kind == "repeated":
            self.repeated[name].append(event.message)
        elif event.kind in {"reused", "done", "failed"}:
            again = [f"run again: {reason}" for reason in self.repeated[name]]
            message = "; ".join(filter(None, (event.message, *again)))
            self.known[name] = Ending(event.kind, message)
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
    study: Study, *, runs: Path, output: Path, site: Site, spectator: Spectator
) -> StudyRun:
    """Run what is not yet in the store and write the report.

    A result that turns out to be damaged is set aside and made anew, whether a task or the report
    uses it.

    Raises
    ------
    InputError, TaskError
        If something given cannot be used, or tasks failed; all results made so far are kept, and
        a report tells what there is.
    """
    check_packages(study.test_sets)
    make_folder(output)
    under_way = _UnderWay(
        study, in_order(build_tasks(study)), Store(runs.resolve()), output, _Statuses(spectator)
    )
    make_folder(runs)
    with in_use(runs):
        for _ in range(MOST_REPEATS):
            artefacts = under_way.execute(site)
            try:
                return under_way.report(artefacts)
            except CorruptedArtefactError as error:
                under_way.store.set_aside(error.folder)
        return under_way.report(artefacts)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A study that is being run."""

    study: Study
    tasks: Sequence[Task]
    store: Store
    output: Path
    statuses: _Statuses

    def execute(self, site: Site) -> dict[str, Artefact]:
        """Return the results of all tasks; if some fail, report what there is."""
        try:
            return execute(self.tasks, self.store, site, spectator=self.statuses)
        except VibenchError as error:
            artefacts = stored_results(self.tasks, self.store)
            if not artefacts:
                raise
            page = self.report(artefacts).page
            kind = InputError if isinstance(error, InputError) else TaskError
            raise kind(f"{error}\nReport of what there is: {page}") from error

    def report(self, artefacts: Mapping[str, Artefact]) -> StudyRun:
        """Write the report."""
        return _report(self.study, self.tasks, artefacts, self.statuses.known, self.output)


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
