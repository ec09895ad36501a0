"""Mean spectra over trainings, and their standard error."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.spectra.mean import mean_spectrum

GRID = np.arange(0.0, 4000.0, 10.0)


def spectrum(rows, grid=GRID, width=33.0):
    return Spectrum(grid, rows.mean(axis=0), ABSOLUTE, width, "flux", rows)


def test_the_mean_of_trainings_and_the_error_of_their_spread():
    parts = [spectrum(np.full((8, len(GRID)), value)) for value in (1.0, 2.0, 6.0)]
    found = mean_spectrum(parts)
    assert found.intensity == pytest.approx(3.0)
    assert found.standard_error == pytest.approx(np.std([1, 2, 6], ddof=1) / np.sqrt(3))
    assert "3 trainings" in found.method
    assert mean_spectrum(parts[:1]).standard_error is None


def test_standard_error_holds_noise_of_trainings_and_of_trajectories():
    """Over many repetitions s²/M is (v_s + v_r/R)/M, and the scatter of the mean is the same."""
    rng = np.random.default_rng(0)
    members, replicas, points = 3, 4, len(GRID)
    between, within = 0.7, 1.1
    means, errors = [], []
    for _ in range(200):
        parts = [
            spectrum(
                between * rng.standard_normal(points)
                + within * rng.standard_normal((replicas, points))
            )
            for _ in range(members)
        ]
        found = mean_spectrum(parts)
        means.append(found.intensity)
        errors.append(found.standard_error)
    expected = (between**2 + within**2 / replicas) / members
    assert np.mean(np.square(errors)) == pytest.approx(expected, rel=0.03)
    assert np.var(means) == pytest.approx(expected, rel=0.03)


def test_spectra_of_other_settings_are_refused():
    one, rows = spectrum(np.ones((2, len(GRID)))), np.ones((2, 100))
    with pytest.raises(InputError, match="differ in axis, unit or width"):
        mean_spectrum([one, spectrum(rows, grid=GRID[:100])])
    with pytest.raises(InputError, match="found none"):
        mean_spectrum([])
