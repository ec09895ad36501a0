"""Calibration of committees with members of known spread."""

import numpy as np
import pytest
from scipy.stats import t as student_t

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single
from vibench.core.properties import Properties
from vibench.core.units import DEBYE
from vibench.evaluate.calibration import calibrate

STRUCTURES = 1500


def drawn(members, *, overconfidence=1.0, uneven=True, structures=STRUCTURES, seed=0):
    """Return labels and committee predictions: label and members have one normal distribution.

    Its width varies between structures; the label's is wider by *overconfidence*.
    """
    rng = np.random.default_rng(seed)
    water = single("water", [8, 1, 1], np.zeros((3, 3)), [16, 1, 1])
    batch = concatenate([water] * structures)
    width = 10 ** rng.uniform(-1, 1, structures) if uneven else np.ones(structures)
    widths = {
        "energy": 1e-3 * width,
        "forces": 1e-2 * width[batch.molecule_index][:, None] * np.ones(3),
        "dipole": 1e-3 * width[:, None] * np.ones(3),
    }
    labels, means, spreads = {}, {}, {}
    for name, sigma in widths.items():
        found = sigma * rng.standard_normal((members, *sigma.shape))
        labels[name] = overconfidence * sigma * rng.standard_normal(sigma.shape)
        means[name], spreads[name] = found.mean(axis=0), found.std(axis=0, ddof=1)
    dataset = Dataset(batch, Properties(**labels), "none", np.arange(structures))
    return dataset, Properties(**means, uncertainty=Properties(**spreads))


def scores(members, **settings):
    found = calibrate(*drawn(members, **settings), members=members, model="m", dataset_name="test")
    return {score.name: score for score in found.scores}


@pytest.mark.parametrize("members", [2, 3, 8])
def test_members_and_label_of_one_distribution_are_calibrated_however_few(members):
    found = scores(members)
    for name in ("energy", "force", "dipole"):
        ratio = found[f"{name} error over spread"]
        assert ratio.low < 1 < ratio.high, name
        for times, label in ((1, "within 1 spread"), (2, "within 2 spreads")):
            expected = 1 - 2 * student_t.sf(times, members - 1)
            share = found[f"{name} {label}"]
            components = STRUCTURES * {"energy": 1, "force": 9, "dipole": 3}[name]
            error = np.sqrt(expected * (1 - expected) / components)
            assert share.value == pytest.approx(expected, abs=4 * error)
            assert f"{expected:.1%}" in share.estimand
        assert found[f"{name} expected calibration error"].value < 0.03
        assert found[f"{name} error and spread, Spearman"].low > 0.2


def test_overconfidence_is_its_factor():
    found = scores(4, overconfidence=3.0)
    # e² of label and mean of members: 9 σ² + σ²/4, predicted σ² (1 + 1/4).
    expected = np.sqrt((9 + 1 / 4) / (1 + 1 / 4))
    for name in ("energy", "force", "dipole"):
        ratio = found[f"{name} error over spread"]
        assert ratio.low < expected < ratio.high
        assert ratio.low > 1.5
        assert found[f"{name} expected calibration error"].low > 0.2


def test_without_differences_in_width_spread_tells_nothing_about_errors():
    found = scores(3, uneven=False)
    correlation = found["force error and spread, Spearman"]
    assert correlation.low < 0 < correlation.high


def test_bins_of_many_members_lie_on_the_diagonal():
    dataset, predicted = drawn(40)
    found = calibrate(dataset, predicted, members=40, model="m", dataset_name="test")
    assert [(c.name, c.unit, c.dataset) for c in found.curves] == [
        ("energy", "meV", "test"),
        ("force", "meV/Å", "test"),
        ("dipole", "mDebye", "test"),
    ]
    for curve in found.curves:
        assert len(curve.predicted) == 10
        assert (np.diff(curve.predicted) > 0).all()
        assert np.log(curve.error / curve.predicted) == pytest.approx(0, abs=0.25)
        assert (curve.low < curve.error).all()
        assert (curve.error < curve.high).all()


def test_units_and_widened_spread():
    dataset, _ = drawn(2, structures=30)
    zeros = Properties(np.zeros(30), np.zeros((90, 3)), np.zeros((30, 3)))
    ones = Properties(np.full(30, 2e-3), np.full((90, 3), 3e-3), np.full((30, 3), 1e-3 * DEBYE))
    labels = Properties(np.full(30, 1e-3), np.full((90, 3), -3e-3), np.full((30, 3), DEBYE))
    labelled = Dataset(dataset.molecules, labels, "none", np.arange(30))
    predicted = Properties(zeros.energy, zeros.forces, zeros.dipole, uncertainty=ones)
    found = calibrate(labelled, predicted, members=4, model="m", dataset_name="test")
    for curve, error, spread in zip(found.curves, (1, 3, 1000), (2, 3, 1), strict=True):
        assert curve.error == pytest.approx(error)
        assert curve.predicted == pytest.approx(spread * np.sqrt(1.25))
    by_name = {score.name: score.value for score in found.scores}
    assert by_name["energy error over spread"] == pytest.approx(0.5 / np.sqrt(1.25))
    assert by_name["energy within 1 spread"] == 1.0
    assert by_name["dipole within 2 spreads"] == 0.0
    assert np.isnan(by_name["energy error and spread, Spearman"])


def test_missing_labels_and_members_that_agree_are_no_trouble():
    dataset, predicted = drawn(3, structures=40)
    dataset.properties.energy[:10] = np.nan
    predicted.uncertainty.dipole[:] = 0.0
    found = calibrate(dataset, predicted, members=3, model="m", dataset_name="test")
    by_name = {score.name: score for score in found.scores}
    assert by_name["energy error over spread"].n == 30
    assert by_name["dipole within 2 spreads"].value == 0.0
    assert by_name["dipole error over spread"].value == np.inf


def test_a_potential_without_uncertainty_is_refused():
    dataset, predicted = drawn(3, structures=10)
    alone = Properties(predicted.energy, predicted.forces, predicted.dipole)
    with pytest.raises(InputError, match="needs two members"):
        calibrate(dataset, alone, members=1, model="m", dataset_name="test")
