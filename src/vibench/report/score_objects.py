"""Scores in JSON form, as ``summary.json`` and ``comparison.json`` hold them."""

import math
from collections.abc import Mapping
from typing import Any

from vibench.core.reading import parse_object
from vibench.core.score import Score
from vibench.report.formatting import finite_or_none

_FIELDS = (
    *("name", "value", "low", "high", "unit", "n", "model", "molecule", "temperature_k"),
    *("reference", "dataset", "part", "width_cm1", "training_structures", "group"),
)


def score_object(score: Score) -> dict[str, Any]:
    """Return a score in JSON form; what is not a finite number becomes null."""
    return {name: finite_or_none(getattr(score, name)) for name in _FIELDS}


def score_of(row: Mapping[str, Any], place: str) -> Score:
    """Return a score, given its JSON form; null becomes NaN.

    Which direction is better the form does not say.

    Raises
    ------
    InputError
        If *row*, which lies at *place*, is no score.
    """
    fields = {name: row[name] for name in _FIELDS if name in row}
    if fields.get("value", 0) is None:
        fields["value"] = math.nan
    return parse_object(Score, fields | {"higher_is_better": False}, place)
