"""Error of a single trajectory from its blocks."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.spectra.blocks import fold_blocks, split_blocks
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe


def _spectrum(runs, **settings):
    recipe = SpectrumRecipe(depth_fs=20.0, zero_padding=1, **settings)
    return spectrum_from_dipoles(runs, time_step_fs=1.0, temperature_k=300.0, recipe=recipe)


def _noise(seed, steps):
    """Dipoles with a memory of five steps."""
    white = np.random.default_rng(seed).normal(size=(steps + 20, 3))
    kernel = np.exp(-np.arange(20) / 5.0)
    return np.stack([np.convolve(column, kernel, "valid") for column in white.T], axis=1)[:steps]


def test_blocks_are_contiguous_equal_and_long_enough():
    run = np.arange(300.0).reshape(100, 3)
    blocks = split_blocks([run], lags=5, blocks=None)
    assert [len(block) for block in blocks] == [12] * 8
    np.testing.assert_array_equal(np.concatenate(blocks), run[:96])
    assert [len(block) for block in split_blocks([run], lags=5, blocks=3)] == [33] * 3
    assert split_blocks([run], lags=30, blocks=None) == []
    assert split_blocks([run], lags=5, blocks=1) == []
    assert split_blocks([run, run], lags=5, blocks=4) == []
    with pytest.raises(InputError, match="at most 9 blocks are possible"):
        split_blocks([run], lags=5, blocks=10)


def test_rows_have_the_mean_of_the_whole_and_the_spread_of_blocks():
    curves = np.random.default_rng(2).normal(size=(5, 7))
    rows = fold_blocks(curves, [np.empty((3, 3))] * 4)
    np.testing.assert_allclose(rows.mean(axis=0), curves[0], rtol=1e-12)
    np.testing.assert_allclose(rows.std(axis=0), curves[1:].std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(fold_blocks(curves, []), curves)


def test_spectrum_is_that_of_the_whole_trajectory_with_an_error():
    run = _noise(0, 2000)
    whole, made = _spectrum([run], blocks=1), _spectrum([run])
    np.testing.assert_allclose(made.intensity, whole.intensity, rtol=1e-10, atol=1e-18)
    assert whole.standard_error is None
    assert made.replicas.shape[0] == 8
    assert (made.standard_error > 0).all()
    assert "8 blocks of 249 fs of one trajectory (too small if" in made.method
    assert "blocks" not in _spectrum([run, run]).method


def test_error_of_blocks_is_the_scatter_of_independent_trajectories():
    made = [_spectrum([_noise(seed, 1600)]) for seed in range(1, 121)]
    scatter = np.array([spectrum.intensity for spectrum in made]).var(axis=0, ddof=1)
    estimate = np.mean([spectrum.standard_error**2 for spectrum in made], axis=0)
    # Neighbouring points share a window; about 20 of them are independent. The variance of 120
    # values has a relative error of sqrt(2/119) = 0.13, the mean over 20 points one of 0.03; blocks
    # lose the pairs across their borders, a tenth of each, which makes the estimate larger.
    ratio = (estimate / scatter).mean()
    assert 1 - 4 * 0.03 < ratio < 1.15 + 4 * 0.03
