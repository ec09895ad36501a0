"""Settings of dynamics: units, lengths and what is refused."""

import math

import ase.units
import numpy as np
import pytest
from pydantic import ValidationError

from vibench.core.units import SPEED_OF_LIGHT
from vibench.dynamics.recipe import PAPER_FRICTION_PER_FS, DynamicsRecipe


def test_paper_friction_is_one_over_1018_fs() -> None:
    assert pytest.approx(1018.05, abs=0.01) == 1 / PAPER_FRICTION_PER_FS
    assert pytest.approx(0.01 * ase.units.fs, rel=1e-6) == PAPER_FRICTION_PER_FS


def test_both_readings_of_the_paper_have_the_stated_width() -> None:
    widths = [rate / (2 * math.pi * SPEED_OF_LIGHT) for rate in (PAPER_FRICTION_PER_FS, 0.01)]
    np.testing.assert_allclose(widths, [5.2, 53.1], atol=0.05)


def test_lengths_in_steps() -> None:
    recipe = DynamicsRecipe(equilibration_fs=5000.0, production_fs=50000.0, time_step_fs=0.5)
    assert (recipe.equilibration_steps, recipe.production_steps) == (10_000, 100_000)
    assert recipe.total_steps == 109_999


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperatures_k": (300.0, 300.0)}, "twice"),
        ({"temperatures_k": ()}, "at least 1"),
        ({"production_fs": 0.1}, "shorter than time_step_fs"),
        ({"time_step_fs": 0.0}, "greater than 0"),
        ({"friction": 0.01}, "Extra inputs"),
    ],
)
def test_refuses(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DynamicsRecipe(**changes)
