"""Saturated points and what they leave."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe
from vibench.experiment.saturation import dark_points, flat_tops, gaps_between, runs

AXIS = np.arange(1000.0, 1400.0, 1.0)
BAND = 2.4 * np.exp(-0.5 * ((AXIS - 1200) / 25) ** 2)


def test_dark_points_are_those_below_the_threshold():
    absorbance = np.array([0.0, 1.999, 2.0, 2.5, np.nan])
    dark = dark_points(absorbance, least_transmittance=0.01)
    np.testing.assert_array_equal(dark, [False, False, True, True, True])
    nothing = dark_points(absorbance, least_transmittance=0.0)
    np.testing.assert_array_equal(nothing, [False, False, False, False, True])


def test_runs_and_gaps():
    mask = np.array([1, 0, 0, 1, 1, 0, 1, 0, 1, 1], dtype=bool)
    assert runs(mask) == [(0, 1), (3, 5), (6, 7), (8, 10)]
    # Ends of the axis leave no gap.
    np.testing.assert_array_equal(gaps_between(np.arange(10.0), mask), [[2, 5], [5, 7]])
    assert gaps_between(np.arange(3.0), np.array([True, False, True])) is None


@pytest.mark.parametrize("height", [0.3, 0.9, 1.5, 2.2])
def test_a_top_that_was_cut_off_is_flat(height):
    flat = flat_tops(np.minimum(BAND, height))
    np.testing.assert_array_equal(flat, height * 0.999 <= BAND)


@pytest.mark.parametrize("width", [5.0, 50.0, 500.0, 5000.0])
def test_a_round_top_is_not_flat_however_densely_it_is_sampled(width):
    axis = np.arange(-1500.0, 1500.0)
    for shape in (np.exp(-0.5 * (axis / width) ** 2), 1 / (1 + (axis / width) ** 2)):
        assert not flat_tops(shape).any()
    assert not flat_tops(np.zeros(50)).any()
    assert not flat_tops(np.full(50, np.nan)).any()


@pytest.mark.parametrize("ordinate", ["transmittance", "percent transmittance", "absorbance"])
def test_one_band_is_cut_alike_however_it_is_written(tmp_path, ordinate):
    values = {
        "transmittance": 10**-BAND,
        "percent transmittance": 100 * 10**-BAND,
        "absorbance": BAND,
    }[ordinate]
    path = tmp_path / "test.txt"
    path.write_text("\n".join(f"{x:g} {y:.12g}" for x, y in zip(AXIS, values, strict=True)))
    recipe = MeasuredRecipe(path=path, abscissa="cm^-1", ordinate=ordinate, baseline="none")
    spectrum = read_measurement(recipe).spectrum
    known = BAND < 2
    np.testing.assert_array_equal(spectrum.wavenumber_cm1, AXIS[known])
    left, right = AXIS[known & (AXIS < 1200)].max(), AXIS[known & (AXIS > 1200)].min()
    np.testing.assert_array_equal(spectrum.gaps_cm1, [[left, right]])
    everything = read_measurement(recipe.model_copy(update={"least_transmittance": 0.0}))
    assert everything.spectrum.gaps_cm1 is None


def test_a_spectrum_that_is_all_saturated_is_refused(tmp_path):
    path = tmp_path / "test.txt"
    path.write_text("\n".join(f"{x:g} {2.5 - 1e-4 * x:g}" for x in AXIS))
    with pytest.raises(InputError, match="saturated nearly everywhere: 0 of 400"):
        read_measurement(
            MeasuredRecipe(path=path, abscissa="cm^-1", ordinate="absorbance", baseline="none")
        )


def test_flat_tops_leave_gaps_too(tmp_path):
    path = tmp_path / "test.txt"
    clipped = np.minimum(BAND, 1.2)
    path.write_text("\n".join(f"{x:g} {y:.6f}" for x, y in zip(AXIS, clipped, strict=True)))
    recipe = MeasuredRecipe(path=path, abscissa="cm^-1", ordinate="absorbance", baseline="none")
    measurement = read_measurement(recipe)
    assert len(measurement.spectrum.gaps_cm1) == 1
    assert any("flat at the highest absorbance" in notice for notice in measurement.notices)
    assert measurement.spectrum.intensity.max() < 1.2
