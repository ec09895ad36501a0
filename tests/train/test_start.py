"""Fine-tuning: training that begins with the weights of a model trained before."""

from dataclasses import replace

import numpy as np
import pytest

from tests.train.runs import SMALL, MemoryCheckpoint, diatomics, trainer
from tests.train.test_resume import TINY
from vibench.core.dataset import subset
from vibench.core.errors import InputError
from vibench.core.protocols import Silent
from vibench.potentials.learned import LearnedPotential
from vibench.train.recipe import TrainRecipe
from vibench.train.start import start_reference_energies
from vibench.train.trainer import Trainer


def shifted(dataset, *, offset=0.0, stiffness=1.0):
    """The springs by another method: other reference energies, other force constants."""
    labels = dataset.properties
    energy = -2000.0 + offset + stiffness * (labels.energy + 2000.0)
    other = replace(labels, energy=energy, forces=stiffness * labels.forces)
    return replace(dataset, properties=other)


@pytest.fixture(scope="module")
def old():
    """A model of the springs."""
    return trainer(diatomics(), epochs=60).run(MemoryCheckpoint(), Silent()).weights


def few(dataset, start=None, **settings):
    """A run with four structures to learn from."""
    recipe = TrainRecipe(batch_size=4, dipole_weight=0.1, **{"epochs": 10} | settings)
    return Trainer(
        dataset,
        np.arange(4),
        np.arange(32, 40),
        architecture=SMALL,
        recipe=recipe,
        start=start,
        device="cpu",
    )


def force_error(weights, dataset):
    potential = LearnedPotential(weights, name="springs", dtype="float64", device="cpu")
    held_out = subset(dataset, np.arange(4, 32))
    return np.abs(potential(held_out.molecules).forces - held_out.properties.forces).mean()


def test_fine_tuning_on_few_structures_beats_training_from_scratch(old):
    other = shifted(diatomics(), offset=30.0, stiffness=1.2)
    tuned = few(other, old, learning_rate=1e-3).run(MemoryCheckpoint(), Silent())
    scratch = few(other, learning_rate=5e-3).run(MemoryCheckpoint(), Silent())
    assert force_error(tuned.weights, other) < 0.9 * force_error(old, other)
    assert force_error(tuned.weights, other) < 0.3 * force_error(scratch.weights, other)


@pytest.mark.parametrize("name", sorted(TINY))
def test_the_first_epoch_begins_where_the_model_ended(name):
    run = trainer(diatomics(), architecture=TINY[name], epochs=2)
    weights = run.run(MemoryCheckpoint(), Silent()).weights
    again = trainer(
        diatomics(),
        architecture=TINY[name],
        start=weights,
        epochs=1,
        learning_rate=1e-12,
        minimum_learning_rate=0.0,
        seed=5,
    ).run(MemoryCheckpoint(), Silent())
    for key, array in weights.arrays.items():
        np.testing.assert_allclose(again.weights.arrays[key], array, atol=1e-10, err_msg=key)


def test_reference_energies_are_kept_by_the_same_method_and_follow_another(old):
    data = subset(diatomics(), np.arange(32))
    found = LearnedPotential(old, name="springs", dtype="float64", device="cpu")(data.molecules)
    exact = replace(data, properties=replace(data.properties, energy=found.energy))
    assert start_reference_energies(old, exact, "cpu") == pytest.approx(old.reference_energies)
    exact.properties.energy[3] = np.nan
    exact.properties.energy[:] += 30.0
    moved = start_reference_energies(old, exact, "cpu")
    for z, energy in old.reference_energies.items():  # OH alone: the smallest shifts are equal
        assert moved[z] - energy == pytest.approx(15.0)


def test_elements_that_the_data_lack_stay_known(old):
    with_carbon = replace(old, reference_energies=old.reference_energies | {6: -1000.0})
    run = trainer(diatomics(), start=with_carbon, epochs=1)
    assert run.weights.reference_energies[6] == -1000.0


def test_another_architecture_is_refused_with_the_differences(old):
    larger = SMALL.model_copy(update={"features": 16, "cutoff_angstrom": 4.0})
    with pytest.raises(
        InputError, match=r"\(there → here\): features: 8 → 16; cutoff_angstrom: 5.0 → 4.0\. Set"
    ):
        trainer(diatomics(), architecture=larger, start=old, epochs=1)
    with pytest.raises(InputError, match="architecture: painn → mace"):
        trainer(diatomics(), architecture=TINY["mace"], start=old, epochs=1)


def test_elements_that_the_model_does_not_know_are_refused(old):
    without = replace(old, reference_energies={8: -2000.0})
    with pytest.raises(InputError, match=r"element H of training structure 0 \(OH\) is unknown"):
        trainer(diatomics(), start=without, epochs=1)


def test_other_weights_are_other_training(old):
    checkpoint = MemoryCheckpoint()
    trainer(diatomics(), start=old, epochs=1).run(checkpoint, Silent())
    name, array = next(iter(old.arrays.items()))
    other = replace(old, arrays={**old.arrays, name: array + 1.0})
    with pytest.raises(InputError, match=r"start: \w{64} → \w{64}"):
        trainer(diatomics(), start=other, epochs=1).run(checkpoint, Silent())
    with pytest.raises(InputError, match=r"start: \w{64} → none"):
        trainer(diatomics(), epochs=1).run(checkpoint, Silent())
