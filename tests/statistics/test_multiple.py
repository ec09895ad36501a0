"""Adjusted p-values and letters against worked examples and their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibench.core.errors import InputError
from vibench.statistics.multiple import holm_adjusted, letter_display


def test_holm_steps_down():
    adjusted = holm_adjusted(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_never_exceeds_one_and_keeps_the_order():
    adjusted = holm_adjusted(np.array([0.6, 0.5, 0.9]))
    assert adjusted == pytest.approx([1.0, 1.0, 1.0])


def test_tests_that_could_not_be_made_do_not_count():
    adjusted = holm_adjusted(np.array([0.02, np.nan, 0.03]))
    assert adjusted[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(adjusted[1])
    assert holm_adjusted(np.empty(0)).shape == (0,)


def test_holm_refuses_what_is_no_probability():
    with pytest.raises(InputError, match="between 0 and 1"):
        holm_adjusted(np.array([0.2, 1.2]))


def test_holm_bounds_false_rejections_of_independent_true_hypotheses():
    # Probability of one or more rejections: 1 - (1 - α/m)^m < α at most; 3 σ of the simulation.
    rng = np.random.default_rng(1)
    p_values = rng.uniform(size=(4000, 10))
    any_rejected = np.mean([np.any(holm_adjusted(row) <= 0.05) for row in p_values])
    expected = 1 - (1 - 0.005) ** 10
    assert abs(any_rejected - expected) < 3 * np.sqrt(expected * (1 - expected) / 4000)


def differs(members, *pairs):
    """Return the symmetric matrix of these differences."""
    matrix = np.zeros((members, members), bool)
    for first, second in pairs:
        matrix[first, second] = matrix[second, first] = True
    return matrix


def test_letters_of_simple_cases():
    assert letter_display(differs(3)) == ("a", "a", "a")
    assert letter_display(differs(3, (0, 2))) == ("a", "ab", "b")
    assert letter_display(differs(3, (0, 1), (0, 2), (1, 2))) == ("a", "b", "c")
    assert letter_display(differs(3, (0, 1), (0, 2))) == ("a", "b", "b")
    assert letter_display(np.zeros((1, 1), bool)) == ("a",)


def test_one_member_may_bridge_two_groups():
    pairs = [(0, 6), (0, 7), (1, 6), (1, 7), (2, 7), (3, 6), (3, 7), (4, 6), (4, 7), (2, 6)]
    letters = letter_display(differs(8, *pairs))
    assert letters == ("a", "a", "a", "a", "a", "ab", "b", "b")


def test_no_letters_are_lost_with_many_groups():
    members = 30
    letters = letter_display(~np.eye(members, dtype=bool))
    assert letters[25] == "z"
    assert letters[26] == "(27)"


@given(st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2 ** (n * n) - 1))))
def test_two_share_a_letter_exactly_if_they_do_not_differ(case):
    members, bits = case
    raw = np.array([(bits >> k) & 1 for k in range(members**2)], bool).reshape(members, members)
    matrix = np.triu(raw, 1)
    matrix = matrix | matrix.T
    letters = [set(text) for text in letter_display(matrix)]
    shared = np.array([[bool(a & b) for b in letters] for a in letters])
    assert np.array_equal(shared, ~matrix)
    assert "a" in letters[0]


def test_letters_refuse_a_matrix_that_is_no_relation():
    with pytest.raises(InputError, match="symmetric"):
        letter_display(np.array([[False, True], [False, False]]))
    with pytest.raises(InputError, match="shape"):
        letter_display(np.zeros((2, 3), bool))
