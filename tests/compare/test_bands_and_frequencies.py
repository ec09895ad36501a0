"""Band positions and harmonic frequencies against references with known answers."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.compare.bands import (
    band_fundamental_scores,
    harmonic_fundamental_scores,
)
from vibench.compare.frequencies import compare_frequencies
from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.modes import Modes


def modes_at(*frequencies):
    count = len(frequencies)
    return Modes(
        name="water",
        numbers=np.array([8, 1, 1]),
        masses=np.array([16.0, 1.0, 1.0]),
        positions=np.zeros((3, 3)),
        frequencies_cm1=np.array(frequencies),
        eigenvectors=np.zeros((count, 3, 3)),
        dipole_derivatives=np.zeros((count, 3)),
        intensities=np.arange(1.0, count + 1),
        method="test",
    )


def bands_at(*positions, n=4):
    count = len(positions)
    return ModeBands(
        position_cm1=np.array(positions),
        standard_error_cm1=np.full(count, 2.0),
        centroid_cm1=np.array(positions),
        width_cm1=np.full(count, 40.0),
        energy=np.ones(count),
        temperature_k=300.0,
        n=n,
        method="maximum",
    )


def test_errors_from_fundamentals_are_signed_and_counted():
    modes, observed = modes_at(1640.0, 3832.0), [3657.0, 1595.0]
    scores = harmonic_fundamental_scores(modes, observed)
    scores += band_fundamental_scores(modes, bands_at(1600.0, 3650.0), observed)
    found = {(score.name, score.dataset): score for score in scores}
    assert found["harmonic minus fundamental", "mode 2, 3657 cm^-1"].value == pytest.approx(175)
    assert found["harmonic MAE from fundamentals", "all fundamentals"].value == pytest.approx(110)
    assert found["MD band MAE from fundamentals", "all fundamentals"].value == pytest.approx(6)
    band = found["MD band minus fundamental", "mode 1, 1595 cm^-1"]
    assert band.value == pytest.approx(5)
    assert band.high - band.value == pytest.approx(2 * 3.182, abs=1e-3)  # Student's t, 3 freedoms
    assert "4 replicas at 300 K" in band.estimand
    alone = band_fundamental_scores(modes, bands_at(1600.0, 3650.0, n=1), observed)
    assert alone[1].low is None


def test_a_mode_without_a_band_does_not_count():
    bands = bands_at(float("nan"), 3650.0)
    scores = band_fundamental_scores(modes_at(1640.0, 3832.0), bands, [1595.0, 3657.0])
    assert (scores[0].value, scores[0].n) == (7, 1)
    assert np.isnan(scores[1].value)
    assert scores[1].low is None


def test_bands_follow_their_modes_into_ascending_order():
    scores = band_fundamental_scores(
        modes_at(3832.0, 1640.0), bands_at(3650.0, 1600.0), [1595.0, 3657.0]
    )
    assert [score.value for score in scores[1:]] == [5, -7]


def test_fundamentals_must_be_as_many_as_modes():
    with pytest.raises(InputError, match="3 fundamentals were given"):
        harmonic_fundamental_scores(modes_at(1640.0, 3832.0), [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="1 bands do not belong to 2 modes"):
        band_fundamental_scores(modes_at(1640.0, 3832.0), bands_at(1600.0), [1.0, 2.0])


def test_different_numbers_of_modes_are_refused():
    linear = replace(modes_at(1000.0), name="CO")
    with pytest.raises(InputError, match="1 modes cannot be compared with 2"):
        compare_frequencies(linear, modes_at(1000.0, 2000.0))
