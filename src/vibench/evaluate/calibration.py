"""Calibration of committees: whether their spread is as large as their errors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata
from scipy.stats import t as student_t

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.properties import Properties
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.core.streams import generator
from vibench.core.units import DEBYE
from vibench.evaluate.errors import BLOCK_LENGTH
from vibench.statistics.bootstrap import block_bootstrap

_BINS: Final = 10
_FEWEST_PER_BIN: Final = 10
"""Values a bin should hold: fewer say little about a root mean square."""
_LEVELS: Final = np.arange(0.05, 0.96, 0.05)
"""Levels of confidence at which coverage is looked at."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well the spread of a committee tells its errors."""

    scores: tuple[Score, ...]
    """Figures of merit per property."""
    curves: tuple[Reliability, ...]
    """Errors by predicted standard deviation per property."""


def calibrate(
    dataset: Dataset,
    predicted: Properties[Array],
    *,
    members: int,
    model: str,
    dataset_name: str,
    block_length: int = BLOCK_LENGTH,
) -> Calibration:
    """Compare the spread of a committee with its errors on labelled structures.

    A committee of M members counts as calibrated if the label is like one more member. With error
    e = x̄ - label and spread s (M - 1 in the denominator) of a component then

        t = e / (s √(1 + 1/M))

    follows Student's t with M - 1 degrees of freedom, exactly so for few members as for many, and
    the mean of e² equals that of s² (1 + 1/M).

    | quantity | scores |
    |---|---|
    | √(Σe² / Σs²(1 + 1/M)) | ``error over spread``: 1 if calibrated, above 1 if overconfident |
    | share of abs(t) ≤ 1 and ≤ 2 | ``within 1 spread``, ``within 2 spreads``, and expected ones |
    | mean over levels p of abs(share of abs(t) ≤ t_p - p) | ``expected calibration error`` |
    | Spearman's ρ of abs(e) and s | ``error and spread, Spearman`` |

    Errors and spreads of forces (per atom) and dipoles are lengths of vectors in Spearman's ρ and
    in the bins, so that they do not depend on how a molecule is turned. Mean squares of t are not
    given: they do not exist for up to three members. Intervals are 95 % bootstrap intervals over
    blocks of structures, as those of errors.

    Parameters
    ----------
    dataset
        Structures with labels; those without are left out, property by property.
    predicted
        Means over members, with their standard deviations as `Properties.uncertainty`.
    members
        Number M of members.
    model
        Name in the scores.
    dataset_name
        Name of the data set in the scores.
    block_length
        Successive structures that the bootstrap draws together.

    Raises
    ------
    InputError
        If the predictions have no uncertainty.
    """
    if predicted.uncertainty is None or members < 2:
        raise InputError(f"{model} has no spread to compare with errors: it needs two members")
    scores: list[Score] = []
    curves: list[Reliability] = []
    for one in _deviations(dataset, predicted, predicted.uncertainty, members):
        about = (one, dataset, model, dataset_name, block_length)
        scores += _scores(*about, members=members)
        curves.append(_reliability(*about))
    return Calibration(tuple(scores), tuple(curves))


@dataclass(frozen=True, slots=True, eq=False)
class _Deviations:
    """Errors and spreads of one property; a vector is an energy, an atom's force or a dipole."""

    name: str
    unit: str
    error: Array
    """(vectors, components) predicted less label."""
    spread: Array
    """(vectors, components) s √(1 + 1/M)."""
    structure: Array
    """(vectors,) index of the structure, ascending."""

    @property
    def lengths(self) -> tuple[Array, Array]:
        """Root mean squares over components of error and of spread, (vectors,) each."""
        return _root_mean_square(self.error), _root_mean_square(self.spread)


def _root_mean_square(values: Array) -> Array:
    return np.asarray(np.sqrt((values**2).mean(axis=1)))


def _deviations(
    dataset: Dataset, predicted: Properties[Array], spread: Properties[Array], members: int
) -> Iterator[_Deviations]:
    structures = np.arange(len(dataset.molecules))
    index = {"forces": dataset.molecules.molecule_index}
    widened = np.sqrt(1 + 1 / members)
    for key, name, unit, factor in (
        ("energy", "energy", "meV", 1e3),
        ("forces", "force", "meV/Å", 1e3),
        ("dipole", "dipole", "mDebye", 1e3 / DEBYE),
    ):
        label, found, own = (getattr(p, key) for p in (dataset.properties, predicted, spread))
        if label is None or found is None or own is None:
            continue
        structure = index.get(key, structures)
        error = factor * (found - label).reshape(len(structure), -1)
        known = np.isfinite(error).all(axis=1)
        if known.any():
            spreads = factor * widened * own.reshape(len(structure), -1)
            yield _Deviations(name, unit, error[known], spreads[known], structure[known])


