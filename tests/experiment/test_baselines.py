"""Baselines against backgrounds that are known."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.experiment.baselines import derivative_baseline, estimate_baseline
from vibench.experiment.measurement import baseline_variants, read_measurement
from vibench.experiment.recipe import BASELINE_METHODS, MeasuredRecipe

AXIS = np.arange(500.0, 4000.0, 1.0)


def gaussians(axis, centres, heights, width=30.0):
    """Return a sum of Gaussians of one standard deviation."""
    shift = (axis[:, None] - np.asarray(centres)) / width
    return (np.asarray(heights) * np.exp(-0.5 * shift**2)).sum(axis=1)


def curve(axis, intensity, gaps=None):
    """Return a spectrum."""
    return Spectrum(axis, intensity, "absorbance, base 10", 2.0, "made here", gaps_cm1=gaps)


def recipe(tmp_path, **settings):
    """Return a recipe of a table that need not exist."""
    return MeasuredRecipe(
        path=tmp_path / "test.txt", abscissa="cm^-1", ordinate="absorbance", **settings
    )


def write(path, axis, intensity):
    """Write a table of two columns."""
    path.write_text("\n".join(f"{x} {y}" for x, y in zip(axis, intensity, strict=True)))


@pytest.mark.parametrize("method", BASELINE_METHODS[1:])
@pytest.mark.parametrize("step_cm1", [0.5, 4.0])
def test_baseline_recovers_a_smooth_background(tmp_path, method, step_cm1):
    axis = np.arange(500.0, 4000.0, step_cm1)
    bands = gaussians(axis, (1030, 1350, 2950, 3680), 4 * [0.5])
    background = 0.05 + 0.04 * np.sin(axis / 900)
    settings = recipe(tmp_path, baseline=method)
    write(settings.path, axis, bands + background)
    measurement = read_measurement(settings)
    corrected = measurement.spectrum.intensity
    # A fifth of what the background itself amounts to, anywhere but in the bands' wings.
    assert np.abs(corrected - bands).mean() < 0.01
    assert np.trapezoid(corrected, axis) == pytest.approx(np.trapezoid(bands, axis), rel=0.15)
    np.testing.assert_allclose(corrected + measurement.baseline, bands + background, atol=1e-12)
    assert method in measurement.spectrum.method


def test_variants_are_what_each_recipe_gives(tmp_path):
    settings = recipe(tmp_path)
    write(settings.path, AXIS, gaussians(AXIS, (1030, 2950), (0.5, 0.3)) + 0.05)
    variants = baseline_variants(settings)
    assert tuple(variants) == BASELINE_METHODS
    for method, variant in variants.items():
        alone = read_measurement(settings.model_copy(update={"baseline": method}))
        np.testing.assert_array_equal(variant.spectrum.intensity, alone.spectrum.intensity)
        assert variant.spectrum.method == alone.spectrum.method
    assert "baseline as it is" in variants["none"].spectrum.method
    assert not variants["none"].baseline.any()
    assert "second-hand" in variants["derivative-threshold"].spectrum.method


def test_flat_places_are_the_baseline_to_the_last_bit():
    # Where nothing is within reach of a band, the baseline is the curve itself.
    intensity = 0.2 + gaussians(AXIS, [2000], [1.0])
    baseline = derivative_baseline(
        curve(AXIS, intensity), threshold=0.006, widening=3, step_cm1=4.0
    )
    far = np.abs(AXIS - 2000) > 200
    np.testing.assert_allclose(baseline[far], 0.2, rtol=1e-6)
    assert baseline.max() < 0.22


def test_threshold_decides_by_slope_per_step():
    # The steepest change of a Gaussian of height h is h exp(-1/2)/σ per cm⁻¹.
    width, step = 30.0, 4.0
    for share, kept in ((1.5, True), (0.5, False)):
        height = share * 0.006 / step * width * np.exp(0.5)
        weak = gaussians(AXIS, [1000], [height], width)
        intensity = weak + gaussians(AXIS, [3000], [1.0], width)
        baseline = derivative_baseline(
            curve(AXIS, intensity), threshold=0.006, widening=3, step_cm1=step
        )
        assert (baseline[500] < 0.5 * height) == kept


def test_result_does_not_depend_on_sampling():
    # Curves of equal shape, at 0.25 and at 2 cm⁻¹: the step of the scheme is the same.
    found = []
    for spacing in (0.25, 2.0):
        axis = np.arange(500.0, 4000.0, spacing)
        intensity = 0.1 + gaussians(axis, (1000, 1050, 3000), (0.3, 0.2, 1.0))
        found.append(
            derivative_baseline(curve(axis, intensity), threshold=0.006, widening=3, step_cm1=4.0)
        )
    np.testing.assert_allclose(found[0][::8], found[1], atol=5e-3)


@pytest.mark.parametrize("method", BASELINE_METHODS[1:])
def test_a_gap_is_not_a_baseline(tmp_path, method):
    # A band whose top is missing would be flat if its gap were bridged by a line.
    full = 0.03 + gaussians(AXIS, [2000], [4.0], width=40.0)
    kept = full < 2
    gap = np.array([[AXIS[kept & (AXIS < 2000)].max(), AXIS[kept & (AXIS > 2000)].min()]])
    settings = recipe(tmp_path, baseline=method)
    baseline = estimate_baseline(curve(AXIS[kept], full[kept], gap), settings)
    assert baseline.max() < 0.3


def test_no_baseline_is_said(tmp_path):
    axis = np.arange(1000.0, 1200.0, 4.0)
    noise = np.tile([0.0, 0.0, 1.0, 1.0], 20)[: len(axis)]
    with pytest.raises(InputError, match="no baseline by derivative-threshold"):
        derivative_baseline(curve(axis, noise), threshold=0.006, widening=3, step_cm1=4.0)
    settings = recipe(tmp_path)
    write(settings.path, axis, noise)
    assert "derivative-threshold" not in baseline_variants(settings)
