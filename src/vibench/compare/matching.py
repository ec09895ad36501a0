"""Matching the normal modes of two potentials by their eigenvectors."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.superposition import best_rotation, centred

DEGENERATE_WITHIN_CM1 = 1.0
"""Neighbouring modes of one potential closer than this count as degenerate."""


@dataclass(frozen=True, slots=True, eq=False)
class ModeMatch:
    """Which mode of a reference each mode of a candidate is."""

    partner: Array
    """(modes,) index of the reference's mode that each of the candidate's belongs to."""
    overlap: Array
    """(modes,) how alike the two are: 1 for the same motion, 0 for unrelated ones."""
    group: Array
    """(modes,) number of the set of candidate modes that can be told apart only together with
    their partners: degenerate modes share one, any other mode has its own."""


def match_modes(
    candidate: Modes, reference: Modes, *, degenerate_within_cm1: float = DEGENERATE_WITHIN_CM1
) -> ModeMatch:
    r"""Match modes of two potentials by the overlap of their eigenvectors.

    The geometries are superposed with masses as weights, by a proper rotation R. Modes of one
    potential whose neighbours lie within *degenerate_within_cm1* form sets S and T, whose
    overlap does not depend on which vectors span them:

    .. math:: O_{mn} = (\mathbf e_m \cdot R\,\mathbf e_n)^2,\qquad
              P_{ST} = \frac{1}{\min(|S|, |T|)} \sum_{m \in S} \sum_{n \in T} O_{mn}

    The partners are those that maximise the sum of P (an assignment problem). Within sets that
    belong together, partners are in order of frequency.

    Parameters
    ----------
    candidate, reference
        Modes of the same atoms in the same order, with the same masses.
    degenerate_within_cm1
        Largest distance in cm⁻¹ of neighbours in a degenerate set.

    Raises
    ------
    InputError
        If atoms, masses or the numbers of modes differ.
    """
    _check(candidate, reference)
    count = len(candidate.frequencies_cm1)
    if not count:
        return ModeMatch(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    ours = degenerate_sets(candidate.frequencies_cm1, degenerate_within_cm1)
    theirs = degenerate_sets(reference.frequencies_cm1, degenerate_within_cm1)
    shared = _set_overlap(mode_overlaps(candidate, reference), ours, theirs)
    _, partner = linear_sum_assignment(-shared)
    joined = coo_array(
        (np.ones(count), (ours, ours.max() + 1 + theirs[partner])),
        shape=(2 * count + 1, 2 * count + 1),
    )
    component = connected_components(joined, directed=False)[1][ours]
    group = np.unique(component, return_inverse=True)[1]
    for label in np.unique(group):
        members = np.flatnonzero(group == label)
        members = members[np.argsort(candidate.frequencies_cm1[members], kind="stable")]
        theirs_here = partner[members]
        order = np.argsort(reference.frequencies_cm1[theirs_here], kind="stable")
        partner[members] = theirs_here[order]
    return ModeMatch(partner, np.minimum(shared[np.arange(count), partner], 1.0), group)


def mode_overlaps(candidate: Modes, reference: Modes) -> Array:
    """Return (modes, modes) squared overlaps of eigenvectors, geometries superposed."""
    masses = reference.masses
    rotation = best_rotation(
        centred(reference.positions, masses), centred(candidate.positions, masses), masses
    )
    turned = reference.eigenvectors @ rotation.T
    overlaps: Array = np.einsum("mai,nai->mn", candidate.eigenvectors, turned) ** 2
    return overlaps


def degenerate_sets(frequencies_cm1: Array, within_cm1: float) -> Array:
    """Return (modes,) the number of the degenerate set of each mode, lowest frequency first."""
    order = np.argsort(frequencies_cm1, kind="stable")
    sets = np.empty(len(order), dtype=np.int64)
    sets[order] = np.cumsum(np.diff(frequencies_cm1[order], prepend=-np.inf) > within_cm1) - 1
    return sets


def _set_overlap(overlaps: Array, ours: Array, theirs: Array) -> Array:
    """Return (modes, modes) overlap of the sets that each pair of modes belongs to."""
    left, right = np.eye(ours.max() + 1)[ours], np.eye(theirs.max() + 1)[theirs]
    smaller = np.minimum(left.sum(axis=0)[:, None], right.sum(axis=0)[None, :])
    shared: Array = left @ (left.T @ overlaps @ right / smaller) @ right.T
    return shared


def _check(candidate: Modes, reference: Modes) -> None:
    if len(candidate.frequencies_cm1) != len(reference.frequencies_cm1):
        raise InputError(
            f"{candidate.name}: {len(candidate.frequencies_cm1)} modes cannot be compared with "
            f"{len(reference.frequencies_cm1)}"
        )
    if not np.array_equal(candidate.numbers, reference.numbers):
        raise InputError(
            f"{candidate.name}: modes can be matched only for the same atoms in the same order; "
            f"found atomic numbers {candidate.numbers.tolist()} and {reference.numbers.tolist()}"
        )
    if not np.allclose(candidate.masses, reference.masses, rtol=1e-6, atol=0):
        raise InputError(
            f"{candidate.name}: modes can be matched only for equal masses; found "
            f"{candidate.masses.tolist()} and {reference.masses.tolist()} amu"
        )
