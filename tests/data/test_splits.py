"""Splits are reproducible, never overlap, and keep together what belongs together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, select, single
from vibench.core.properties import Properties
from vibench.data.recipes import ModelSplitRecipe, SplitRecipe, SubsetRecipe
from vibench.data.splits import Split, redivide, split_dataset, subset_index


def dataset(count: int, trajectories: int = 1, names: tuple[str, ...] = ("h",)) -> Dataset:
    kinds = concatenate([single(name, [1], [[0, 0, 0]], [1.0]) for name in names])
    molecules = select(kinds, np.arange(count) % len(names))
    index = np.arange(count) * trajectories // count
    return Dataset(molecules, Properties(energy=np.zeros(count)), "none", index)


def test_counts_of_formaldehyde() -> None:
    split = split_dataset(dataset(4001), SplitRecipe(train=3200, validation=400))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [3200, 400, 401]


@given(
    count=st.integers(10, 300),
    train=st.floats(0.1, 0.6),
    validation=st.floats(0.1, 0.3),
    scheme=st.sampled_from(["random", "block"]),
    seed=st.integers(0, 5),
)
def test_every_structure_is_used_once(
    count: int, train: float, validation: float, scheme: str, seed: int
) -> None:
    recipe = SplitRecipe.model_validate(
        {
            "scheme": scheme,
            "train": train,
            "validation": validation,
            "seed": seed,
            "block_length": 1,
        }
    )
    data = dataset(count)
    split = split_dataset(data, recipe)
    together = np.concatenate([split.train, split.validation, split.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(count))
    assert len(split.train) == round(train * count)
    again = split_dataset(data, recipe)
    np.testing.assert_array_equal(split.train, again.train)
    np.testing.assert_array_equal(split.test, again.test)


def test_the_seed_matters() -> None:
    first, second = (split_dataset(dataset(100), SplitRecipe(seed=seed)) for seed in (0, 1))
    assert not np.array_equal(first.train, second.train)


def test_part_of_the_data() -> None:
    split = split_dataset(dataset(100), SplitRecipe(train=20, validation=0, test=10))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [20, 0, 10]


def test_blocks_stay_together_within_trajectories() -> None:
    data = dataset(230, trajectories=2)
    recipe = SplitRecipe(scheme="block", block_length=20, train=0.6, validation=0.2)
    split = split_dataset(data, recipe)
    position = np.concatenate([np.arange(115), np.arange(115)])
    block = data.trajectory_index * 100 + position // 20
    parts = [set(block[part].tolist()) for part in (split.train, split.validation, split.test)]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert abs(len(split.train) - 138) <= 10


def test_molecules_stay_together() -> None:
    data = dataset(90, names=("a", "b", "c", "d", "e", "f"))
    split = split_dataset(data, SplitRecipe(scheme="molecule", train=0.5, validation=0.17))
    names = np.array(data.molecules.names)
    train, test = set(names[split.train].tolist()), set(names[split.test].tolist())
    assert len(train) == 3
    assert not train & test


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": 80, "validation": 30}, r"80 training and 30 validation.*has 100"),
        ({"train": 80, "validation": 10, "test": 20}, r"80 \+ 10 \+ 20"),
        ({"train": 10.5}, "10.5 is neither"),
        ({"scheme": "molecule"}, "no structures for validation: there are only 1"),
    ],
)
def test_impossible_splits(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_dataset(dataset(100), SplitRecipe.model_validate(changes))


def test_overlap_is_refused() -> None:
    with pytest.raises(InputError, match=r"1 structures more than once, e.g. structure 3"):
        Split(np.array([1, 3]), np.array([3]), np.array([5]))


@pytest.mark.parametrize("scheme", ["random", "block"])
def test_a_split_of_its_own_has_the_test_structures_of_all(scheme: str) -> None:
    data = dataset(16485, trajectories=240)
    recipe = SplitRecipe.model_validate({"scheme": scheme})
    common = split_dataset(data, recipe)
    own = redivide(data, recipe, ModelSplitRecipe(train=0.85, validation=0.05))
    np.testing.assert_array_equal(own.test, common.test)
    assert abs(len(own.train) - 14012) < 10
    assert abs(len(own.validation) - 824) < 10
    assert set(common.train) < set(own.train)
    assert not set(own.train) & set(own.validation)


def test_rounding_does_not_refuse_a_split_that_fits() -> None:
    own = redivide(dataset(30), SplitRecipe(), ModelSplitRecipe(train=0.85, validation=0.05))
    assert [len(part) for part in (own.train, own.validation, own.test)] == [26, 1, 3]


def test_a_split_that_takes_from_the_test_structures_is_refused() -> None:
    with pytest.raises(InputError, match=r"the test set of data\.split leaves 90 of 100"):
        redivide(dataset(100), SplitRecipe(), ModelSplitRecipe(train=0.9, validation=0.1))


def test_subsets_are_nested_and_repeated_to_the_length_of_an_epoch() -> None:
    structures = np.arange(10, 110)
    sets = [
        subset_index(structures, SubsetRecipe(structures=count, budget="epochs"))
        for count in (10, 20, 40)
    ]
    assert [len(chosen) for chosen in sets] == [10, 20, 40]
    assert set(sets[0]) < set(sets[1]) < set(sets[2]) < set(structures)
    repeated = subset_index(structures, SubsetRecipe(structures=30))
    values, counts = np.unique(repeated, return_counts=True)
    assert (len(repeated), len(values)) == (100, 30)
    assert set(counts) == {3, 4}
    other = subset_index(structures, SubsetRecipe(structures=30, seed=1))
    assert set(other) != set(repeated)


def test_a_subset_is_smaller_than_the_whole() -> None:
    with pytest.raises(InputError, match=r"asks for 100 training structures.*only 100"):
        subset_index(np.arange(100), SubsetRecipe(structures=100))
