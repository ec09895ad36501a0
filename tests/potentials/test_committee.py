"""Committees: contract, means and spreads, and what members must have in common."""

import runpy
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from tests.potentials.test_contracts import SIZE, Architecture
from vibench.core.errors import InputError
from vibench.core.protocols import Differentiable
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.committee import CommitteePotential, committee
from vibench.potentials.composite import compose
from vibench.potentials.recipes import FieldSchNetRecipe, PaiNNRecipe, SchNetRecipe
from vibench.testing.tolerances import SELF_CONSISTENT

HELPERS = runpy.run_path(str(Path(__file__).with_name("random_weights.py")))
random_potential, distorted = HELPERS["random_potential"], HELPERS["distorted"]
PAINN, SCHNET, FIELD = PaiNNRecipe(**SIZE), SchNetRecipe(**SIZE), FieldSchNetRecipe(**SIZE)


def of_one_kind(count=3, **settings):
    return [random_potential(PAINN, seed=seed, **settings) for seed in range(count)]


class TestCommittee(Architecture):
    """Networks of two kinds; their forces are the derivative of the mean energy."""

    charged = True

    def potential(self, dtype="float64"):
        members = [
            random_potential(recipe, seed=seed, charged=True, dtype=dtype)
            for seed, recipe in enumerate((PAINN, PAINN, SCHNET))
        ]
        return committee(members, name="three")

    def single_precision(self):
        return self.potential(dtype="float32")


class TestCommitteeInFields(Architecture):
    """Members that feel fields make a committee that does: its dipole is the mean derivative."""

    def potential(self, dtype="float64"):
        members = [random_potential(FIELD, seed=seed, dtype=dtype) for seed in (1, 2)]
        return committee(members, name="two fields")

    def single_precision(self):
        return self.potential(dtype="float32")


class TestCommitteeOfComposites(Architecture):
    def potential(self, dtype="float64"):
        members = [
            compose(
                random_potential(PAINN, seed=seed, dtype=dtype),
                random_potential(SCHNET, seed=seed + 5, dtype=dtype),
                name=f"pair {seed}",
            )
            for seed in (1, 2)
        ]
        return committee(members, name="two pairs")

    def single_precision(self):
        return self.potential(dtype="float32")


class TestCommitteeWithGFN2(Architecture):
    """A reference method among the members: no exact derivatives."""

    tolerances = SELF_CONSISTENT

    def potential(self):
        return committee([GFN2(), random_potential(PAINN)], name="GFN2+PaiNN")

    def single_precision(self):
        return None


def test_means_and_spreads_are_those_of_the_members():
    members, molecules = of_one_kind(), distorted("CH3OH", "H2O")
    found = committee(members, name="c")(molecules)
    single = [member(molecules) for member in members]
    assert found.uncertainty.available() == {"energy", "forces", "dipole"}
    for name in ("energy", "forces", "dipole"):
        values = [getattr(one, name) for one in single]
        np.testing.assert_allclose(getattr(found, name), np.mean(values, axis=0), atol=1e-12)
        spread = getattr(found.uncertainty, name)
        np.testing.assert_allclose(spread, np.std(values, axis=0, ddof=1), atol=1e-9)
        assert spread.min() > 0


def test_order_of_members_changes_no_bit():
    molecules = distorted("H2CO")
    results = [committee(list(m), name="c")(molecules) for m in permutations(of_one_kind())]
    for other in results[1:]:
        for name in ("energy", "forces", "dipole"):
            assert np.array_equal(getattr(other, name), getattr(results[0], name))
            spreads = [getattr(one.uncertainty, name) for one in (other, results[0])]
            assert np.array_equal(*spreads)


def test_a_committee_of_one_is_that_one_without_uncertainty():
    (only,) = of_one_kind(1)
    molecules = distorted("H2O")
    found, expected = committee([only], name="c")(molecules), only(molecules)
    assert found.uncertainty is None
    assert np.array_equal(found.forces, expected.forces)


def test_it_can_do_what_all_members_can():
    mixed = committee([random_potential(FIELD), *of_one_kind(1, charged=True)], name="mixed")
    assert not mixed.capabilities.electric_field
    assert not mixed.capabilities.charged
    assert isinstance(mixed, Differentiable)
    only_energies = random_potential(PaiNNRecipe(**SIZE, outputs=("energy",)))
    part = committee([*of_one_kind(1), only_energies], name="part")
    assert part.capabilities.outputs == {"energy", "forces"}
    assert part(distorted("H2O")).dipole is None
    with_gfn2 = committee([*of_one_kind(1), GFN2()], name="not exact")
    assert type(with_gfn2) is CommitteePotential
    assert with_gfn2.capabilities.elements == {1, 6, 8}


def test_members_without_anything_in_common_are_refused():
    with pytest.raises(InputError, match="needs one member or more"):
        committee([], name="empty")
    energies = random_potential(PaiNNRecipe(**SIZE, outputs=("energy",)))
    dipoles = random_potential(SchNetRecipe(**SIZE, outputs=("dipole",)))
    with pytest.raises(InputError, match="no property in common"):
        committee([energies, dipoles], name="apart")
