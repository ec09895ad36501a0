"""Matching the normal modes of two potentials by their eigenvectors."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
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
    """(modes,) number of the group of each candidate mode: modes that degeneracy, on one
    potential or the other, makes interchangeable share one, any other mode has its own."""


def match_modes(
    candidate: Modes, reference: Modes, *, degenerate_within_cm1: float = DEGENERATE_WITHIN_CM1
) -> ModeMatch:
    r"""Match modes of two potentials by the overlap of their eigenvectors.

    The geometries are superposed with masses as weights, by a proper rotation R. Partners are
    those that maximise the sum of overlaps (an assignment problem),

    .. math:: \max_p \sum_m O_{m\,p(m)},\qquad O_{mn} = (\mathbf e_m \cdot R\,\mathbf e_n)^2.

    Modes of one potential whose neighbours lie within *degenerate_within_cm1* form sets S and T
    whose vectors may be turned into each other. What does not depend on their choice are the
    singular values σ₁ ≥ σ₂ ≥ … of the block of e_m · R e_n, the cosines of the angles between the
    subspaces: k partners between S and T add σ₁² + … + σ_k², and each has the mean of these
    as its overlap. How many partners each pair of sets has is then a transport problem. Single
    modes are sets of one. Within a pair of sets partners are in order of frequency.

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

    References
    ----------
    Å. Björck, G. H. Golub, Math. Comp. 27, 579 (1973), doi:10.2307/2005662 (angles between
    subspaces).
    """
    _check(candidate, reference)
    count = len(candidate.frequencies_cm1)
    if not count:
        return ModeMatch(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    ours = degenerate_sets(candidate.frequencies_cm1, degenerate_within_cm1)
    theirs = degenerate_sets(reference.frequencies_cm1, degenerate_within_cm1)
    cosines = _cosines(candidate, reference)
    gains = {
        (s, t): np.linalg.svd(cosines[np.ix_(ours == s, theirs == t)], compute_uv=False) ** 2
        for s in range(ours.max() + 1)
        for t in range(theirs.max() + 1)
    }
    shares = _shares(gains, np.bincount(ours), np.bincount(theirs))
    allowed = shares[np.ix_(ours, theirs)] > 0
    # Where overlaps tie, neighbours in rank are preferred.
    apart = np.abs(_ranks(candidate)[:, None] - _ranks(reference)[None, :])
    _, partner = linear_sum_assignment(np.where(allowed, 1e-6 * apart - cosines**2, 2 * count))
    overlap = np.empty(count)
    for pair in set(zip(ours.tolist(), theirs[partner].tolist(), strict=True)):
        members = np.flatnonzero((ours == pair[0]) & (theirs[partner] == pair[1]))
        members = members[np.argsort(candidate.frequencies_cm1[members], kind="stable")]
        chosen = partner[members]
        partner[members] = chosen[np.argsort(reference.frequencies_cm1[chosen], kind="stable")]
        overlap[members] = gains[pair][: len(members)].mean()
    return ModeMatch(partner, overlap, _groups(ours, theirs[partner]))


def _groups(ours: Array, theirs: Array) -> Array:
    """Return (modes,) which modes are joined by the sets that they and their partners are in."""
    count = len(ours)
    joined = coo_array(
        (np.ones(count), (ours, ours.max() + 1 + theirs)), shape=(2 * count, 2 * count)
    )
    component = connected_components(joined, directed=False)[1][ours]
    groups: Array = np.unique(component, return_inverse=True)[1]
    return groups


def reordered_modes(candidate: Modes, reference: Modes, match: ModeMatch) -> int:
    """Return how many modes have a partner of another rank, interchangeable ones not counted."""
    ranks, partner_ranks = _ranks(candidate), _ranks(reference)[match.partner]
    moved = 0
    for label in np.unique(match.group):
        members = match.group == label
        moved += len(set(ranks[members].tolist()) - set(partner_ranks[members].tolist()))
    return moved


def _ranks(modes: Modes) -> Array:
    """Return (modes,) the rank of each frequency, lowest first."""
    order = np.argsort(modes.frequencies_cm1, kind="stable")
    ranks: Array = np.argsort(order, kind="stable")
    return ranks


def _shares(gains: dict[tuple[int, int], Array], ours: Array, theirs: Array) -> Array:
    """Return (sets, sets) how many partners each pair of sets has, for the largest sum of gains.

    A transport problem from sets of sizes *ours* to sets of sizes *theirs*, whose optimal corners
    are whole numbers; as gains fall, the first of a pair are used first.
    """
    places = [(s, t) for (s, t), values in gains.items() for _ in values]
    rows = np.array([s for s, _ in places])
    columns = len(ours) + np.array([t for _, t in places])
    variables = np.arange(len(places))
    constraints = coo_array(
        (
            np.ones(2 * len(places)),
            (np.concatenate([rows, columns]), np.concatenate([variables, variables])),
        ),
        shape=(len(ours) + len(theirs), len(places)),
    )
    solved = linprog(
        -np.concatenate(list(gains.values())),
        A_eq=constraints.tocsr(),
        b_eq=np.concatenate([ours, theirs]),
        bounds=(0, 1),
        method="highs-ds",
    )
    shares = np.zeros((len(ours), len(theirs)))
    np.add.at(shares, (rows, columns - len(ours)), np.round(solved.x))
    return shares


def _cosines(candidate: Modes, reference: Modes) -> Array:
    """Return (modes, modes) scalar products of eigenvectors, geometries superposed."""
    masses = reference.masses
    rotation = best_rotation(
        centred(reference.positions, masses), centred(candidate.positions, masses), masses
    )
    turned = reference.eigenvectors @ rotation.T
    cosines: Array = np.einsum("mai,nai->mn", candidate.eigenvectors, turned)
    return cosines


def mode_overlaps(candidate: Modes, reference: Modes) -> Array:
    """Return (modes, modes) squared overlaps of eigenvectors, geometries superposed."""
    return _cosines(candidate, reference) ** 2


def degenerate_sets(frequencies_cm1: Array, within_cm1: float) -> Array:
    """Return (modes,) the number of the degenerate set of each mode, lowest frequency first."""
    order = np.argsort(frequencies_cm1, kind="stable")
    sets = np.empty(len(order), dtype=np.int64)
    sets[order] = np.cumsum(np.diff(frequencies_cm1[order], prepend=-np.inf) > within_cm1) - 1
    return sets


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
