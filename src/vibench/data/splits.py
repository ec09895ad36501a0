"""Reproducible division of a data set into training, validation and test parts."""

from dataclasses import dataclass

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.data.recipes import SplitRecipe


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Which structures of a data set are for what; the parts never overlap."""

    train: Array
    """(structures,) ascending positions in the data set to train on."""
    validation: Array
    """(structures,) ascending positions that decide when training stops."""
    test: Array
    """(structures,) ascending positions to judge by."""

    def __post_init__(self) -> None:
        together = np.concatenate([self.train, self.validation, self.test])
        values, counts = np.unique(together, return_counts=True)
        if np.any(counts > 1):
            raise InputError(
                f"split uses {int((counts > 1).sum())} structures more than once, e.g. structure "
                f"{values[counts > 1][0]}; training, validation and test must not overlap"
            )


def split_dataset(dataset: Dataset, recipe: SplitRecipe) -> Split:
    """Divide a data set; the same data and recipe give the same parts.

    Schemes that keep structures together shuffle whole groups and cut where the number of
    structures is nearest to what was asked for, so counts are met as well as groups allow.

    Raises
    ------
    InputError
        If the parts ask for more than there is, or a part that was asked for gets nothing.
    """
    total = len(dataset)
    asked = [_count(recipe.train, total), _count(recipe.validation, total)]
    if sum(asked) > total:
        raise InputError(
            f"split asks for {asked[0]} training and {asked[1]} validation structures, but the "
            f"data set has {total}"
        )
    rest = total - sum(asked)
    asked.append(rest if recipe.test is None else _count(recipe.test, total))
    if asked[2] > rest:
        raise InputError(
            f"split asks for {asked[0]} + {asked[1]} + {asked[2]} structures (training, "
            f"validation, test), but the data set has {total}"
        )
    groups = _groups(dataset, recipe)
    order = generator("split", recipe.scheme, recipe.seed).permutation(len(groups))
    ends = np.cumsum([0] + [len(groups[index]) for index in order])
    cuts = [0, *(int(np.abs(ends - target).argmin()) for target in np.cumsum(asked))]
    parts = []
    for name, wanted, first, last in zip(
        ("training", "validation", "test"), asked, cuts, cuts[1:], strict=False
    ):
        chosen = [groups[index] for index in order[first:last]]
        if wanted and not chosen:
            raise InputError(
                f"split by {recipe.scheme} leaves no structures for {name}: there are only "
                f"{len(groups)} groups; use fewer parts, smaller blocks or the scheme random"
            )
        parts.append(np.sort(np.concatenate([np.zeros(0, np.int64), *chosen])))
    return Split(*parts)


def _count(share: float, total: int) -> int:
    if share < 1:
        return round(share * total)
    if share != int(share):
        raise InputError(
            f"split share {share} is neither a fraction (below 1) nor a whole number of structures"
        )
    return int(share)


def _groups(dataset: Dataset, recipe: SplitRecipe) -> list[Array]:
    """Return the structures that must stay together, each group as positions in the data set."""
    if recipe.scheme == "random":
        return list(np.arange(len(dataset))[:, None])
    if recipe.scheme == "molecule":
        names = np.array(dataset.molecules.names)
        return [np.flatnonzero(names == name) for name in sorted(set(names.tolist()))]
    groups = []
    for trajectory in np.unique(dataset.trajectory_index):
        members = np.flatnonzero(dataset.trajectory_index == trajectory)
        groups += [
            members[start : start + recipe.block_length]
            for start in range(0, len(members), recipe.block_length)
        ]
    return groups
