"""Training: it learns, and learns from the labels that there are."""

import numpy as np
import pytest
import torch

from tests.train.runs import SMALL, MemoryCheckpoint, diatomics, trainer
from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.protocols import Silent
from vibench.potentials.network import predict
from vibench.train.loss import loss
from vibench.train.offsets import fit_reference_energies
from vibench.train.recipe import SecondStage
from vibench.train.summary import summarise


def test_errors_fall_by_an_order_of_magnitude():
    trained = trainer(diatomics(), epochs=60).run(MemoryCheckpoint(), Silent())
    for column in ("force_mae_mev_per_angstrom", "dipole_mae_mdebye"):
        errors = trained.history[column]
        assert errors.min() < 0.1 * errors[0]
    assert trained.weights.reference_energies.keys() == {1, 8}


def test_early_stopping_ends_a_run_that_no_longer_improves():
    trained = trainer(diatomics(), epochs=500, early_stopping_patience=3, plateau_patience=1).run(
        MemoryCheckpoint(), Silent()
    )
    history = trained.history["validation_loss"]
    assert len(history) < 500
    assert len(history) - 1 - np.argmin(history) == 3


def gradients(run, index):
    """The gradient of the loss over the structures at *index*, and the loss."""
    batch = run.training.batch(np.asarray(index))
    value = run._loss(predict(run.network, batch.geometry, training=True), batch)
    torch.autograd.backward(value)
    found = [
        torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for parameter in run.network.parameters()
    ]
    return found, float(value.detach())


def test_structures_without_a_label_count_as_if_they_were_not_there():
    dataset = diatomics()
    dataset.properties.dipole[[1, 4]] = np.nan
    dataset.properties.energy[[1, 4]] = np.nan
    dataset.properties.forces[[2, 3, 8, 9]] = np.nan
    run = trainer(dataset, epochs=1, dtype="float64")
    masked, value = gradients(run, range(6))
    labelled, expected = gradients(run, [0, 2, 3, 5])
    assert value == pytest.approx(expected, rel=1e-12)
    for found, wanted in zip(masked, labelled, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-14)


def test_a_batch_without_any_dipole_trains_on_the_rest():
    dataset = diatomics()
    dataset.properties.dipole[:3] = np.nan
    run = trainer(dataset, epochs=1, dtype="float64")
    masked, value = gradients(run, range(3))
    without = trainer(diatomics(), epochs=1, dtype="float64", dipole_weight=0.0)
    rest, expected = gradients(without, range(3))
    assert value == pytest.approx(expected, rel=1e-12)
    for (name, _), found, wanted in zip(run.network.named_parameters(), masked, rest, strict=True):
        assert torch.isfinite(found).all(), name
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-14)


def test_reference_energies_reproduce_energies_that_are_sums_over_atoms():
    dataset = diatomics()
    other = single("O", [8], [[0.0, 0.0, 0.0]], [16.0])
    energies = np.append(np.full(len(dataset), -2013.6), -2000.0)
    joined = Dataset(
        concatenate([dataset.molecules, other]),
        Properties(energy=energies),
        "atoms",
        np.arange(len(dataset) + 1),
    )
    fitted = fit_reference_energies(joined)
    assert fitted == pytest.approx({8: -2000.0, 1: -13.6})


def test_second_stage_changes_the_loss_and_looks_for_the_best_anew():
    stage = SecondStage(start_epoch=4, energy_weight=1.0, force_weight=0.0, learning_rate=1e-5)
    run = trainer(diatomics(), epochs=8, second_stage=stage)
    trained = run.run(MemoryCheckpoint(), Silent())
    assert trained.history["learning_rate"].tolist() == [5e-3] * 4 + [1e-5] * 4
    assert run.label_weights == {"energy": 1.0}
    assert run.position.best_epoch >= 4


def with_labels(*names):
    """The diatomics with some of their labels only."""
    dataset = diatomics()
    kept = Properties(**{name: getattr(dataset.properties, name) for name in names})
    return Dataset(dataset.molecules, kept, "spring", dataset.trajectory_index)


def test_energy_models_learn_without_dipoles_and_dipole_models_without_energies():
    energies = SMALL.model_copy(update={"outputs": ("energy",)})
    trained = trainer(with_labels("energy", "forces"), architecture=energies, epochs=2).run(
        MemoryCheckpoint(), Silent()
    )
    assert "dipole_mae_mdebye" not in trained.history
    dipoles = SMALL.model_copy(update={"outputs": ("dipole",)})
    trained = trainer(with_labels("dipole"), architecture=dipoles, epochs=2).run(
        MemoryCheckpoint(), Silent()
    )
    assert set(trained.weights.reference_energies.values()) == {0.0}
    assert "energy_mae_mev" not in trained.history


def test_a_loss_that_gives_all_outputs_no_weight_is_refused():
    dipoles = SMALL.model_copy(update={"outputs": ("dipole",)})
    with pytest.raises(InputError, match="predicts dipole, and the loss gives all of them zero"):
        trainer(diatomics(), architecture=dipoles, epochs=1, dipole_weight=0.0)


def test_per_atom_divides_errors_of_molecules_but_not_of_forces():
    batch = trainer(diatomics(), epochs=1).training.batch(np.arange(4))
    off = Properties(
        energy=batch.labels.energy + 1, forces=batch.labels.forces + 1, dipole=batch.labels.dipole
    )
    weights = {"energy": 1.0, "forces": 10.0, "dipole": 1.0}
    assert float(loss(off, batch, weights, per_atom=False)) == pytest.approx(11.0)
    assert float(loss(off, batch, weights, per_atom=True)) == pytest.approx(10.25)


def test_networks_are_told_elements_neighbours_and_forces():
    facts = summarise(diatomics(), cutoff_angstrom=5.0)
    assert facts.elements == (1, 8)
    assert facts.mean_neighbours == 1.0
    assert facts.force_rms == pytest.approx(np.sqrt((diatomics().properties.forces ** 2).mean()))
    assert summarise(diatomics(), cutoff_angstrom=0.1).mean_neighbours == 1.0
