"""Many comparisons at once: adjusted p-values and letters for groups that cannot be told apart."""

from string import ascii_lowercase

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array


def holm_adjusted(p_values: Array) -> Array:
    """Adjust p-values so that any false rejection among them has the stated probability.

    With p-values in ascending order p₍₁₎ ≤ … ≤ p₍ₘ₎,

        p̃₍ₖ₎ = max_{j ≤ k} min(1, (m - j + 1) p₍ⱼ₎).

    Rejecting where p̃ ≤ α keeps the probability of one or more false rejections at or below α,
    whatever the dependence between the tests.

    Parameters
    ----------
    p_values : (tests,)
        Raw p-values; NaN where a test could not be made, which stays NaN and is not counted.

    Returns
    -------
    adjusted : (tests,)

    Raises
    ------
    InputError
        If a p-value lies outside 0 to 1.

    References
    ----------
    S. Holm, Scand. J. Stat. 6, 65 (1979).
    """
    raw = np.asarray(p_values, dtype=np.float64)
    made = np.isfinite(raw)
    if np.any((raw[made] < 0) | (raw[made] > 1)):
        raise InputError(f"p-values must lie between 0 and 1, found {raw[made]}")
    order = np.flatnonzero(made)[np.argsort(raw[made], kind="stable")]
    adjusted = np.full(raw.shape, np.nan)
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * raw[order]))
    return adjusted


def letter_display(differs: Array) -> tuple[str, ...]:
    """Give letters to members so that two share one exactly if they do not differ.

    Made by insert and absorb: all members start in one group; each pair that differs splits every
    group that holds both into one without the first and one without the second; groups contained
    in another are dropped. Letters follow the best member that a group holds, then the next.

    Parameters
    ----------
    differs : (members, members)
        True where two members differ significantly; symmetric. Members are in order of merit, the
        best first.

    Returns
    -------
    letters
        For each member its letters in order, e.g. ``("a", "ab", "b")``. The best member has "a".

    Raises
    ------
    InputError
        If the matrix is not square and symmetric, or a member differs from itself.

    References
    ----------
    H.-P. Piepho, J. Comput. Graph. Stat. 13, 456 (2004), doi:10.1198/1061860043515.
    """
    matrix = np.asarray(differs, dtype=bool)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"differences have shape {matrix.shape}, expected (members, members)")
    if np.any(matrix != matrix.T) or matrix.diagonal().any():
        raise InputError("differences must be symmetric, and no member differs from itself")
    groups = [frozenset(range(len(matrix)))]
    for first, second in zip(*np.nonzero(np.triu(matrix)), strict=True):
        split: list[frozenset[int]] = []
        for group in groups:
            both = first in group and second in group
            split += [group - {first}, group - {second}] if both else [group]
        groups = _absorbed(split)
    groups.sort(key=sorted)
    names = [_letter(index) for index in range(len(groups))]
    return tuple(
        "".join(name for name, group in zip(names, groups, strict=True) if member in group)
        for member in range(len(matrix))
    )


def _absorbed(groups: list[frozenset[int]]) -> list[frozenset[int]]:
    """Drop groups that are contained in another one; of equal ones the first stays."""
    unique = list(dict.fromkeys(groups))
    return [group for group in unique if not any(group < other for other in unique)]


def _letter(index: int) -> str:
    """Return the letter of a group: a to z, then (27) and so on."""
    return ascii_lowercase[index] if index < len(ascii_lowercase) else f"({index + 1})"
