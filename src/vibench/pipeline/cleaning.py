"""Cleaning a store: what nobody needs any more, and how it is deleted."""

import json
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vibench.core.errors import InputError, unknown_name
from vibench.pipeline.graph import build_tasks
from vibench.pipeline.order import in_order
from vibench.pipeline.run import open_study, stored_results
from vibench.pipeline.stages.table import STAGES
from vibench.pipeline.study import Study
from vibench.store.artefacts import Artefact, Store, read_artefact
from vibench.store.leftovers import Entry, delete, entries, is_held, set_aside
from vibench.store.sharing import STORE_LOCK, alone

_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Removable:
    """Something in a store that nobody needs."""

    entry: Entry
    """What it is, and where."""
    about: str
    """Name of the task whose result it is; empty for what is no result."""
    age_days: float
    """Days since its newest file was changed."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What may be deleted from a store."""

    removable: tuple[Removable, ...]
    """What nobody needs."""
    held: tuple[Path, ...]
    """Workspaces that another process is working on."""
    kept: int
    """Number of finished results that stay."""


def survey_store(
    root: Path, studies: Collection[Study] = (), *, older_than_days: float = 0.0
) -> Survey:
    """Find what may be deleted from a store, without changing anything.

    Parameters
    ----------
    root
        Folder of the store.
    studies
        Studies as `open_all_ways` gives them; finished results that none of them uses may be
        deleted. Without studies no finished result may.
    older_than_days
        What was changed since is left out.

    Raises
    ------
    InputError
        If the folder is no store, or a study needs a file that is not there.
    """
    found = list(entries(root, STAGES))
    used_before = (root / STORE_LOCK).is_file()
    if not used_before and all(entry.kind == "temporary file" for entry in found):
        raise InputError(
            f"{root} is no store: no results are there; expected folders STAGE/KEY, as vibench run "
            "makes them. Say where they are with --runs or VIBENCH_RUNS"
        )
    results = _readable(entry for entry in found if entry.kind == "result")
    unused = _unused(studies, Store(root), results) if studies else {}
    now = time.time()
    candidates = [
        Removable(entry, unused.get(entry.path, ""), (now - entry.changed_s) / _DAY_S)
        for entry in found
        if entry.kind != "result" or entry.path in unused
    ]
    old = [one for one in candidates if one.age_days >= older_than_days]
    held = {one.entry.path for one in old if one.entry.kind == "workspace" and is_held(one.entry)}
    free = tuple(one for one in old if one.entry.path not in held)
    going = sum(one.entry.kind == "result" for one in free)
    return Survey(free, tuple(sorted(held)), sum(e.kind == "result" for e in found) - going)


def clean_store(root: Path, removable: Iterable[Removable]) -> tuple[Removable, ...]:
    """Delete what a survey found, and return what was deleted: all but what is worked on by now.

    Raises
    ------
    TaskError
        If another process uses the store: what it will need next is not known here.
    InputError
        If something cannot be deleted.
    """
    with alone(root):
        aside = [(one, set_aside(one.entry)) for one in removable]
    for _, path in aside:
        if path is not None:
            delete(path)
    return tuple(one for one, path in aside if path is not None)


def open_all_ways(paths: Iterable[Path], measured: Mapping[str, Path]) -> list[Study]:
    """Read study files in every way they may have been run: in full and at test scale.

    Parameters
    ----------
    paths
        The study files.
    measured
        Molecule → spectrum that was given besides; each study is also taken with those of its
        molecules.

    Raises
    ------
    InputError
        If a file cannot be used, or no study has a molecule that a spectrum was given for.
    """
    studies, known = [], set[str]()
    for path in paths:
        data = open_study(path).data
        names = {molecule.name for molecule in (*data.molecules, *data.unseen)}
        own = {name: file for name, file in measured.items() if name in names}
        known |= names
        for given in (own, {}) if own else ({},):
            studies += [open_study(path, scale=scale, measured=given) for scale in ("full", "test")]
    for name in measured.keys() - known:
        raise unknown_name("molecule of --measured", name, known)
    return studies


def _readable(results: Iterable[Entry]) -> dict[Path, Artefact]:
    """Return the results whose record can be read; of others it is not known what they are."""
    found = {}
    for entry in results:
        with suppress(InputError):
            found[entry.path] = read_artefact(entry.path)
    return found


def _unused(
    studies: Collection[Study], store: Store, results: Mapping[Path, Artefact]
) -> dict[Path, str]:
    """Return folder → name of its task for all results that none of the studies uses."""
    used, unknown = set[Path](), set[str]()
    for study in studies:
        tasks = in_order(build_tasks(study, data_at_hand=False))
        stored = stored_results(tasks, store)
        used |= {artefact.folder for artefact in stored.values()}
        unknown |= {_work(t.stage, t.recipe) for t in tasks if t.name not in stored}
    return {
        folder: str(artefact.record.observed["task"])
        for folder, artefact in results.items()
        if folder not in used
        and _work(artefact.record.identity.stage, artefact.record.identity.recipe) not in unknown
    }


def _work(stage: str, recipe: Mapping[str, Any]) -> str:
    """Return what a task does, but for what it does it with.

    A task whose inputs are not in the store, or whose files are not at hand, has no key: every
    result of the same work may be its own.
    """
    return json.dumps([stage, recipe], sort_keys=True)
