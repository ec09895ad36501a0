"""Learning curves: what is concluded from errors by training structures."""

import math

import pytest

from vibench.core.score import Score
from vibench.evaluate.learning_curve import learning_curve_scores

SIZES = (100, 200, 400)


def points(model, prefactor, exponent, error="force MAE"):
    return [
        Score(
            name=error,
            value=prefactor * size**-exponent,
            unit="meV/Å",
            higher_is_better=False,
            n=50,
            model=model,
            dataset="test",
            training_structures=size,
        )
        for size in SIZES
    ]


def concluded(scores, model, word):
    return next(score for score in scores if score.model == model and word in score.name)


def test_exponents_and_structures_for_the_error_that_all_models_reach():
    both = points("good", 100.0, 0.5) + points("bad", 200.0, 0.25)
    scores = learning_curve_scores(both, {})
    assert concluded(scores, "good", "exponent").value == pytest.approx(0.5)
    assert concluded(scores, "bad", "exponent").value == pytest.approx(0.25)
    assert concluded(scores, "bad", "needed").value == pytest.approx(400)
    good = concluded(scores, "good", "needed")
    assert math.isnan(good.value)
    assert good.estimand == "fewer than 100"
    assert good.part == "44.72 meV/Å"


def test_a_target_of_the_study_goes_before():
    scores = learning_curve_scores(points("one", 100.0, 0.5), {"force MAE": 6.0})
    assert concluded(scores, "one", "needed").value == pytest.approx((100 / 6) ** 2)
    scores = learning_curve_scores(points("one", 100.0, 0.5), {"force MAE": 1.0})
    assert concluded(scores, "one", "needed").estimand == "more than 400"


def test_each_error_has_its_own_curve():
    both = points("one", 100.0, 0.5) + points("one", 3.0, 1.0, error="dipole MAE")
    names = {score.name for score in learning_curve_scores(both, {})}
    assert names == {
        "force MAE, learning exponent",
        "force MAE, structures needed",
        "dipole MAE, learning exponent",
        "dipole MAE, structures needed",
    }
