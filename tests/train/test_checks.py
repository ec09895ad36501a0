"""Data that cannot be learned from are refused with one clear sentence."""

from dataclasses import replace

import numpy as np
import pytest

from tests.train.runs import SMALL, diatomics, trainer
from vibench.core.dataset import Dataset, join
from vibench.core.errors import InputError
from vibench.core.molecules import single
from vibench.core.properties import Properties
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer


def with_hcl(dataset):
    """The data set with one more structure, number 40, of another element."""
    molecule = single("HCl", [17, 1], [[0.0, 0.0, 0.0], [1.3, 0.0, 0.0]], [35.0, 1.0])
    labels = Properties(np.zeros(1), np.zeros((2, 3)), np.zeros((1, 3)))
    return join([dataset, Dataset(molecule, labels, "spring", np.zeros(1, np.int64))])


def made(dataset, train, validation, test=None):
    recipe = TrainRecipe(epochs=1, batch_size=8)
    return Trainer(
        dataset, train, validation, architecture=SMALL, recipe=recipe, test_index=test, device="cpu"
    )


def test_a_weight_for_a_label_that_is_missing_is_refused():
    full = diatomics()
    labels = Properties(energy=full.properties.energy, forces=full.properties.forces)
    with pytest.raises(InputError, match="dipole_weight is not zero but the training data has no"):
        trainer(replace(full, properties=labels), epochs=1)


def test_a_label_that_all_training_structures_lack_is_refused():
    dataset = diatomics()
    dataset.properties.dipole[:32] = np.nan
    with pytest.raises(InputError, match="all 32 training structures lack their dipole"):
        trainer(dataset, epochs=1)
    trainer(dataset, epochs=1, dipole_weight=0.0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_label_that_is_not_a_number_in_part_is_refused(value):
    dataset = diatomics()
    dataset.properties.forces[11] = value  # one atom of structure 5
    with pytest.raises(InputError, match=r"forces of structure 5 \(OH\) is not a finite number"):
        trainer(dataset, epochs=1)


def test_an_infinite_energy_is_refused():
    dataset = diatomics()
    dataset.properties.energy[7] = -np.inf
    with pytest.raises(InputError, match=r"energy of structure 7 \(OH\)"):
        trainer(dataset, epochs=1)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_an_element_that_no_training_structure_has_is_named(part):
    dataset, index = with_hcl(diatomics()), np.arange(41)
    parts = (index[32:40], index[40:]) if part == "test" else (index[32:], None)
    message = rf"element Cl of {part} structure 40 \(HCl\) is unknown .* learns H, O; add"
    with pytest.raises(InputError, match=message):
        made(dataset, index[:32], *parts)
    made(dataset, index[[0, 40]], index[1:30])


def test_atoms_on_top_of_one_another_are_named():
    dataset = diatomics()
    dataset.molecules.positions[13] = dataset.molecules.positions[12] + [0.03, 0.0, 0.04]
    with pytest.raises(
        InputError, match=r"atoms 0 \(O\) and 1 \(H\) of structure 6 \(OH\) are 0.05 Å apart"
    ):
        trainer(dataset, epochs=1)
    index = np.arange(40)
    made(dataset, index[7:32], index[32:])  # nobody uses it


@pytest.mark.parametrize(
    ("train", "validation", "message"),
    [
        (range(30), range(29, 40), "structure 29 is in two parts, training and validation"),
        (range(30), range(30, 50), "validation structures name structure 40, but the data set has"),
        ([-1, 3], [2], "training structures name structure -1"),
        ([], [2], "at least one training structure"),
        ([1], [], "at least one validation structure"),
    ],
)
def test_parts_that_are_no_division_of_the_data_are_refused(train, validation, message):
    train, validation = (np.array(part, dtype=np.int64) for part in (train, validation))
    with pytest.raises(InputError, match=message):
        made(diatomics(), train, validation)


def test_a_structure_may_count_twice():
    made(diatomics(), np.array([0, 1, 1]), np.array([2]))
