"""Planning from a pilot run: formulas, uncertainty and words."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import line_shape
from vibench.spectra.pilot import (
    Pilot,
    predicted_area_error,
    predicted_floor,
    signal_and_noise,
)
from vibench.spectra.planning import plan_area, plan_floor, plan_lines, plan_score

GRID = np.arange(500.0, 2500.0, 4.0)


def pilot(replicas=8, spread=0.2, seed=1, length_fs=10_000.0):
    """Return a pilot with two bands whose areas fluctuate independently."""
    rng = np.random.default_rng(seed)
    lines = np.stack(
        [line_shape(GRID - at, width_cm1=33.0, shape="gaussian") for at in (1000.0, 1800.0)]
    )
    rows = (1 + spread * rng.normal(size=(replicas, 2))) @ (np.array([[100.0], [50.0]]) * lines)
    return Pilot(
        Spectrum(GRID, rows.mean(axis=0), "km/mol per cm^-1", 33.0, "synthetic", rows),
        length_fs,
        1000.0,
    )


def test_signal_and_noise_are_unbiased():
    rng = np.random.default_rng(2)
    truth = np.sin(np.linspace(0, 6, 40))
    centred = truth - truth.mean()
    found = np.array(
        [signal_and_noise(truth + 0.5 * rng.normal(size=(6, 40))) for _ in range(2000)]
    )
    mean, error = found.mean(axis=0), found.std(axis=0) / np.sqrt(2000)
    assert abs(mean[0] - centred @ centred) < 4 * error[0]
    # 39 directions carry noise after centring, one of them along the signal; of the direction
    # itself only the estimate is known, which takes up to one more part in six.
    assert 38 * 0.25 / 6 * (1 - 1 / 6) < mean[1] < 38 * 0.25 / 6 + 4 * error[1]


def test_height_alone_does_not_lower_a_correlation():
    heights = np.array([[0.5], [1.0], [1.5], [1.2]])
    _, noise = signal_and_noise(heights * np.array([[0.0, 1.0, 3.0, 1.0]]))
    assert noise == pytest.approx(0, abs=1e-12)


def test_four_times_the_length_halves_the_error():
    one = pilot()
    areas = one.rows[:, GRID < 1400].sum(axis=1)
    expected = areas.std(ddof=1) / areas.mean() / np.sqrt(8)
    error, interval = predicted_area_error(one, (700.0, 1400.0), total_fs=4 * one.total_fs)
    # Replicas of ten depths have 0.9 of the variance of as much time in long ones.
    assert error == pytest.approx(expected / 2 / np.sqrt(0.9), rel=1e-3)
    assert interval.low < error < interval.high
    plan = plan_area(one, (700.0, 1400.0), error=expected / 2)
    assert plan.total_fs == pytest.approx(4 * one.total_fs / 0.9, rel=2e-3)
    assert plan.interval_fs.low < plan.total_fs < plan.interval_fs.high


def test_more_replicas_know_their_error_better():
    few, many = (
        plan_area(pilot(replicas=n), (700.0, 1400.0), error=0.01).interval_fs for n in (6, 60)
    )
    assert few.high / few.low > 2 * many.high / many.low


def test_floor_and_its_length_belong_together():
    one = pilot()
    plan = plan_floor(one, correlation=0.999)
    floor, interval = predicted_floor(one, total_fs=plan.total_fs)
    assert floor == pytest.approx(0.999)
    assert interval.low < floor < interval.high <= 1
    now, _ = predicted_floor(one, total_fs=one.total_fs / 0.9)
    assert plan.now == pytest.approx(now)


def test_interval_of_a_score_shrinks_with_the_root_of_the_length():
    score = Score(
        name="Pearson correlation",
        value=0.9,
        unit="",
        higher_is_better=True,
        n=8,
        low=0.85,
        high=0.95,
    )
    plan = plan_score(pilot(), score, half_width=0.01)
    # Student's t of seven degrees of freedom gives way to the normal quantile.
    assert plan.total_fs == pytest.approx(
        80_000 / 0.9 * (0.05 * 1.95996 / 2.36462 / 0.01) ** 2, rel=1e-4
    )


def test_suggestions_are_five_depths_or_longer():
    plan = plan_area(pilot(), (700.0, 1400.0), error=0.01)
    assert plan.suggestions
    for replicas, length_fs in plan.suggestions:
        assert length_fs >= 5000
        assert replicas * length_fs >= plan.total_fs * (1 - 1e-12)
    easy = plan_area(pilot(), (700.0, 1400.0), error=10.0)
    assert easy.suggestions == ((8, 5000.0),)


def test_lines_name_every_band_and_read_their_target():
    lines = plan_lines(pilot(), "2%")
    assert lines[0] == "pilot: 8 replicas of 10 ps"
    assert len(lines) == 3
    assert lines == plan_lines(pilot(), "0.02")
    (_, floor) = plan_lines(pilot(), "r=0.99")
    assert "Pearson correlation" in floor


@pytest.mark.parametrize("target", ["soon", "r=2", "-1", "0"])
def test_impossible_targets_are_refused(target):
    with pytest.raises(InputError):
        plan_lines(pilot(), target)


def test_pilots_that_tell_nothing_are_refused():
    with pytest.raises(InputError, match="4 or more replicas"):
        pilot(replicas=3)
    with pytest.raises(InputError, match="shorter than"):
        pilot(length_fs=1500.0)
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(8, len(GRID)))
    noise = Spectrum(GRID, rows.mean(axis=0), "km/mol per cm^-1", 33.0, "noise", rows)
    if signal_and_noise(rows)[0] > 0:
        rows -= rows.mean(axis=0)
        noise = Spectrum(GRID, rows.mean(axis=0), "km/mol per cm^-1", 33.0, "noise", rows)
    with pytest.raises(InputError, match="noise makes up all"):
        plan_floor(Pilot(noise, 10_000.0, 1000.0), correlation=0.9)
