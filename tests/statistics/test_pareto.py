"""Fronts of points whose order is known."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.statistics.pareto import dominators


def test_constructed_points() -> None:
    #                  cheap, bad   dear, good   beaten by 0   beaten by both   equal to 1
    points = np.array([[1.0, 9.0], [5.0, 2.0], [2.0, 9.0], [6.0, 9.5], [5.0, 2.0]])
    assert dominators(points) == ((), (), (0,), (0, 1, 2, 4), ())


def test_noise_keeps_some_on_the_front() -> None:
    points = np.array([[1.0, 2.0], [1.1, 2.1], [3.0, 9.0]])
    assert dominators(points) == ((), (0,), (0, 1))
    apart = dominators(points, lambda one, other: points[other, 1] - points[one, 1] > 1)
    assert apart == ((), (), (0, 1))


def test_the_front_is_never_empty() -> None:
    points = np.random.default_rng(3).normal(size=(40, 2))
    found = dominators(points)
    front = [place for place, others in enumerate(found) if not others]
    assert front
    # Whoever is not on the front is beaten by someone on it.
    assert all(set(others) & set(front) for others in found if others)


def test_losses_must_be_numbers() -> None:
    with pytest.raises(InputError, match="finite"):
        dominators(np.array([[1.0, np.nan]]))
