"""Export: a finished study in one file, so that somebody else can check it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import InputError
from vibench.core.files import sha256
from vibench.core.reading import read_text
from vibench.core.record import NUMERICS, SCHEMA
from vibench.core.spectrum_csv import parse_spectrum_csv
from vibench.experiment.jcamp_text import jcamp_text
from vibench.pipeline.machine import versions
from vibench.pipeline.packed import REPORT_FOLDER, RUNS_FOLDER, task_objects
from vibench.pipeline.results import settings_text
from vibench.pipeline.run import finished_results
from vibench.pipeline.stages.names import DATASET, TRAJECTORIES, WEIGHTS
from vibench.pipeline.study import Study
from vibench.report.summaries import parse_summary
from vibench.store.archive import write_archive
from vibench.store.artefacts import RECORD, Artefact

STUDY_FILE: Final = "study.toml"
_REPORT_FILES: Final = (
    "report.html",
    "summary.json",
    "tables/*.csv",
    "tables/*.tex",
    "spectra/*.csv",
    "errors/*.csv",
    "figures/*.svg",
    "figures/*.pdf",
)


@dataclass(frozen=True, slots=True)
class Export:
    """An archive that was written."""

    path: Path
    """The archive."""
    sha256: str
    """Its checksum, by which others know that they have the same."""
    results: int
    """Number of results whose records it holds."""
    members: int
    """Number of files, the manifest not counted."""
    size_bytes: int
    """Size of the archive."""
    left_out_bytes: int
    """Size of the files that were left out, as far as they are there."""


def export_study(
    study: Study,
    *,
    runs: Path,
    report: Path,
    path: Path,
    with_weights: bool = False,
    with_data: bool = False,
    force: bool = False,
) -> Export:
    """Pack the results and the report of a finished study.

    Trajectories are left out. Equal results and an equal report give the same bytes.

    Parameters
    ----------
    study, runs
        The study, and the folder of its results.
    report
        Folder of its report.
    path
        The archive to write.
    with_weights, with_data
        Whether trained models and labelled structures are packed, too.
    force
        Whether a file that is there already is replaced.

    Raises
    ------
    InputError
        If results are missing or damaged, the report is not there or of other results, or the file
        is there already.
    """
    if path.exists() and not force:
        raise InputError(f"{path} is there already; choose another --output, or add --force")
    tasks, artefacts = finished_results(study, runs)
    left_out = {TRAJECTORIES}
    left_out |= set() if with_weights else {WEIGHTS}
    left_out |= set() if with_data else {DATASET}
    different = {artefact.folder: artefact for artefact in artefacts.values()}
    files: dict[str, Path | bytes] = {STUDY_FILE: settings_text(study).encode()}
    absent: list[dict[str, Any]] = []
    for artefact in different.values():
        for name in sorted(artefact.checksums):
            if Path(name).name in left_out:
                absent.append(_absent(artefact, name))
            else:
                files[f"{_place(artefact)}/{name}"] = artefact.file(name)
        files[f"{_place(artefact)}/{RECORD}"] = artefact.folder / RECORD
    files |= dict(_report(report, artefacts))
    about = {
        "study": study.title,
        "versions": versions(),
        "record_schema": SCHEMA,
        "numerics": NUMERICS,
        "tasks": task_objects(tasks, artefacts),
        "left_out": sorted(absent, key=lambda one: one["name"]),
    }
    write_archive(path, files, about)
    return Export(
        path=path,
        sha256=sha256(path),
        results=len(different),
        members=len(files),
        size_bytes=path.stat().st_size,
        left_out_bytes=sum(one["bytes"] or 0 for one in absent),
    )


def _place(artefact: Artefact) -> str:
    identity = artefact.record.identity
    return f"{RUNS_FOLDER}/{identity.stage}/{identity.key}"


def _absent(artefact: Artefact, name: str) -> dict[str, Any]:
    file = artefact.folder / name
    return {
        "name": f"{_place(artefact)}/{name}",
        "sha256": artefact.checksums[name],
        "bytes": file.stat().st_size if file.is_file() else None,
    }


def _report(folder: Path, artefacts: Mapping[str, Artefact]) -> Iterator[tuple[str, Path | bytes]]:
    """Yield the files of the report, and each of its spectra as JCAMP-DX."""
    _check_report(folder, list(artefacts.values()))
    for pattern in _REPORT_FILES:
        for file in sorted(folder.glob(pattern)):
            name = f"{REPORT_FOLDER}/{file.relative_to(folder).as_posix()}"
            yield name, file
            if pattern.startswith("spectra/"):
                spectrum = parse_spectrum_csv(read_text(file), str(file))
                text = jcamp_text(spectrum, title=file.stem)
                yield name.removesuffix(".csv") + ".jdx", text.encode()


def _check_report(folder: Path, artefacts: Sequence[Artefact]) -> None:
    """Refuse a report that is not of these results."""
    path = folder / "summary.json"
    if not path.is_file() or not (folder / "report.html").is_file():
        raise InputError(
            f"no report in {folder}; write it with vibench report, or say with --report where it is"
        )
    told = {task["key"] for task in parse_summary(read_text(path), str(path)).tasks}
    if told != {artefact.record.identity.key for artefact in artefacts}:
        raise InputError(
            f"the report in {folder} is of other results than those of the study; write it anew "
            "with vibench report"
        )
