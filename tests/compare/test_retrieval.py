"""The null of wrong molecules and the rank of the right one."""

import numpy as np
import pytest

from vibench.compare.recipe import CompareRecipe
from vibench.compare.retrieval import retrieval_scores
from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.signals.broadening import line_shape

GRID = np.arange(450.0, 4050.0, 1.0)


def spectrum_of(*centres):
    curve = sum(line_shape(GRID - c, width_cm1=33.0, shape="gaussian") for c in centres)
    return Spectrum(GRID, curve, "arbitrary", 33.0, "synthetic")


LIBRARY = {
    "a": spectrum_of(1000, 2900),
    "b": spectrum_of(1700, 2900),
    "c": spectrum_of(2200, 3600),
    "d": spectrum_of(600, 3300),
}


def found(candidates, name, part="Pearson correlation"):
    scores = retrieval_scores(candidates, LIBRARY, CompareRecipe())
    return {s.molecule: s for s in scores if s.name == name and s.part == part}


def test_the_right_molecules_are_found():
    candidates = {"a": spectrum_of(1010, 2910), "b": spectrum_of(1690, 2910)}
    for measure in ("Pearson correlation", "Wasserstein distance"):
        ranks = found(candidates, "rank of the right molecule", measure)
        assert [ranks[name].value for name in ("a", "b")] == [1, 1]
        total = found(candidates, "right molecule found first", measure)[None]
        assert (total.value, total.n) == (1.0, 2)
        # Exact binomial: two of two leave (0.025)^(1/2) as the lower end.
        assert total.low == pytest.approx(0.025**0.5, rel=1e-6)
        assert "chance is 0.25" in total.estimand


def test_a_swapped_molecule_is_seen():
    ranks = found({"a": LIBRARY["b"]}, "rank of the right molecule")
    assert ranks["a"].value == 2
    assert "first is b" in ranks["a"].estimand
    assert found({"a": LIBRARY["b"]}, "right molecule found first")[None].value == 0


def test_the_null_is_the_mean_over_wrong_molecules():
    null = found({"a": LIBRARY["a"]}, "score of wrong molecules")["a"]
    by_hand = [
        np.corrcoef(LIBRARY["a"].intensity[50:3551], LIBRARY[k].intensity[50:3551])[0, 1]
        for k in "bcd"
    ]
    assert null.value == pytest.approx(np.mean(by_hand), abs=1e-6)
    assert (null.low, null.high) == pytest.approx((min(by_hand), max(by_hand)), abs=1e-6)


def test_a_library_that_tells_nothing_is_refused():
    with pytest.raises(InputError, match="at least 3"):
        retrieval_scores({"a": LIBRARY["a"]}, {"a": LIBRARY["a"]}, CompareRecipe())
    with pytest.raises(InputError, match="no spectrum of x"):
        retrieval_scores({"x": LIBRARY["a"]}, LIBRARY, CompareRecipe())
