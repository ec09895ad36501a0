"""Ranking of models: letters, differences, and what is said about few molecules."""

import numpy as np
import pytest

from vibench.compare.ranking import rank_models
from vibench.compare.recipe import CompareRecipe, RankingRecipe
from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import line_shape

GRID = np.arange(400.0, 2000.0, 4.0)
COMPARE = CompareRecipe(low_cm1=500, high_cm1=1900, step_cm1=4, metrics=("pearson", "wasserstein"))


def spectrum(rng, *, shift=0.0, replicas=8, noise=0.1, bands=(800.0, 1200.0, 1700.0)):
    """Return bands shifted by `shift`, with areas that fluctuate between replicas."""
    lines = np.stack(
        [line_shape(GRID - band - shift, width_cm1=40, shape="gaussian") for band in bands]
    )
    rows = (1 + noise * rng.normal(size=(replicas, len(bands)))) @ lines
    return Spectrum(GRID, rows.mean(axis=0), "arbitrary", 40.0, "synthetic", rows)


def runs(seed, shifts, molecules=4, seeds=1, **settings):
    """Return models by name and references; models are shifted by the given wavenumbers."""
    rng = np.random.default_rng(seed)
    names = [f"molecule-{index}" for index in range(molecules)]
    models = {
        name: [
            {molecule: spectrum(rng, shift=shift, **settings) for molecule in names}
            for _ in range(seeds)
        ]
        for name, shift in shifts.items()
    }
    return models, {molecule: spectrum(rng, **settings) for molecule in names}


def letters(ranking, measure):
    """Return the letters of each model by one measure."""
    return {s.model: s.group for s in ranking.scores if s.name.startswith(measure)}


def test_worse_model_has_another_letter_and_equal_ones_share_it():
    models, references = runs(1, {"bad": 15.0, "good": 2.0, "fine": 2.0})
    ranking = rank_models(models, references, COMPARE, RankingRecipe())
    found = letters(ranking, "Pearson correlation")
    assert found == {"good": "a", "fine": "a", "bad": "b"}
    assert [score.model for score in ranking.scores][2] == "bad"
    pairs = {(d.first, d.second): d for d in ranking.differences if d.measure.startswith("Pearson")}
    assert len(pairs) == 3
    worst = next(one for pair, one in pairs.items() if pair[1] == "bad")
    assert worst.value > 0
    assert worst.low > 0
    assert worst.p_value <= worst.adjusted_p_value < 0.05
    assert "mean over these molecules" in worst.estimand
    assert ranking.notes == ()


def test_single_measured_curves_are_a_reference():
    models, references = runs(2, {"bad": 15.0, "good": 2.0})
    measured = {
        name: Spectrum(GRID, one.intensity, "arbitrary", 40.0, "measured")
        for name, one in references.items()
    }
    ranking = rank_models(models, measured, COMPARE, RankingRecipe())
    assert letters(ranking, "Pearson correlation") == {"good": "a", "bad": "b"}


def test_population_of_molecules_needs_three_and_a_bootstrap_eight():
    random = RankingRecipe(molecules="random")
    two = rank_models(*runs(3, {"a": 15.0, "b": 2.0}, molecules=2), COMPARE, random)
    assert set(letters(two, "Pearson correlation").values()) == {None}
    assert two.differences[0].p_value is None
    assert "fewer than 3" in two.notes[0]
    four = rank_models(*runs(4, {"a": 15.0, "b": 2.0}), COMPARE, random)
    assert letters(four, "Pearson correlation") == {"b": "a", "a": "b"}
    assert four.differences[0].resampled_low is None
    assert "no bootstrap over molecules with fewer than 8" in four.notes[0]
    eight = rank_models(*runs(5, {"a": 15.0, "b": 2.0}, molecules=8), COMPARE, random)
    difference = eight.differences[0]
    assert difference.resampled_low < difference.value < difference.resampled_high
    assert eight.notes == ()


def test_molecules_that_a_model_lacks_are_left_out_and_named():
    models, references = runs(6, {"a": 5.0, "b": 2.0})
    del models["a"][0]["molecule-2"]
    ranking = rank_models(models, references, COMPARE, RankingRecipe())
    assert ranking.scores[0].n == 3
    assert "molecule-2" in ranking.notes[0]


def test_without_replicas_nothing_is_tested():
    models, references = runs(7, {"a": 5.0, "b": 2.0}, replicas=1)
    ranking = rank_models(models, references, COMPARE, RankingRecipe())
    assert ranking.scores[0].low is None
    assert set(letters(ranking, "Wasserstein").values()) == {None}


def test_seeds_enter_the_estimand_and_unequal_replicas_are_told():
    models, references = runs(8, {"a": 5.0, "b": 2.0}, seeds=3)
    models["b"] = [{name: spectrum(np.random.default_rng(9), replicas=4) for name in references}]
    ranking = rank_models(models, references, COMPARE, RankingRecipe())
    assert "a 3, b 1" in ranking.scores[0].estimand
    assert "unequal numbers of replicas" in ranking.notes[0]


def test_one_model_or_no_common_molecule_is_refused():
    models, references = runs(10, {"a": 5.0, "b": 2.0})
    with pytest.raises(InputError, match="two or more models"):
        rank_models({"a": models["a"]}, references, COMPARE, RankingRecipe())
    with pytest.raises(InputError, match="no molecule"):
        rank_models(models, {}, COMPARE, RankingRecipe())


@pytest.mark.parametrize("replicas", [2, 3, 4])
def test_a_reference_of_few_replicas_gives_no_test(replicas):
    models, references = runs(5, {"bad": 15.0, "good": 2.0})
    few = {
        name: Spectrum(
            GRID, one.replicas[:replicas].mean(axis=0), "arbitrary", 40.0, "few",
            one.replicas[:replicas],
        )
        for name, one in references.items()
    }  # fmt: skip
    ranking = rank_models(models, few, COMPARE, RankingRecipe())
    tested = replicas >= 4
    assert letters(ranking, "Pearson correlation") == (
        {"good": "a", "bad": "b"} if tested else {"good": None, "bad": None}
    )
    assert all((one.p_value is not None) == tested for one in ranking.differences)
    assert all((one.low is not None) == tested for one in ranking.differences)
    assert tested or f"a reference of {replicas} replicas" in ranking.notes[0]
    # The mean of one model has its interval: wide, as one degree of freedom makes it.
    assert all(score.low is not None for score in ranking.scores)
    random = rank_models(models, few, COMPARE, RankingRecipe(molecules="random"))
    assert all(one.p_value is not None for one in random.differences)
