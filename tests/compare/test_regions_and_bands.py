"""Scores by region and by band, against shifts, areas and widths known in advance."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from vibench.compare.band_errors import find_bands
from vibench.compare.recipe import CompareRecipe
from vibench.compare.scores import compare_spectra
from vibench.compare.variants import baseline_scores
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import line_shape

GRID = np.arange(450.0, 4050.0, 1.0)
RECIPE = CompareRecipe(metrics=("pearson", "wasserstein"))


def spectrum_of(*lines, width_cm1=33.0, noise=0.0, replicas=0, gaps=None):
    """Return a spectrum of Gaussian bands (centre, area[, width])."""
    lines = [(*line, width_cm1)[:3] for line in lines]
    curves = np.array(
        [a * line_shape(GRID - c, width_cm1=w, shape="gaussian") for c, a, w in lines]
    )
    rows = None
    if replicas:
        rng = np.random.default_rng(1)
        rows = (1 + noise * rng.normal(size=(replicas, len(lines)))) @ curves
    intensity = curves.sum(axis=0) if rows is None else rows.mean(axis=0)
    kept = np.ones(len(GRID), dtype=bool)
    for low, high in () if gaps is None else gaps:
        kept &= ~((low < GRID) & (high > GRID))
    rows = None if rows is None else rows[:, kept]
    return Spectrum(GRID[kept], intensity[kept], "arbitrary", width_cm1, "synthetic", rows, gaps)


def parts(candidate, reference, name, recipe=RECIPE):
    """Return part → score of that name."""
    scores = compare_spectra(candidate, reference, recipe)
    return {score.part: score for score in scores if score.name == name}


def test_a_shift_is_no_redistribution_and_the_other_way_round():
    reference = spectrum_of((1000, 3.0), (1700, 1.0), (3000, 1.0))
    shifted = spectrum_of((1020, 3.0), (1720, 1.0), (3020, 1.0))
    assert parts(shifted, reference, "Wasserstein distance, within regions")[None].value == (
        pytest.approx(20, rel=1e-4)
    )
    assert parts(shifted, reference, "Wasserstein distance, between regions")[None].value == (
        pytest.approx(0, abs=0.01)
    )
    stronger = spectrum_of((1000, 2.0), (1700, 1.0), (3000, 2.0))
    between = parts(stronger, reference, "Wasserstein distance, between regions")[None]
    assert between.value == pytest.approx(0.2 * 2000, rel=1e-3)
    assert parts(stronger, reference, "Wasserstein distance, within regions")[None].value == (
        pytest.approx(0, abs=0.01)
    )


def test_regions_are_scored_by_themselves():
    reference = spectrum_of((1000, 3.0), (3000, 1.0))
    candidate = spectrum_of((1000, 3.0), (3060, 1.0))
    pearson = parts(candidate, reference, "Pearson correlation by region")
    assert pearson["fingerprint, 500-1500 cm^-1"].value == pytest.approx(1, abs=1e-6)
    assert pearson["X-H, 2500-4000 cm^-1"].value < 0.1
    assert set(pearson) == {"fingerprint, 500-1500 cm^-1", "X-H, 2500-4000 cm^-1"}
    distance = parts(candidate, reference, "Wasserstein distance by region")
    assert distance["X-H, 2500-4000 cm^-1"].value == pytest.approx(60, rel=1e-3)


def test_share_of_area_has_its_sign():
    reference, candidate = spectrum_of((1000, 3.0), (3000, 1.0)), spectrum_of((1000, 1), (3000, 1))
    share = parts(candidate, reference, "share of area, error by region")
    assert share["X-H, 2500-4000 cm^-1"].value == pytest.approx(25, rel=1e-3)
    assert share["fingerprint, 500-1500 cm^-1"].value == pytest.approx(-25, rel=1e-3)


def test_bands_are_paired_and_measured():
    reference = spectrum_of((1000, 3.0), (1700, 1.0), (3000, 1.0))
    candidate = spectrum_of((1013, 3.0), (1690, 1.5), (3000, 1.0, 50.0))
    position = parts(candidate, reference, "band position error")
    assert {part: round(s.value, 2) for part, s in position.items()} == {
        "1000 cm^-1": 13.0,
        "1700 cm^-1": -10.0,
        "3000 cm^-1": 0.0,
    }
    width = parts(candidate, reference, "band width error")
    assert width["3000 cm^-1"].value == pytest.approx(17, abs=0.1)
    area = parts(candidate, reference, "band area error")
    assert area["1700 cm^-1"].value == pytest.approx(100 * (1.5 / 5.5 * 5 - 1), abs=0.5)


def test_a_band_too_far_away_has_no_counterpart():
    reference, candidate = spectrum_of((1000, 3.0), (3000, 1.0)), spectrum_of((1000, 3), (3400, 1))
    assert parts(candidate, reference, "bands without counterpart")[None].value == 1
    assert set(parts(candidate, reference, "band position error")) == {"1000 cm^-1"}


def test_noise_makes_few_bands():
    """Of fifty bands of pure noise most are not counted; the true one, which fluctuates, is."""
    rng = np.random.default_rng(3)
    curve = line_shape(GRID - 1000, width_cm1=33.0, shape="gaussian")
    fog = [line_shape(GRID - c, width_cm1=33.0, shape="gaussian") for c in range(510, 4000, 70)]
    strength = 1 + 0.45 * rng.standard_normal((32, 1))
    rows = strength * curve + 0.5 * rng.normal(size=(32, len(fog))) @ np.array(fog)
    without_noise_known = find_bands(GRID, rows.mean(axis=0)[None])
    found = find_bands(GRID, rows)
    assert len(without_noise_known) > 15
    assert len(found) < 0.4 * len(without_noise_known)
    assert min(abs(band.position_cm1 - 1000) for band in found) < 3


def test_a_spectrum_without_maxima_has_no_bands():
    assert find_bands(GRID, np.linspace(0, 1, len(GRID))[None]) == []


def test_intervals_of_bands_hold_the_values():
    reference = spectrum_of((1000, 3.0), (3000, 1.0))
    candidate = spectrum_of((1010, 3.0), (3010, 1.0), noise=0.2, replicas=8)
    for name in ("band position error", "band area error", "share of area, error by region"):
        for score in parts(candidate, reference, name).values():
            assert score.low <= score.value <= score.high


def test_widths_that_a_spectrum_is_too_wide_for_are_left_out():
    narrow, wide = spectrum_of((1000, 1), width_cm1=8.0), spectrum_of((1000, 1), width_cm1=18.0)
    scores = compare_spectra(narrow, wide, RECIPE)
    found = [s.width_cm1 for s in scores if s.name == "Pearson correlation by width"]
    assert found == [20.0, 33.0, 50.0]
    assert {s.width_cm1 for s in scores if s.name == "Pearson correlation"} == {33.0}


def test_points_in_gaps_do_not_count():
    reference = spectrum_of((1000, 3.0), (3000, 1.0), gaps=np.array([[2800.0, 3200.0]]))
    candidate = spectrum_of((1000, 3.0), (2990, 20.0))
    scores = {s.name: s for s in compare_spectra(candidate, reference, RECIPE)}
    assert scores["Pearson correlation"].value == pytest.approx(1, abs=1e-6)
    assert scores["Wasserstein distance"].value < 0.1
    assert "399 points in gaps left out" in scores["Pearson correlation"].estimand


def test_a_broadened_spectrum_widens_its_gaps():
    reference = spectrum_of((1000, 3.0), width_cm1=8.0, gaps=np.array([[2800.0, 3200.0]]))
    score = compare_spectra(spectrum_of((1000, 3.0)), reference, RECIPE)[0]
    assert "433 points in gaps left out" in score.estimand


def test_spread_over_baselines_is_that_of_the_values():
    candidate = spectrum_of((1000, 3.0), (3000, 1.0))
    flat = spectrum_of((1000, 3.0), (3000, 1.0))
    lifted = replace(flat, intensity=flat.intensity + 1e-3)
    scores = baseline_scores(candidate, {"none": lifted, "arpls": flat}, RECIPE)
    pearson = {s.part: s.value for s in scores if s.name == "Pearson correlation by baseline"}
    distance = {s.part: s.value for s in scores if s.name == "Wasserstein distance by baseline"}
    assert pearson == pytest.approx({"none": 1.0, "arpls": 1.0}, abs=1e-9)
    assert distance["arpls"] == pytest.approx(0, abs=1e-6)
    spread = {s.name: s.value for s in scores if "spread" in s.name}
    assert spread["Wasserstein distance, spread over baselines"] == distance["none"] > 100
    assert baseline_scores(candidate, {}, RECIPE) == []


def test_regions_may_not_overlap():
    with pytest.raises(ValidationError, match="ascend without overlap"):
        CompareRecipe(regions={"a": (500, 1500), "b": (1400, 2000)})
