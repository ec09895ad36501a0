"""Reproducible division of a data set into training, validation and test parts."""

from dataclasses import dataclass

import numpy as np

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.data.recipes import ModelSplitRecipe, SplitRecipe, SubsetRecipe


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
    groups, ends = _shuffled_groups(dataset, recipe)
    cuts = [0, *(_nearest(ends, target) for target in np.cumsum(asked))]
    parts = []
    for name, wanted, first, last in zip(
        ("training", "validation", "test"), asked, cuts, cuts[1:], strict=False
    ):
        parts.append(_part(groups[first:last]))
        if wanted and not len(parts[-1]):
            raise InputError(
                f"split by {recipe.scheme} leaves no structures for {name}: there are only "
                f"{len(groups)} groups; use fewer parts, smaller blocks or the scheme random"
            )
    return Split(*parts)


def redivide(dataset: Dataset, recipe: SplitRecipe, own: ModelSplitRecipe) -> Split:
    """Divide a data set anew into training and validation; the test structures stay the same.

    Parameters
    ----------
    dataset, recipe
        What is divided, and how all models do it.
    own
        The shares of one model. Groups come in the order of *recipe*, so that of two shares for
        training the smaller one lies inside the larger.

    Raises
    ------
    InputError
        If *own* asks for more than the test structures leave, or for nothing.
    """
    common, total = split_dataset(dataset, recipe), len(dataset)
    train, validation = _count(own.train, total), _count(own.validation, total)
    left = len(common.train) + len(common.validation)
    if train + validation > left + 1:  # two shares may both have been rounded up
        raise InputError(
            f"the model's split asks for {train} training and {validation} validation structures, "
            f"but the test set of data.split leaves {left} of {total}"
        )
    groups, ends = _shuffled_groups(dataset, recipe)
    last = _nearest(ends, left)
    first = min(_nearest(ends, train), last)
    end = min(_nearest(ends, train + validation), last)
    parts = (_part(groups[:first]), _part(groups[first:end]))
    for name, part in zip(("training", "validation"), parts, strict=True):
        if not len(part):
            raise InputError(f"the model's split leaves no structures for {name}")
    return Split(*parts, common.test)


def subset_index(structures: Array, subset: SubsetRecipe) -> Array:
    """Return what one epoch on some of the *structures* consists of.

    They are the first ones of a random order: of one seed, smaller subsets lie inside larger ones.
    If the number of steps is to stay the same, an epoch has as many structures as with all of them,
    each several times: then all that is counted in epochs (schedule of the learning rate, patience,
    late stages) means as many steps as before.

    Parameters
    ----------
    structures : (structures,)
        Positions of all training structures in a data set.
    subset
        How many of them, and for how long.

    Raises
    ------
    InputError
        If the subset is not smaller than the whole.
    """
    count = subset.structures
    if count >= len(structures):
        raise InputError(
            f"a learning curve asks for {count} training structures, but there are only "
            f"{len(structures)}, which are its last point without being listed; list smaller "
            "numbers"
        )
    order = generator("learning curve", subset.seed).permutation(len(structures))
    chosen = np.sort(structures[order[:count]])
    return np.resize(chosen, len(structures)) if subset.budget == "steps" else chosen


def _shuffled_groups(dataset: Dataset, recipe: SplitRecipe) -> tuple[list[Array], Array]:
    """Return groups in random order, and how many structures come before each and in all."""
    groups = _groups(dataset, recipe)
    order = generator("split", recipe.scheme, recipe.seed).permutation(len(groups))
    shuffled = [groups[index] for index in order]
    return shuffled, np.cumsum([0] + [len(group) for group in shuffled])


def _nearest(ends: Array, target: int) -> int:
    return int(np.abs(ends - target).argmin())


def _part(groups: list[Array]) -> Array:
    return np.sort(np.concatenate([np.zeros(0, np.int64), *groups]))


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
