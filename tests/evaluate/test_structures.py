"""Errors structure by structure, and their correlation between models, with known answers."""

import numpy as np
import pytest
from scipy.signal import lfilter

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.structure_errors import (
    DIPOLE_MAE,
    ENERGY_ERROR,
    FORCE_MAE,
    FORCE_RMSE,
    StructureErrors,
)
from vibench.core.units import DEBYE
from vibench.evaluate.correlations import error_correlations
from vibench.evaluate.errors import error_scores
from vibench.evaluate.structures import errors_alike, structure_errors


def labelled():
    molecules = [
        single("M2", [1, 8], np.zeros((2, 3)), [1, 16]),
        single("M3", [1, 8, 1], np.zeros((3, 3)), [1, 16, 1]),
    ]
    batch = concatenate(molecules)
    labels = Properties(np.zeros(2), np.zeros((batch.n_atoms, 3)), np.zeros((2, 3)))
    return Dataset(batch, labels, "none", np.arange(2))


def judged(predicted):
    return structure_errors(
        labelled(), predicted, np.zeros(2), model="m", dataset_name="set"
    ).values


def test_errors_by_hand():
    forces = np.zeros((5, 3))
    forces[0] = 0.003, 0.004, 0.0  # of the diatomic: sum of squares 25, sum of sizes 7
    dipole = 1e-3 * DEBYE * np.array([[1.0, -2.0, 3.0], [0.0, 0.0, -6.0]])
    values = judged(Properties(np.array([0.001, -0.002]), forces, dipole))
    np.testing.assert_allclose(values[ENERGY_ERROR], [1, -2])
    np.testing.assert_allclose(values[FORCE_MAE], [7 / 6, 0])
    np.testing.assert_allclose(values[FORCE_RMSE], [np.sqrt(25 / 6), 0])
    np.testing.assert_allclose(values[DIPOLE_MAE], [2, 2])


def test_what_a_model_does_not_predict_is_not_there():
    assert judged(Properties(energy=np.zeros(2))).keys() == {ENERGY_ERROR}


def test_means_over_structures_are_the_scores():
    rng = np.random.default_rng(0)
    data = labelled()
    predicted = Properties(rng.normal(size=2), rng.normal(size=(5, 3)), rng.normal(size=(2, 3)))
    values = judged(predicted)
    scores = {
        (s.name, s.molecule): s.value
        for s in error_scores(data, predicted, model="m", dataset_name="set")
    }
    assert scores["energy MAE", None] == pytest.approx(np.abs(values[ENERGY_ERROR]).mean())
    assert scores["force MAE", "M3"] == pytest.approx(values[FORCE_MAE][1])
    assert scores["force RMSE", "M2"] == pytest.approx(values[FORCE_RMSE][0])
    assert scores["dipole MAE", None] == pytest.approx(values[DIPOLE_MAE].mean())


def errors(model, energy, molecules=None):
    names = molecules or ("water",) * len(energy)
    return StructureErrors(model, "set", names, np.arange(len(names)), {ENERGY_ERROR: energy})


def pairs(*models):
    return {(one.first, one.second): one for one in error_correlations(models)}


def test_correlations_of_errors_that_share_a_part():
    # With shares a of a common part, errors of two models have the correlation a.
    rng = np.random.default_rng(1)
    common, own = rng.normal(size=4000), rng.normal(size=(3, 4000))
    first, second = (np.sqrt(0.6) * common + np.sqrt(0.4) * own[k] for k in range(2))
    found = pairs(errors("a", first), errors("b", second + 100.0), errors("c", own[2]))
    assert found["a", "b"].value == pytest.approx(0.6, abs=0.03)
    assert found["a", "b"].low < 0.6 < found["a", "b"].high
    assert found["a", "c"].low < 0 < found["a", "c"].high
    assert found["a", "b"].n == 4000
    assert found["a", "b"].quantity == "energy error"


def test_hard_molecules_are_not_mistaken_for_correlation():
    rng = np.random.default_rng(2)
    names = ("water",) * 500 + ("ethanol",) * 500
    offset = np.repeat([0.0, 50.0], 500)
    found = pairs(*(errors(m, offset + rng.normal(size=1000), names) for m in "ab"))
    assert abs(found["a", "b"].value) < 0.12
    assert np.corrcoef(offset + rng.normal(size=1000), offset)[0, 1] > 0.99  # what it would be


def test_intervals_of_frames_that_follow_each_other_are_wider_and_cover():
    # Errors that live for 20 frames: 1000 of them are worth some 50, whose correlation has an
    # error of 1/√50. Independent ones would have 1/√1000.
    covered, widths, repetitions = 0, [], 20
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        slow = lfilter([1.0], [1.0, -0.95], rng.normal(size=(2, 1200)))[:, 200:]
        one = pairs(errors("a", slow[0]), errors("b", slow[1]))["a", "b"]
        covered += one.low < 0 < one.high
        widths.append((one.high - one.low) / 2)
    assert np.mean(widths) > 3 * 1.96 / np.sqrt(1000)
    assert covered >= 16  # with single frames as blocks fewer than half are


def test_errors_that_do_not_vary_have_no_correlation():
    rng = np.random.default_rng(3)
    one = pairs(errors("a", np.zeros(50)), errors("b", rng.normal(size=50)))["a", "b"]
    assert np.isnan(one.value)
    assert one.low is None


def test_models_judged_on_other_structures_are_refused():
    with pytest.raises(InputError, match="'a' and 'b' were not judged on the same structures"):
        pairs(errors("a", np.zeros(5)), errors("b", np.zeros(6)))


def test_blocks_are_as_long_as_errors_live():
    rng = np.random.default_rng(4)
    slow = lfilter([1.0], [1.0, -0.9], rng.normal(size=4096))
    assert errors_alike(errors("a", rng.normal(size=4096))) <= 2
    assert errors_alike(errors("a", slow)) >= 16
