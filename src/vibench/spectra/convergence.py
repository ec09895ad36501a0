"""Whether replicas agree in the areas of bands, and whether replicas or blocks tell the error."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.integrate import trapezoid
from scipy.stats import f as f_distribution

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Trajectory
from vibench.spectra.md import md_spectrum
from vibench.spectra.recipe import SpectrumRecipe
from vibench.statistics.convergence import FEWEST_DRAWS, block_errors, split_r_hat

_LEAST_HEIGHT: Final = 0.03
_LEAST_SHARE: Final = 0.01
LONGEST_DEPTH_FS: Final = 500.0
"""Correlation depth of blocks, if that of the spectrum is not shorter."""
_MARGIN_STEPS: Final = 4
"""Steps a block has beyond the correlation depth, for the ends that differences lose."""
_MOST_BLOCKS: Final = 64


@dataclass(frozen=True, slots=True)
class BandConvergence:
    """How well replicas agree in the area of one range of a spectrum."""

    low_cm1: float
    """Lower end in cm⁻¹."""
    high_cm1: float
    """Upper end in cm⁻¹."""
    r_hat: float
    """R̂ of the areas of successive blocks; NaN if there are too few."""
    replica_error: float
    """Relative standard error of the area from the spread of replicas."""
    block_error: float
    """Relative standard error of the area from blocks within replicas."""
    p_value: float
    """Probability of replicas differing this much if halves of one replica are as independent as
    replicas are: small where replicas have not mixed."""
    blocks: int
    """Blocks per replica."""
    replicas: int
    """Replicas."""

    @property
    def name(self) -> str:
        """The range in words."""
        return f"{self.low_cm1:.0f}-{self.high_cm1:.0f} cm^-1"

    @property
    def error_ratio(self) -> float:
        """Error from replicas over error from blocks.

        About 1 where replicas sample the same; much larger where they differ by something that
        changes slower than a replica lasts, such as the conformer or the energy of a mode.
        """
        return self.replica_error / self.block_error if self.block_error > 0 else math.nan


def find_regions(spectrum: Spectrum) -> tuple[tuple[float, float], ...]:
    """Find the ranges of a spectrum that hold its bands.

    A range is where the intensity exceeds 3 % of the highest, on either side widened by half the
    line width; ranges that touch are one. Those with less than 1 % of the area are left out.

    Parameters
    ----------
    spectrum
        A spectrum whose width is known.

    Returns
    -------
    regions
        Lowest and highest wavenumber in cm⁻¹ of each, ascending.
    """
    grid = spectrum.wavenumber_cm1
    high = spectrum.intensity > _LEAST_HEIGHT * spectrum.intensity.max()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(np.int8)))
    half = spectrum.width_cm1 / 2 if math.isfinite(spectrum.width_cm1) else 0.0
    merged: list[tuple[float, float]] = []
    for first, last in edges.reshape(-1, 2):
        low = max(float(grid[first]) - half, float(grid[0]))
        end = min(float(grid[last - 1]) + half, float(grid[-1]))
        if merged and low <= merged[-1][1]:
            low = merged.pop()[0]
        merged.append((low, end))
    areas = [float(region_areas(spectrum, region).mean()) for region in merged]
    total = sum(areas)
    return tuple(
        region for region, area in zip(merged, areas, strict=True) if area > _LEAST_SHARE * total
    )


def region_areas(spectrum: Spectrum, region: tuple[float, float]) -> Array:
    """Return (replicas,) the area of each replica within a range in cm⁻¹, ends interpolated.

    Raises
    ------
    InputError
        If the range does not lie within the spectrum.
    """
    low, high = region
    grid = spectrum.wavenumber_cm1
    if not grid[0] <= low < high <= grid[-1]:
        raise InputError(
            f"region {low:g}-{high:g} cm^-1 does not lie within the spectrum, "
            f"{grid[0]:g}-{grid[-1]:g} cm^-1"
        )
    rows = spectrum.intensity[None] if spectrum.replicas is None else spectrum.replicas
    inside = grid[(grid > low) & (grid < high)]
    points = np.concatenate([[low], inside, [high]])
    curves = np.stack([np.interp(points, grid, row) for row in rows])
    return np.asarray(trapezoid(curves, points, axis=1))


def band_convergence(
    trajectories: Sequence[Trajectory],
    recipe: SpectrumRecipe,
    *,
    regions: Sequence[tuple[float, float]] | None = None,
) -> tuple[BandConvergence, ...]:
    """Cut every replica into successive blocks and see whether replicas agree.

    A block is as long as the correlation depth (a little longer for its ends), at most 500 fs,
    which tells bands 70 cm⁻¹ apart, so that it gives a spectrum; the areas of its bands are the
    draws of a chain per replica.

    - R̂ of the chains (`vibench.statistics.convergence.split_r_hat`), for eight or more blocks.
    - The error of the mean area from the spread of replicas, s/√replicas, and from blocks averaged
      until they are independent (`block_errors`), which does not see what differs between
      replicas.
    - The F test of replica means against the halves of replicas, with (R - 1, R) degrees of
      freedom. R̂ exceeds 1.1 also where replicas agree but are short: with n independent draws in
      half a replica it is about √(1 + 1/n). The F test tells these cases apart.

    Parameters
    ----------
    trajectories
        Replicas of one molecule; failed ones are left out, the longest is cut to the shortest.
    recipe
        Settings of the spectrum.
    regions
        Ranges in cm⁻¹; None finds them in the mean spectrum.

    Returns
    -------
    One entry per range; empty for fewer than two finished replicas, or if replicas are shorter than
    four blocks.
    """
    finished = [run for run in trajectories if run.outcome.finished]
    if len(finished) < 2:
        return ()
    steps = min(len(run.dipole) for run in finished)
    recipe = recipe.model_copy(update={"depth_fs": min(recipe.depth_fs, LONGEST_DEPTH_FS)})
    depth = max(1, round(recipe.depth_fs / finished[0].time_step_fs)) + 1 + _MARGIN_STEPS
    blocks = min(steps // depth, _MOST_BLOCKS)
    if blocks < FEWEST_DRAWS // 2:
        return ()
    length = steps // blocks
    pieces = [
        md_spectrum([_cut(run, index * length, length) for index in range(blocks)], recipe)
        for run in finished
    ]
    mean = replace(
        pieces[0], intensity=np.mean([piece.intensity for piece in pieces], axis=0), replicas=None
    )
    chosen = find_regions(mean) if regions is None else regions
    return tuple(
        _convergence(region, np.stack([region_areas(piece, region) for piece in pieces]))
        for region in chosen
    )


def _cut(run: Trajectory, start: int, length: int) -> Trajectory:
    """Return a stretch of a trajectory with all that spectra need, without geometries."""
    part = slice(start, start + length)
    return replace(
        run,
        dipole=run.dipole[part],
        potential_energy=run.potential_energy[part],
        kinetic_energy=run.kinetic_energy[part],
        dipole_flux=None if run.dipole_flux is None else run.dipole_flux[part],
        positions=run.positions[:0],
        velocities=run.velocities[:0],
    )


def _convergence(region: tuple[float, float], chains: Array) -> BandConvergence:
    """Return what the areas (replicas, blocks) of one range say."""
    replicas, blocks = chains.shape
    area = float(chains.mean())
    half = blocks // 2
    halves = np.stack([chains[:, :half].mean(axis=1), chains[:, blocks - half :].mean(axis=1)])
    ratio = 2 * halves.mean(axis=0).var(ddof=1) / halves.var(axis=0, ddof=1).mean()
    spread = float(chains.mean(axis=1).std(ddof=1)) / math.sqrt(replicas)
    return BandConvergence(
        low_cm1=region[0],
        high_cm1=region[1],
        r_hat=split_r_hat(chains),
        replica_error=spread / area if area > 0 else math.nan,
        block_error=block_errors(chains).plateau / area if area > 0 else math.nan,
        p_value=float(f_distribution.sf(ratio, replicas - 1, replicas)),
        blocks=blocks,
        replicas=replicas,
    )
