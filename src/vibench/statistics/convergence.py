"""Whether independent chains have explored the same, and errors of correlated samples."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import norm, rankdata

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.statistics.bootstrap import contiguous_blocks

FEWEST_DRAWS: Final = 8
"""Draws per chain below which R̂ says more about chance than about convergence."""
R_HAT_LIMIT: Final = 1.1
"""R̂ above which chains have not mixed."""
_FEWEST_BLOCKS = 4


def split_r_hat(chains: Array) -> float:
    """Return the rank-normalised split-R̂ of chains; 1 where they agree, larger where not.

    Every chain is cut into halves, so that a drift within chains counts as a difference between
    them. All S values are replaced by normal scores of their ranks r, Φ⁻¹((r - 3/8)/(S + 1/4)).
    With N draws per half, W the mean variance within halves and B/N the variance of their means,

        R̂ = √[((N - 1)/N · W + B/N) / W].

    The larger one of this for the values (location) and for |value - median| (spread) is returned.

    Parameters
    ----------
    chains : (chains, draws)
        Draws of independent chains in order of time; an odd last draw is left out.

    Returns
    -------
    R̂, or NaN where there are fewer than eight draws per chain or nothing varies.

    Raises
    ------
    InputError
        If a draw is not finite.

    References
    ----------
    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner, Bayesian Anal. 16, 667
    (2021), doi:10.1214/20-BA1221, eqs. 4, 14 and section 4.
    """
    if not np.isfinite(chains).all():
        raise InputError("R-hat needs finite draws")
    half = chains.shape[1] // 2
    if chains.shape[1] < FEWEST_DRAWS or np.ptp(chains) == 0:
        return float("nan")
    halves = np.concatenate([chains[:, :half], chains[:, half : 2 * half]])
    folded = np.abs(halves - np.median(halves))
    return max(_r_hat(_normal_scores(halves)), _r_hat(_normal_scores(folded)))


def _normal_scores(values: Array) -> Array:
    ranks = rankdata(values, axis=None).reshape(values.shape)
    return np.asarray(norm.ppf((ranks - 0.375) / (values.size + 0.25)))


def _r_hat(halves: Array) -> float:
    draws = halves.shape[1]
    within = float(halves.var(axis=1, ddof=1).mean())
    between = float(halves.mean(axis=1).var(ddof=1))
    if within == 0:
        return float("inf") if between > 0 else 1.0
    return float(np.sqrt((draws - 1) / draws + between / within))


@dataclass(frozen=True, slots=True, eq=False)
class BlockErrors:
    """Standard error of the mean of correlated samples, by length of the blocks taken as units."""

    block_length: Array
    """(levels,) samples per block: 1, 2, 4 …"""
    standard_error: Array
    """(levels,) standard error of the overall mean."""
    uncertainty: Array
    """(levels,) standard error of that standard error."""

    @property
    def plateau(self) -> float:
        """The first error that no longer block exceeds by more than its own uncertainty.

        Where errors go on growing this is the one of the longest blocks, and too small.
        """
        return float(self.standard_error[self._level])

    @property
    def plateau_length(self) -> int:
        """Samples per block at the plateau: blocks of this length are independent of each other."""
        return int(self.block_length[self._level])

    @property
    def _level(self) -> int:
        for level in range(len(self.standard_error)):
            later = self.standard_error[level + 1 :] - self.uncertainty[level + 1 :]
            if np.all(later <= self.standard_error[level]):
                return level
        return len(self.standard_error) - 1


def block_errors(chains: Array) -> BlockErrors:
    """Average correlated samples in growing blocks, until the blocks are independent.

    Pairs of neighbours are averaged again and again, within each chain. With b blocks in all and
    the variance s² of blocks about the mean *of their chain*,

        error² = s²/b,    uncertainty = error / √(2(b - chains)),

    which grows with the block length and levels off once blocks are longer than the correlation.
    What differs between chains does not enter.

    Parameters
    ----------
    chains : (chains, samples)
        Samples in order of time. The blocks of a level that do not fill the chain leave its end
        out; the last level has at least four blocks per chain.

    Raises
    ------
    InputError
        With fewer than four samples per chain.

    References
    ----------
    H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91, 461 (1989), doi:10.1063/1.457480.
    """
    if chains.ndim != 2 or chains.shape[1] < _FEWEST_BLOCKS:
        raise InputError(
            f"block averages need at least {_FEWEST_BLOCKS} samples in every chain, found samples "
            f"of shape {chains.shape}"
        )
    lengths, errors, uncertainties = [], [], []
    blocks, length = chains, 1
    while blocks.shape[1] >= _FEWEST_BLOCKS:
        freedom = blocks.size - len(blocks)
        square = float((blocks - blocks.mean(axis=1, keepdims=True)).ravel() @ blocks.ravel())
        error = np.sqrt(max(square, 0.0) / freedom / blocks.size)
        lengths.append(length)
        errors.append(error)
        uncertainties.append(error / np.sqrt(2 * freedom))
        even = blocks[:, : blocks.shape[1] // 2 * 2]
        blocks, length = (even[:, ::2] + even[:, 1::2]) / 2, 2 * length
    return BlockErrors(np.array(lengths), np.array(errors), np.array(uncertainties))


def independent_length(values: Array, groups: Array) -> int:
    """Return the number of successive samples that make a block independent of the next one.

    The length at which block averages reach their plateau (see `block_errors`). Chains are cut to
    the shortest one; with fewer than four samples in it nothing is known, and the length is 1.

    Parameters
    ----------
    values : (n,)
        Samples, in order of time within each chain.
    groups : (n,)
        Integer label of the chain of each sample.
    """
    members = contiguous_blocks(groups)
    shortest = min(map(len, members))
    if shortest < _FEWEST_BLOCKS:
        return 1
    return block_errors(np.stack([values[rows[:shortest]] for rows in members])).plateau_length
