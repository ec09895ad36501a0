"""The list of atom pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vibench.potentials.neighbours import atom_pairs


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_all_ordered_pairs_within_each_molecule_and_no_others(counts):
    centre, neighbour = atom_pairs(np.array(counts))
    owner = np.repeat(np.arange(len(counts)), counts)
    expected = {
        (i, j)
        for i in range(len(owner))
        for j in range(len(owner))
        if i != j and owner[i] == owner[j]
    }
    assert set(zip(centre.tolist(), neighbour.tolist(), strict=True)) == expected
    assert len(centre) == len(expected)
    assert np.all(np.diff(centre) >= 0)
