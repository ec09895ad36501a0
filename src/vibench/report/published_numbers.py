"""The numbers of the published benchmark, and those of a study beside them."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from vibench.core.score import Score
from vibench.report.costs import training_hours
from vibench.report.formatting import core_time, number_text
from vibench.report.means import (
    TRAINED,
    kind_of,
    mean_over_molecules,
    mean_over_temperatures,
    spectrum_scores,
)
from vibench.report.results import StudyResults, model_names, source_roles
from vibench.report.scores import MEASURED, SCALED, SCALED_TITLE, overall, shared
from vibench.report.table import Cell, Column, Table, text_column

PAPER: Final = (
    "Benchmarking machine-learned interatomic potentials for molecular infrared spectroscopy"
)
"""Title of the work that the numbers are from."""
PUBLISHED_CITATIONS: Final = (
    (
        f"Published benchmark: N. B., O. K. and P. R., {PAPER}; input files and models at "
        "https://gitlab.com/cest-group/ml4ir-bench (its text, as it was at hand, has authors by "
        "their initials, and neither journal nor DOI)"
    ),
    (
        "Its data: Leveraging active learning-enhanced machine-learned interatomic potential for "
        "efficient infrared spectra prediction, npj Comput. Mater. 11, 324 (2025), arXiv:2506.13486"
    ),
)
"""How the benchmark and its data are cited, as far as its text says."""
REFERENCE: Final = "reference"
"""In place of a model for the reference itself against measured spectra."""
_FEWEST_MODELS: Final = 2
_TRAINING: Final = "training time"
_AT_K: Final = 300.0
_MOLECULE: Final = "methanol"


@dataclass(frozen=True, slots=True)
class PublishedNumber:
    """One number of the paper."""

    table: str
    """Number of its table there."""
    quantity: str
    """What it is."""
    unit: str
    """Its unit."""
    model: str
    """Model, or `REFERENCE`."""
    value: str
    """The number as printed."""
    deviation: str
    """Standard deviation as printed; empty without one."""
    conditions: str
    """Of which data it is."""


@cache
def published_numbers() -> tuple[PublishedNumber, ...]:
    """Return the numbers of Tables 3 to 7, in their order."""
    file = resources.files("vibench.report").joinpath("published", "benchmark.csv")
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return tuple(PublishedNumber(*row) for row in list(csv.reader(lines))[1:])


def published_table(results: StudyResults) -> Table:
    """Return published numbers beside those of a study that has two or more of their models."""
    names = {_key(name): name for name in model_names(results)}
    references = [name for name, role in source_roles(results).items() if role == "reference"]
    known = {one.model for one in published_numbers() if _key(one.model) in names}
    rows: list[tuple[Cell, ...]] = []
    for one in published_numbers() if len(known) >= _FEWEST_MODELS else ():
        own = next(iter(references), None) if one.model == REFERENCE else names.get(_key(one.model))
        if own is None:
            continue
        value = _own_value(results, one.quantity, own)
        if value is not None:
            quantity = one.quantity.replace(SCALED, SCALED_TITLE)
            place = (f"Table {one.table}", quantity, one.unit, own)
            rows.append((*place, _number(one.value), _number(one.deviation), value, one.conditions))
    return Table(
        name="published",
        title="Beside the published benchmark",
        caption="Context, not a comparison. Published are Tables 3 to 7 of the work cited under "
        f"Provenance ({PAPER}): 24 molecules and "
        "16 485 structures at the level PBE+TS, models of the paper's size, 50 ps of dynamics at "
        "a friction that broadens bands. Here data, level of theory, molecules, size and length of "
        "training, and processing of spectra are those of this study: a lower number here does not "
        "mean a better model. Only models of the same name and numbers that this study has, too. "
        "Standard deviations are over molecules or temperatures. Small figures are 95 % intervals.",
        section="published",
        columns=(
            text_column("published in"),
            text_column("quantity"),
            text_column("unit"),
            text_column("model"),
            Column("published"),
            Column("published: standard deviation"),
            Column("this study"),
            text_column("conditions of the published number"),
        ),
        rows=tuple(rows),
    )


def _key(name: str) -> str:
    """Return *name* as far as spelling matters: SO3net is SO3Net."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _number(text: str) -> str | None:
    """Return a number as printed, zeros at the end included."""
    return text or None


def _own_value(results: StudyResults, quantity: str, model: str) -> Cell:
    measure, *place = quantity.split(", ")
    if measure == _TRAINING:
        return _training(results, model)
    if not place:
        return overall(results.scores, measure, model)
    own = [s for s in spectrum_scores(results) if s.name == measure]
    if "mean over temperatures" in place:
        chosen = [s for s in own if s.molecule == _MOLECULE and s.reference != MEASURED]
        several = len({s.temperature_k for s in chosen}) > 1
        mean = mean_over_temperatures(_of(shared(chosen), model)) if several else None
        return None if mean is None else mean.score
    measured = place[-1] == "against measured"
    chosen = [
        score
        for score in own
        if (score.reference == MEASURED) == measured and score.temperature_k == _AT_K
    ]
    if "mean over molecules" in place:
        trained = [s for s in chosen if kind_of(s.molecule, results) == TRAINED]
        several = len({s.molecule for s in trained}) > 1
        mean = mean_over_molecules(_of(shared(trained), model)) if several else None
        return None if mean is None else mean.score
    return next(iter(_of([s for s in chosen if s.molecule == _MOLECULE], model)), None)


def _of(scores: Sequence[Score], model: str) -> list[Score]:
    return [score for score in scores if score.model == model]


def _training(results: StudyResults, model: str) -> str | None:
    """Return the cost of one training in words; hardware differs, so units do."""
    parts = []
    for device, kind in (("cpu", "core"), ("cuda", "GPU")):
        hours = training_hours(results, model, device)
        if hours is not None:
            factor, unit = core_time(hours)
            parts.append(f"{number_text(factor * hours)} {kind}-{unit}")
    return ", ".join(parts) or None
