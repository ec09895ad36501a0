"""Selection for active learning: uncertain, physical, diverse, and the same every time."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, single
from vibench.data.active import acquire, force_uncertainty
from vibench.data.recipes import AcquisitionRecipe

RECIPE = AcquisitionRecipe(
    structures_per_round=4,
    force_uncertainty_mev_per_angstrom=50.0,
    unphysical_mev_per_angstrom=1000.0,
    converged_share=0.05,
)
NOTHING = np.zeros((0, 2))


def chosen(points, values, recipe=RECIPE, known=NOTHING):
    found = acquire(points, values, recipe, known=known, rng=np.random.default_rng(0))
    return found.chosen.tolist()


def test_uncertainty_of_forces_is_that_of_the_worst_atom():
    pair = single("H2", [1, 1], np.zeros((2, 3)), [1.0, 1.0])
    triple = single("H3", [1, 1, 1], np.zeros((3, 3)), [1.0, 1.0, 1.0])
    spread = np.array([[3.0, 4.0, 0.0], [1.0, 0.0, 0.0], *np.zeros((2, 3)), [0.0, 2.0, 0.0]])
    np.testing.assert_allclose(force_uncertainty(concatenate([pair, triple]), spread), [5.0, 2.0])
    with pytest.raises(InputError, match=r"shape \(5, 3\), expected \(2, 3\)"):
        force_uncertainty(pair, spread)


def test_taken_are_uncertain_structures_that_are_not_unphysical():
    values = np.array([10.0, 60.0, 50.0, 2000.0, np.nan, np.inf, 999.0, 51.0])
    points = np.arange(16.0).reshape(8, 2)
    assert chosen(points, values) == [1, 6, 7]
    found = acquire(points, values, RECIPE, known=NOTHING, rng=np.random.default_rng(0))
    assert found.uncertain_share == 6 / 8  # what blew up is uncertain, too
    assert not found.converged


def test_of_frames_of_one_moment_one_is_taken():
    # Four moments of ten nearly equal frames; the most uncertain ones are all of the first.
    rng = np.random.default_rng(1)
    centres = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [5.0, 5.0]])
    points = np.repeat(centres, 5, axis=0) + 0.01 * rng.normal(size=(20, 2))
    values = np.repeat([400.0, 300.0, 200.0, 100.0], 5) + np.arange(20)
    found = chosen(points, values)
    assert sorted(index // 5 for index in found) == [0, 1, 2, 3]
    assert 4 in found  # the most uncertain of all is the first one taken


def test_what_is_known_is_not_labelled_again():
    points = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0], [6.0, 0.0], [9.0, 0.0], [9.1, 0.0]])
    values = np.array([90.0, 80.0, 80.0, 80.0, 80.0, 80.0])
    two = RECIPE.model_copy(update={"structures_per_round": 2})
    assert chosen(points, values, two) == [0, 5]
    assert chosen(points, values, two, known=np.array([[9.0, 0.1]])) == [0, 3]


def test_the_pool_is_five_times_what_is_wanted():
    points = np.zeros((30, 2))
    points[-1] = 1000.0  # far away, but the least uncertain of all
    values = np.linspace(900.0, 100.0, 30)
    assert 29 not in chosen(points, values)
    assert len(chosen(np.zeros((30, 2)), values)) == 4  # all alike, and yet four different ones


def test_the_same_structures_are_taken_every_time():
    rng = np.random.default_rng(2)
    points, values = rng.normal(size=(200, 6)), rng.uniform(0, 1500, 200)
    for recipe in (RECIPE, RECIPE.model_copy(update={"selection": "random"})):
        first = chosen(points, values, recipe)
        assert first == chosen(points, values, recipe) == sorted(set(first))
        assert len(first) == 4


def test_learning_has_converged_when_few_are_uncertain_and_never_at_random():
    points, values = np.arange(200.0).reshape(100, 2), np.full(100, 10.0)
    values[:5] = 60.0
    found = acquire(points, values, RECIPE, known=NOTHING, rng=np.random.default_rng(0))
    assert (found.chosen.tolist(), found.converged, found.uncertain_share) == ([], True, 0.05)
    values[5] = 60.0
    assert len(chosen(points, values)) == 4
    at_random = RECIPE.model_copy(update={"selection": "random"})
    values[:5] = [10.0, 10.0, 10.0, 5000.0, np.nan]
    drawn = [
        acquire(points, values, at_random, known=NOTHING, rng=np.random.default_rng(seed))
        for seed in range(200)
    ]
    assert not any(one.converged for one in drawn)
    taken = np.concatenate([one.chosen for one in drawn])
    assert {3, 4}.isdisjoint(taken)
    assert len(set(taken.tolist())) == 98  # any of the others, whether uncertain or not


def test_nothing_visited_or_all_unphysical_is_no_convergence():
    for count in (0, 10):
        found = acquire(
            np.zeros((count, 2)),
            np.full(count, 1e6),
            RECIPE,
            known=NOTHING,
            rng=np.random.default_rng(0),
        )
        assert (len(found.chosen), found.converged) == (0, False)


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match=r"must exceed .* found 40 and 50"):
        AcquisitionRecipe(unphysical_mev_per_angstrom=40.0)