def _scores(
    one: _Deviations,
    dataset: Dataset,
    model: str,
    dataset_name: str,
    block_length: int,
    *,
    members: int,
) -> list[Score]:
    chosen = np.unique(one.structure)
    groups = dataset.trajectory_index[chosen]
    sums = _sums(one, members)[chosen]
    gather = _Gather(one, chosen)
    inside = [float(np.diff(student_t.cdf((-k, k), members - 1))[0]) for k in (1, 2)]
    told = f"by Student's t with {members - 1} degrees of freedom {{:.1%}} are expected"
    statistics: list[tuple[str, Array, Callable[[Array], float], bool, str]] = [
        ("error over spread", sums, _ratio, False, "1 if the label is like one more member"),
        ("within 1 spread", sums, lambda rows: _share(rows, 3), True, told.format(inside[0])),
        ("within 2 spreads", sums, lambda rows: _share(rows, 4), True, told.format(inside[1])),
        ("expected calibration error", sums, _calibration_error, False, "0 if calibrated"),
        ("error and spread, Spearman", np.arange(len(chosen)), gather, True, "lengths of vectors"),
    ]
    scores = []
    for label, values, statistic, higher, words in statistics:
        name, value = f"{one.name} {label}", statistic(values)
        interval = None
        if np.isfinite(value):
            rng = generator("calibration", model, dataset_name, name)
            interval = block_bootstrap(
                values, groups, statistic, block_length=block_length, rng=rng
            )
        scores.append(
            Score(
                name=name,
                value=value,
                unit="",
                higher_is_better=higher,
                n=len(chosen),
                low=None if interval is None else interval.low,
                high=None if interval is None else interval.high,
                estimand=f"{words}; {members} members; 95 % block bootstrap over structures",
                model=model,
                dataset=dataset_name,
            )
        )
    return scores


def _sums(one: _Deviations, members: int) -> Array:
    """Return (structures, 5 + levels) sums over components that all scores but one are made of.

    Columns: components, Σe², Σs²(1 + 1/M), components with |t| ≤ 1, with |t| ≤ 2, and with |t|
    within the central interval of each level.
    """
    size, spread = np.abs(one.error), one.spread
    # Members that agree exactly leave no doubt: any error is infinitely far out.
    apart = np.where(size > 0, np.inf, 0.0)
    ratio = np.divide(size, spread, out=apart, where=spread > 0)
    quantiles = student_t.ppf(0.5 + _LEVELS / 2, members - 1)
    columns = [np.ones_like(size), size**2, spread**2, ratio <= 1, ratio <= 2]
    columns += [ratio <= quantile for quantile in quantiles]
    return np.stack([np.bincount(one.structure, column.sum(axis=1)) for column in columns], axis=1)


def _ratio(rows: Array) -> float:
    total = rows.sum(axis=0)
    return float(np.sqrt(total[1] / total[2])) if total[2] > 0 else float("inf")


def _share(rows: Array, column: int) -> float:
    return float(rows[:, column].sum() / rows[:, 0].sum())


def _calibration_error(rows: Array) -> float:
    total = rows.sum(axis=0)
    return float(np.abs(total[5:] / total[0] - _LEVELS).mean())


class _Gather:
    """Spearman's ρ of the vectors of some structures, drawn by their place among all."""

    def __init__(self, one: _Deviations, structures: Array) -> None:
        self.error, self.spread = one.lengths
        self.starts = np.searchsorted(one.structure, structures)
        self.sizes = np.searchsorted(one.structure, structures, side="right") - self.starts

    def __call__(self, drawn: Array) -> float:
        sizes = self.sizes[drawn]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[drawn] - ends + sizes, sizes)
        error, spread = self.error[places], self.spread[places]
        if np.ptp(error) == 0 or np.ptp(spread) == 0:
            return float("nan")
        return float(np.corrcoef(rankdata(error), rankdata(spread))[0, 1])


def _reliability(
    one: _Deviations, dataset: Dataset, model: str, dataset_name: str, block_length: int
) -> Reliability:
    """Return errors by spread in bins of equally many vectors."""
    error, spread = one.lengths
    count = int(np.clip(len(error) // _FEWEST_PER_BIN, 1, _BINS))
    parts = np.array_split(np.argsort(spread, kind="stable"), count)
    rows = []
    for place, part in enumerate(parts):
        squares = np.bincount(one.structure[part], error[part] ** 2)
        counts = np.bincount(one.structure[part])
        here = np.flatnonzero(counts)
        interval = block_bootstrap(
            np.stack([counts[here], squares[here]], axis=1),
            dataset.trajectory_index[here],
            _root_mean,
            block_length=block_length,
            rng=generator("reliability", model, dataset_name, one.name, place),
        )
        ends = (np.nan, np.nan) if interval is None else (interval.low, interval.high)
        rows.append(
            (np.sqrt((spread[part] ** 2).mean()), np.sqrt((error[part] ** 2).mean()), *ends)
        )
    predicted, found, low, high = np.array(rows).T
    return Reliability(model, one.name, one.unit, dataset_name, predicted, found, low, high)


def _root_mean(rows: Array) -> float:
    count, squares = rows.sum(axis=0)
    return float(np.sqrt(squares / count))
