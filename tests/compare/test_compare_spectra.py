"""Scores of whole spectra: widths, ranges, intervals, words."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from vibench.compare.preparation import prepare
from vibench.compare.recipe import CompareRecipe
from vibench.compare.scores import compare_spectra
from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import line_shape

GRID = np.arange(0.0, 4500.0, 0.5)
ALL = CompareRecipe(metrics=("pearson", "wasserstein", "wasserstein-paper", "wasserstein-mlatom"))


def spectrum_of(*lines, width_cm1=10.0, grid=GRID, noise=0.0, replicas=None, seed=1):
    """Return a spectrum of Gaussian bands (centre, area), with noisy replicas if wanted."""
    curve = sum(
        area * line_shape(grid - centre, width_cm1=width_cm1, shape="gaussian")
        for centre, area in lines
    )
    rows = None
    if replicas:
        rng = np.random.default_rng(seed)
        # Areas fluctuate by themselves, line by line, as those of independent trajectories do.
        rows = np.stack(
            [
                sum(
                    area
                    * (1 + noise * rng.normal())
                    * line_shape(grid - centre, width_cm1=width_cm1, shape="gaussian")
                    for centre, area in lines
                )
                for _ in range(replicas)
            ]
        )
        curve = rows.mean(axis=0)
    return Spectrum(grid, curve, "arbitrary", width_cm1, "synthetic", rows)


def scores_by_name(candidate, reference, recipe=ALL):
    """Return the scores by name."""
    found = compare_spectra(candidate, reference, recipe)
    return {score.name: score for score in found if score.part is None}


def with_intervals(scores):
    """Return the scores that have an interval by rule: all but counts."""
    chosen = [score for score in scores if score.name != "bands without counterpart"]
    assert len(chosen) > 10
    return chosen


def test_equal_spectra_score_perfectly_whatever_their_scale():
    spectrum = spectrum_of((1000, 3.0), (3000, 1.0))
    scores = scores_by_name(replace(spectrum, intensity=7 * spectrum.intensity), spectrum)
    assert scores["Pearson correlation"].value == pytest.approx(1, abs=1e-12)
    assert scores["Wasserstein distance"].value == pytest.approx(0, abs=1e-9)
    assert scores["Wasserstein distance (mlatom)"].value == pytest.approx(0, abs=1e-12)
    assert scores["Pearson correlation"].higher_is_better
    assert not scores["Wasserstein distance"].higher_is_better


def test_equal_lines_of_different_width_agree_at_a_common_width():
    narrow = spectrum_of((1000, 3.0), (3000, 1.0), width_cm1=4.0)
    wide = spectrum_of((1000, 3.0), (3000, 1.0), width_cm1=25.0)
    assert scores_by_name(narrow, wide)["Pearson correlation"].value > 0.99999
    paper = CompareRecipe(preparation="paper", metrics=("pearson",))
    assert scores_by_name(narrow, wide, paper)["Pearson correlation"].value < 0.8


def test_paper_axis_is_the_distance_over_the_range():
    scores = scores_by_name(spectrum_of((1010, 1.0)), spectrum_of((1000, 1.0)))
    assert scores["Wasserstein distance"].value == pytest.approx(10, rel=1e-4)
    assert scores["Wasserstein distance"].unit == "cm^-1"
    assert scores["Wasserstein distance (paper)"].value == pytest.approx(10 / 3500, rel=1e-4)


def test_paper_preparation_uses_the_points_of_the_reference():
    measured = spectrum_of((1000, 1.0), grid=np.arange(450.3, 3900.0, 4.1))
    pair = prepare(spectrum_of((1000, 1.0)), measured, CompareRecipe(preparation="paper"))
    inside = measured.wavenumber_cm1 >= 500
    np.testing.assert_array_equal(pair.wavenumber_cm1, measured.wavenumber_cm1[inside])
    np.testing.assert_array_equal(pair.reference[0], measured.intensity[inside])


def test_a_spectrum_that_is_wide_already_stays_and_is_named():
    wide = spectrum_of((1000, 3.0), width_cm1=50.0)
    pair = prepare(wide, spectrum_of((1000, 3.0), width_cm1=float("nan")), CompareRecipe())
    assert "candidate 50 as it is (not below 33)" in pair.description
    assert "reference unknown, taken as 0, to 33 cm^-1" in pair.description
    on_grid = np.interp(pair.wavenumber_cm1, GRID, wide.intensity)
    np.testing.assert_allclose(pair.candidate[0], on_grid, rtol=1e-12)


def test_range_is_the_common_one():
    short = spectrum_of((1000, 1.0), grid=np.arange(612.3, 3200.0))
    pair = prepare(spectrum_of((1000, 1.0)), short, CompareRecipe())
    assert (pair.wavenumber_cm1[0], pair.wavenumber_cm1[-1]) == (613, 3199)
    assert "613-3199 cm^-1 in steps of 1 cm^-1" in pair.description
    far = spectrum_of((4300, 1.0), grid=np.arange(4200.0, 4400.0))
    with pytest.raises(InputError, match=r"no common range.*4200-4399"):
        prepare(spectrum_of((1000, 1.0)), far, CompareRecipe())


def test_clipped_area_is_reported():
    reference = spectrum_of((1000, 4.0))
    candidate = replace(
        reference, intensity=reference.intensity - spectrum_of((3000, 1.0)).intensity
    )
    scores = scores_by_name(candidate, reference)
    assert "candidate 25.00%, reference 0.00%" in scores["Wasserstein distance"].estimand
    assert "clipped" not in scores["Pearson correlation"].estimand


def test_single_curves_have_no_interval():
    score = scores_by_name(spectrum_of((1000, 1.0)), spectrum_of((1010, 1.0)))
    assert all(item.low is None and item.high is None for item in score.values())
    assert "no interval without replicas" in score["Pearson correlation"].estimand


def test_interval_holds_the_value_and_narrows_with_replicas():
    lines = ((1000, 3.0), (1500, 2.0), (3000, 1.0))
    reference = spectrum_of(*lines)
    widths = []
    for replicas in (8, 128):
        scores = scores_by_name(
            spectrum_of(*lines, noise=0.2, replicas=replicas), reference, CompareRecipe()
        )
        for score in with_intervals(scores.values()):
            assert score.low <= score.value <= score.high
            assert score.n == replicas
        pearson = scores["Pearson correlation"]
        assert pearson.high <= 1
        widths.append(scores["Wasserstein distance"].high)
    assert widths[1] < widths[0] / 2


def test_interval_of_a_spectrum_with_itself_holds_the_value():
    spectrum = spectrum_of((1000, 3.0), (1500, 2.0), noise=0.2, replicas=8)
    for score in with_intervals(compare_spectra(spectrum, spectrum, CompareRecipe())):
        assert score.low <= score.value <= score.high


def test_replicas_of_the_reference_add_to_the_error():
    lines = ((1000, 3.0), (1500, 2.0), (3000, 1.0))
    shifted = ((1000, 2.0), (1500, 3.0), (3000, 1.0))
    candidate = spectrum_of(*shifted, noise=0.1, replicas=12, seed=1)
    noisy = spectrum_of(*lines, noise=0.1, replicas=12, seed=2)
    exact = replace(noisy, replicas=None)

    def width(reference):
        score = scores_by_name(candidate, reference)["Wasserstein distance"]
        return score.high - score.low

    assert width(noisy) > 1.2 * width(exact)


@pytest.mark.slow
def test_interval_of_a_distance_covers_the_true_one():
    """Two spectra that truly differ: 95 % intervals cover the distance of the noise-free ones."""
    lines = ((1000, 3.0), (1500, 2.0), (3000, 1.0))
    shifted = ((1000, 2.0), (1500, 3.0), (3000, 1.0))
    coarse = np.arange(400.0, 4100.0, 4.0)
    recipe = CompareRecipe(step_cm1=4.0, metrics=("pearson", "wasserstein"))
    truth = scores_by_name(
        spectrum_of(*shifted, grid=coarse, width_cm1=33),
        spectrum_of(*lines, grid=coarse, width_cm1=33),
        recipe,
    )
    names = ("Pearson correlation", "Wasserstein distance")
    covered = dict.fromkeys(names, 0)
    repetitions = 200
    for seed in range(repetitions):
        candidate, reference = (
            spectrum_of(*of, grid=coarse, width_cm1=33, noise=0.2, replicas=8, seed=number)
            for of, number in ((shifted, 2 * seed), (lines, 2 * seed + 1))
        )
        scores = scores_by_name(candidate, reference, recipe)
        for name in names:
            endless = scores[f"{name}, infinite sampling"]
            covered[name] += endless.low <= truth[name].value <= endless.high
    for name, count in covered.items():
        # Binomial standard deviation of 200 draws at 95 %: 1.5 %.
        assert 0.90 <= count / repetitions <= 0.995, name


def test_recipe_refuses_a_reversed_range_and_unknown_metrics():
    with pytest.raises(ValidationError, match="low_cm1 must be below high_cm1"):
        CompareRecipe(low_cm1=4000, high_cm1=500)
    with pytest.raises(ValidationError):
        CompareRecipe(metrics=("cosine",))
