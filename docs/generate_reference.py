"""Generator of ``docs/reference.md`` and ``docs/study.schema.json`` from the settings themselves.

Run it as ``uv run python docs/generate_reference.py`` after a change of any recipe or of the text
at the end of this file.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vibench.data.inspection.inspect import InspectRecipe
from vibench.pipeline.site_recipes import NodesRecipe, ParslRecipe
from vibench.pipeline.study import NamedMolecule, Study
from vibench.pipeline.study_schema import study_schema

PAGE = Path(__file__).with_name("reference.md")
SCHEMA = Path(__file__).with_name("study.schema.json")

_HEAD = """\
# Reference

<!-- Made by docs/generate_reference.py; edit the docstrings of the recipes, or that file. -->

All settings, files, exit codes and environment variables. A study is one TOML file; each table of it
is one section below, under the path of the table. A verb that takes `--settings FILE.toml` reads the
same keys, without the name of the table. Unknown keys are refused, with the nearest known one.
Names carry their unit: `time_step_fs` is in femtoseconds. A default of *none* means: leave the key out.
[study.schema.json](study.schema.json) says the same to editors, see [How-to](how-to.md#let-your-editor-complete-and-check-study-files).

"""

_TAIL = """\
## Settings files of single verbs

| verb | `--settings` holds the keys of | other files |
|---|---|---|
| `data label` | `[data.label]` | `--potential FILE.toml`: the keys of `[reference]` |
| `data import` | (its argument) `[data.file]` | |
| `train` | `[[models]]` | `--split FILE.toml`: the keys of `[data.split]` |
| `vibrations` | `[vibrations]` | `--potential FILE.toml`: the keys of `[reference]` |
| `dynamics` | `[dynamics]` | `--potential FILE.toml`: the keys of `[reference]` |
| `spectrum` | `[spectra]` | |
| `compare` | `[compare]` | |
| `bands` | `[bands]` | |
| `power` | `[spectra]` | |
| `spectrum` with `--potential` | `[spectra]` | `--dynamics-settings FILE.toml`: the keys of `[dynamics]` |
| `experiment inspect`, `experiment strengths` | `[measured.MOLECULE]` without `path` | |

Relative paths in the file of a study, of a potential or of a molecule are relative to the folder of that file;
those in other settings files of single verbs are relative to the working directory.

## Exit codes

| code | meaning |
|---|---|
| 0 | Done. |
| 1 | A task failed. The message names it; all results made so far are kept. `doctor` found a fault of the machine. `clean --delete` found that a process is using the store. |
| 2 | Bad input: a file, key, value or option cannot be used, or a stored result is damaged. The message says where, what was found and what to do. `data inspect` also ends with 2 if it finds errors in the data. |
| 3 | `verify` found files or values that differ from what was recorded. The table says which. |
| 130 | Interrupted by Ctrl-C (SIGINT); the same command continues. |
| 143 | Interrupted by SIGTERM, as queues and `kill` send it; the same command continues. |

Results go to stdout, progress and messages to stderr. With `--json` stdout is one JSON object.

## What the doctor checks

| check | ok if | otherwise |
|---|---|---|
| `Python`, `packages` | in the ranges that vibench declares | fault |
| `extras` | – (says which optional packages are there; warning if one is out of its range) | info |
| `cores` | no limit of processor time (cgroup) below the number of cores | warning: `--workers` |
| `threads` | no variable (`OMP_NUM_THREADS`, …) asks for more threads than cores, or binds threads to cores | warning |
| `memory` | 1.5 GiB per core are free, below the limit (cgroup) if there is one | warning; fault below 1.5 GiB |
| `GPU` | PyTorch finds it, and forces of a small network equal those on the CPU: to 10⁻⁹ eV/Å in double, 5·10⁻⁴ eV/Å in single precision | fault if they differ; info if there is none; warning if a driver is loaded but PyTorch finds none. With `--device cuda` it must be there |
| `network` | forces of a small PaiNN model differ from finite differences of its energy by no more than 10⁻⁶ eV/Å | fault |
| `GFN2-xTB` | energy and forces of water differ from stored numbers by no more than 10⁻⁴ eV and 10⁻³ eV/Å | fault |
| `results` | RUNS, or the folder above it that is there, can be written to | fault, and the checks below are left out |
| `space` | 1 GiB is free | warning; fault below 0.1 GiB |
| `files` | whoever reads a file that is replaced 100 times finds the old or the new one; a folder can be renamed | fault |
| `locks` | what another process has locked cannot be locked, and can once that process is killed | fault |
| `clock` | a new file's time is within 2 s of this machine's | warning |
| `names` | of 200 letters are possible | warning; info if upper and lower case mean the same |

## The store

All results lie below one folder, `--runs` or `VIBENCH_RUNS`, by default `runs`:

```text
runs/
  <stage>/<key>/             a finished result: record.json and the files below
  <stage>/<key>.partial/     a result being made, or interrupted: its files and checkpoints
  <stage>/<key>.lock         keeps two processes from making the same result at a time
  <stage>/<key>….deleted     left by a deletion that was interrupted; nothing reads it
  <stage>/<key>.damaged-<n>/ a result that was found damaged and set aside
  .parsl/                    logs of nodes, of studies that ran through Parsl
  store.lock                 keeps results from being deleted while a process uses the store
  reports/<study>/           the report of a study; with -test behind it at test scale
```

The key is the SHA-256 of the stage, its settings and the content of its inputs. `record.json` holds
these, the SHA-256 of each file, and what was observed: wall and processor time, memory, versions, hardware. Files are
checked against it whenever they are used. A damaged result is set aside when `vibench run` meets it, and made
anew. `vibench show RUNS/STAGE/KEY` prints it. Any result may be
deleted: it is made anew when it is needed. `vibench clean` finds what nobody needs, and deletes it with `--delete`:

| what | when it may go |
|---|---|
| workspace | No process is working on it. Its checkpoints are lost: the task begins anew if it is run again. |
| lock file | Its result is not being made. |
| temporary file | It lies in `reports`, and the process that wrote it is gone. |
| remains | Always: what an interrupted deletion left, or a damaged result that was set aside. |
| result | Study files are named, and none of them uses it, in full or at test scale, with or without the spectra of `--measured`. Kept is also what has the stage and settings of a task whose inputs are not there, and what has a record that cannot be read. |

| stage | files |
|---|---|
| `vibrations` | `modes.h5` |
| `label` | `dataset.h5` |
| `dataset` | `dataset.h5`, `split.json` |
| `split` | `split.json` (of a model that divides the data in its own way) |
| `train`, `retrain` | `model.safetensors`, `history.csv` |
| `explore` | `trajectories.h5`, `visited.csv` (force uncertainty of every frame) |
| `acquire` | `dataset.h5` (if anything was labelled), `acquired.csv` (the frames that were), `choice.json` (how many, share of uncertain frames, whether learning has converged) |
| `extend` | `dataset.h5`, `split.json` |
| `test-set` | `dataset.h5`, `frames.csv` (time of each structure in its trajectory) |
| `evaluate` | `scores.json`, `structure-errors.csv` (errors of each structure of test sets), of a committee `reliability.h5` |
| `correlation` | `correlations.json` |
| `learning-curve`, `compare`, `retrieval`, `frequencies` | `scores.json` |
| `ranking`, `seed-ranking` | `scores.json`, `differences.json` |
| `ensemble` | `scores.json` (means over seeds) |
| `ensemble-spectra` | `spectrum-<temperature>K.h5` (means over seeds) |
| `fundamentals` | `scores.json`, `bands-<temperature>K.h5` |
| `dynamics` | `trajectories.h5` |
| `drift` | `scores.json` (drift and fluctuation at constant energy) |
| `spectra` | `spectrum-<temperature>K.h5`, `scores.json` (convergence) |
| `measured` | `measured.h5`, `measured-<baseline>.h5` |

## The report's folder

| file | content |
|---|---|
| `report.html` | The page; it needs no network and no other file. |
| `summary.json` | Tasks with their keys, all scores with their intervals, and protocols: all that must be equal elsewhere for scores to be comparable. A score has the key of its protocol, or null if it is not compared between studies. |
| `tables/*.csv` | The tables of the page, with full digits and the ends of intervals. |
| `tables/*.tex` | The same tables for LaTeX with the package booktabs, values as on the page with the distances to the ends of their intervals. |
| `spectra/*.csv` | Each spectrum: `wavenumber_cm1`, `intensity`, `standard_error`. The first line states unit, width and origin. |
| `errors/*.csv` | Errors of all models on each structure of a test set of the study: `time_fs`, signed energy error, mean absolute and root mean square error of force components, mean absolute error of dipole components. |
| `figures/*.svg`, `figures/*.pdf` | The figures of the page, for print. |

## The archive of an export

`vibench export` writes one zip file. Equal results and an equal report give the same bytes.

| member | content |
|---|---|
| `manifest.json` | `kind` ("vibench export"), `schema` (1), versions, tasks with their results and inputs, `members` (SHA-256 and size of every other file), `left_out` (the same of the files that are not there). |
| `study.toml` | The study file with all defaults filled in. |
| `runs/<stage>/<key>/` | `record.json` of every result and its files, without `trajectories.h5`; `model.safetensors` with `--with-weights`, `dataset.h5` with `--with-data`. |
| `report/` | The report, each spectrum also as JCAMP-DX (`spectra/*.jdx`). |

`vibench verify` unpacks an archive into a temporary folder. It refuses names that lead out of it, links, members that are there twice,
encrypted ones, and more than `--largest-gib` (8) in all; what the manifest does not list is not unpacked. Numbers that are made again are
equal if they differ by no more than 10⁻⁶ of their size (arrays: of their largest number); predictions of trained models, 10⁻³.

## The folder of compared studies

| file | content |
|---|---|
| `comparison.html` | The page. |
| `comparison.json` | Scores, the protocols they share, and what was not compared with the reasons. |
| `tables/*.csv`, `tables/*.tex` | The tables of the page. |

## Environment variables

| variable | meaning |
|---|---|
| `VIBENCH_RUNS` | The store, where `--runs` is not given. |
| `VIBENCH_CACHE` | Folder of measured spectra that were fetched; by default the cache folder of your system. |
| `VIBENCH_FORMALDEHYDE` | The file of the study `studies/formaldehyde-ccsd.toml`; no more than an example, as any variable may stand in the path of data, geometries and measured spectra as `$NAME` or `${NAME}`. |
| `VIBENCH_PALIRS` | The file of the study `studies/paper.toml`, likewise. |
| `VIBENCH_TEST_DATA` | Folder of reference data for some of the tests, which are skipped without it. |
"""


def reference_page() -> str:
    """Return the whole page as Markdown."""
    sections = list(_sections())
    places: dict[type[BaseModel], list[str]] = {}
    for place, recipe in sections:
        places.setdefault(recipe, []).append(place)
    parts = [_HEAD, "## The study file\n\n"]
    parts += [_section(recipe, places) for recipe in places]
    parts += [
        "## Site files\n\n",
        _SITES,
        *_sites(),
        "## Settings of the inspection\n\n",
        _INSPECTION,
    ]
    parts += [_table(InspectRecipe, places), "\n", _TAIL]
    return "".join(parts)


def schema_text() -> str:
    """Return the JSON schema of the study file, as ``vibench schema`` prints it."""
    return json.dumps(study_schema(), ensure_ascii=False, indent=2) + "\n"


_SITES = """\
`vibench run STUDY --site SITE.toml` reads where tasks run from a file with the keys below; `cpu` and `gpu` are tables of one kind. Without a file, `SITE` is
`processes` (the default), `in-process`, or `parsl` with all defaults.

"""


def _sites() -> Iterator[str]:
    """Yield the tables of site files."""
    places = {ParslRecipe: ["site"], NodesRecipe: ["cpu", "gpu"]}
    for recipe, title in ((ParslRecipe, "The file"), (NodesRecipe, "`[cpu]`, `[gpu]`")):
        text = _markdown(inspect.cleandoc(recipe.__doc__ or ""))
        yield f"### {title}\n\n{text}\n\n{_table(recipe, places)}\n"


_INSPECTION = """\
`vibench data inspect` uses the defaults; from Python pass an `InspectRecipe` to
`vibench.data.inspection.inspect.inspect_dataset`.

"""


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the path of each table of a study file and what it holds, in order of the file."""
    waiting: list[tuple[str, type[BaseModel]]] = [("", Study)]
    while waiting:
        place, recipe = waiting.pop(0)
        yield place, recipe
        inner = []
        for name, field in recipe.model_fields.items():
            for found, form in _recipes_in(field.annotation):
                inner.append((f"{place}.{name}{form}".lstrip("."), found))
        waiting = inner + waiting


def _recipes_in(annotation: Any, form: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """Yield the recipes inside a type and how they are written: one, a list, or by name."""
    annotation = _plain(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, form
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        form = "[]"
    if origin is dict:
        form = ".MOLECULE"
    for argument in arguments:
        if origin is not Literal:
            yield from _recipes_in(argument, form)


def _plain(annotation: Any) -> Any:
    """Return a type without its alias and its constraints."""
    while isinstance(annotation, TypeAliasType) or get_origin(annotation) is Annotated:
        if isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        else:
            annotation = get_args(annotation)[0]
    return annotation


def _section(recipe: type[BaseModel], places: Mapping[type[BaseModel], Sequence[str]]) -> str:
    here = places[recipe]
    # Inside a table of the same kind, as a part of a composite or a committee, it goes without saying.
    outer = [p for p in here if not any(p.startswith(f"{other}.") for other in here)]
    title = ", ".join(map(_heading, outer))
    alternative = _alternative(recipe)
    if alternative:
        title = f'{title} with `{alternative[0]} = "{alternative[1]}"`'
    text = inspect.cleandoc(recipe.__doc__ or "")
    return f"### {title}\n\n{_markdown(text)}\n\n{_table(recipe, places)}\n"


def _heading(place: str) -> str:
    if not place:
        return "Top of the file"
    if "[]" in place:
        first, _, rest = place.partition("[]")
        return f"`[{first}{rest}]`" if rest else f"`[[{first}]]`"
    return f"`[{place}]`"


def _alternative(recipe: type[BaseModel]) -> tuple[str, str] | None:
    """Return the key that tells this recipe from others in the same place, and its value."""
    for name, field in recipe.model_fields.items():
        choices = get_args(_plain(field.annotation))
        if get_origin(_plain(field.annotation)) is Literal and choices == (field.default,):
            return name, field.default
    return None


def _table(recipe: type[BaseModel], places: Mapping[type[BaseModel], Sequence[str]]) -> str:
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in recipe.model_fields.items():
        kind = _type_text(field.annotation, places) + _limits(field)
        default = _default_text(field)
        if name == "kind":
            # The key that chooses among several recipes must be there in a file.
            default = "**required**"
        cells = [f"`{name}`", kind, default, _markdown(field.description or "")]
        lines.append(f"| {' | '.join(' '.join(cell.split()) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _type_text(annotation: Any, places: Mapping[type[BaseModel], Sequence[str]]) -> str:
    """Return a type in words that fit TOML."""
    annotation = _plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"table {_heading(places[annotation][0])}"
    if origin is Literal:
        return ", ".join(f'`"{choice}"`' for choice in arguments)
    if origin in (Union, UnionType):
        kinds = [_type_text(kind, places) for kind in arguments if kind is not NoneType]
        return " or ".join(dict.fromkeys(kinds))
    if origin is tuple:
        names = "names or " if arguments[0] is NamedMolecule else ""
        return f"list of {names}{_type_text(arguments[0], places)}"
    if origin is dict:
        inner = _type_text(arguments[1], places)
        return inner if inner.startswith("table") else f"table {{key = {inner}}}"
    words = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    return words.get(annotation, "any value")


def _limits(field: FieldInfo) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    found = dict.fromkeys(
        f"{sign} {getattr(limit, name):g}"
        for limit in _constraints(field)
        for name, sign in signs.items()
        if hasattr(limit, name)
    )
    return f", {', '.join(found)}" if found else ""


def _constraints(field: FieldInfo) -> Iterator[Any]:
    """Yield the limits of a number, whether they stand at the field or inside its type."""
    waiting = [*field.metadata, field.annotation]
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, TypeAliasType):
            waiting.append(current.__value__)
        elif get_origin(current) is Literal:
            continue
        elif get_args(current):
            waiting += [*get_args(current), *getattr(current, "__metadata__", ())]
        elif isinstance(current, FieldInfo):
            waiting += current.metadata
        else:
            yield current


def _default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its defaults"
    return "*none*" if value is None else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case str():
            return f'"{value}"'
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{}"
        case _:
            return str(value)


def _markdown(text: str) -> str:
    """Turn reStructuredText literals into Markdown ones, and keep bars out of tables."""
    return re.sub(r"``(.+?)``", r"`\1`", text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference_page(), encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
