"""Errors against labels, with known answers."""

import numpy as np
import pytest

from vibench.core.dataset import Dataset
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.protocols import Silent
from vibench.core.units import DEBYE
from vibench.evaluate.cost import inference_time
from vibench.evaluate.errors import error_scores
from vibench.evaluate.prediction import predict_in_batches
from vibench.testing.oscillator import HarmonicOscillator, oscillator_molecule


def labelled(count=40):
    """Diatomics and triatomics in turn, with labels that are all zero."""
    molecules = [
        single(
            f"M{2 + i % 2}",
            [1, 8, 1][: 2 + i % 2],
            np.zeros((2 + i % 2, 3)),
            [1, 16, 1][: 2 + i % 2],
        )
        for i in range(count)
    ]
    batch = concatenate(molecules)
    labels = Properties(np.zeros(count), np.zeros((batch.n_atoms, 3)), np.zeros((count, 3)))
    return Dataset(batch, labels, "none", np.arange(count))


def scores_by_name(dataset, predicted, molecule=None):
    scores = error_scores(dataset, predicted, model="m", dataset_name="test")
    return {score.name: score for score in scores if score.molecule == molecule}


def test_constant_errors_give_themselves():
    dataset = labelled()
    shape = dataset.properties.forces.shape
    predicted = Properties(
        np.full(40, 0.002), np.full(shape, -0.003), np.full((40, 3), 0.001 * DEBYE)
    )
    found = scores_by_name(dataset, predicted)
    assert found["energy MAE"].value == pytest.approx(2)
    assert found["energy RMSE"].value == pytest.approx(2)
    assert found["energy MAE per atom"].value == pytest.approx(2 * (1 / 2 + 1 / 3) / 2)
    assert found["energy MAE about its mean"].value == pytest.approx(0, abs=1e-12)
    assert found["force MAE"].value == pytest.approx(3)
    assert found["dipole RMSE"].value == pytest.approx(1)
    assert found["force MAE"].unit == "meV/Å"


def test_components_are_weighted_equally_whatever_molecule_they_belong_to():
    dataset = labelled()
    forces = np.zeros_like(dataset.properties.forces)
    small = np.array(dataset.molecules.names)[dataset.molecules.molecule_index] == "M2"
    forces[small] = 0.005
    predicted = Properties(np.zeros(40), forces, np.zeros((40, 3)))
    assert scores_by_name(dataset, predicted)["force MAE"].value == pytest.approx(5 * 2 / 5)
    assert scores_by_name(dataset, predicted, "M2")["force MAE"].value == pytest.approx(5)
    assert scores_by_name(dataset, predicted, "M3")["force MAE"].value == 0


def test_interval_is_as_wide_as_the_error_of_the_sample_mean():
    rng = np.random.default_rng(1)
    dataset = labelled(400)
    energy = 0.01 * rng.standard_normal(400)
    predicted = Properties(energy, np.zeros_like(dataset.properties.forces), np.zeros((400, 3)))
    score = scores_by_name(dataset, predicted)["energy MAE"]
    exact, error = 10 * np.sqrt(2 / np.pi), 10 * np.sqrt((1 - 2 / np.pi) / 400)
    assert abs(score.value - exact) < 4 * error
    assert score.high - score.low == pytest.approx(2 * 1.96 * error, rel=0.2)


def test_batches_do_not_change_predictions():
    potential = HarmonicOscillator(wavenumber_cm1=1000.0)
    many = concatenate([oscillator_molecule()] * 3000)
    many.positions[:] = np.random.default_rng(0).normal(size=many.positions.shape)
    np.testing.assert_array_equal(
        predict_in_batches(potential, many, Silent()).energy, potential(many).energy
    )


def test_time_is_positive_and_per_molecule():
    potential = HarmonicOscillator(wavenumber_cm1=1000.0)
    alone = inference_time(potential, oscillator_molecule(), batch=1)
    batch = inference_time(potential, oscillator_molecule(), batch=64)
    assert 0 < alone.low <= alone.value <= alone.high
    assert batch.value < alone.value
