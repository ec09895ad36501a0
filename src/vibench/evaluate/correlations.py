"""Correlation of the errors of several models on one test set."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from vibench.core.correlation import ErrorCorrelation
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.core.structure_errors import ENERGY_ERROR, FORCE_RMSE, StructureErrors
from vibench.evaluate.structures import errors_alike, molecule_groups
from vibench.statistics.bootstrap import block_bootstrap

QUANTITIES: Final = {ENERGY_ERROR: "energy error", FORCE_RMSE: "norm of force error"}
"""Quantity of single structures → its name in correlations."""


def error_correlations(models: Sequence[StructureErrors]) -> list[ErrorCorrelation]:
    """Correlate the errors of all pairs of models over the structures of one test set.

    Signed energy errors and norms of force errors, each less its mean over the molecule: what is
    correlated is how errors change from structure to structure, not which molecules are hard. For
    a single molecule this is the plain Pearson correlation. Intervals are of a bootstrap over
    blocks of successive structures, as long as the errors of any of the models are correlated.

    Parameters
    ----------
    models
        Errors of each model on the same structures.

    Raises
    ------
    InputError
        If they are not of the same structures.
    """
    first = models[0]
    for other in models[1:]:
        same = first.molecules == other.molecules and np.array_equal(first.time_fs, other.time_fs)
        if not same:
            raise InputError(
                f"{first.model!r} and {other.model!r} were not judged on the same structures of "
                f"{first.dataset!r}"
            )
    groups, length = molecule_groups(first), max(map(errors_alike, models))
    return [
        _pair(one, other, quantity, groups, length)
        for quantity in QUANTITIES
        for one, other in combinations((m for m in models if quantity in m.values), 2)
    ]


def _pair(
    one: StructureErrors, other: StructureErrors, quantity: str, groups: Array, length: int
) -> ErrorCorrelation:
    pair = np.stack([_centred(m.values[quantity], groups) for m in (one, other)], axis=1)
    value, interval = _pearson(pair), None
    if np.isfinite(value):
        rng = generator("bootstrap", one.dataset, quantity, one.model, other.model)
        interval = block_bootstrap(pair, groups, _pearson, block_length=length, rng=rng)
    return ErrorCorrelation(
        dataset=one.dataset,
        quantity=QUANTITIES[quantity],
        first=one.model,
        second=other.model,
        value=value,
        n=len(pair),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand="Pearson correlation over structures of errors less their mean over the molecule; "
        f"95 % bootstrap over blocks of {length} successive structures",
    )


def _centred(values: Array, groups: Array) -> Array:
    means = np.bincount(groups, values) / np.bincount(groups)
    return np.asarray(values - means[groups])


def _pearson(pair: Array) -> float:
    """Return the correlation of two columns, or NaN where one of them does not vary."""
    centred = pair - pair.mean(axis=0)
    scale = float(np.sqrt(np.prod((centred**2).sum(axis=0))))
    return float((centred[:, 0] * centred[:, 1]).sum()) / scale if scale > 0 else float("nan")
