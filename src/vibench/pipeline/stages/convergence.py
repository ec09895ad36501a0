"""Convergence of the replicas behind a spectrum, as scores and as words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vibench.core.score import Score
from vibench.core.trajectory import Trajectory
from vibench.dynamics.torsions import TorsionConvergence, torsion_convergence
from vibench.spectra.convergence import LONGEST_DEPTH_FS, BandConvergence, band_convergence
from vibench.spectra.recipe import SpectrumRecipe
from vibench.statistics.convergence import FEWEST_DRAWS, R_HAT_LIMIT

TOO_SHORT = "replicas are too short for R-hat"
NOT_MIXED = "R-hat above the limit"
"""Words by which notes on convergence are known."""
R_HAT_OF_AREA = "R-hat of band area"
R_HAT_OF_TORSION = "R-hat of torsion"
ERROR_RATIO = "replica error over block error of band area"
_UNMIXED = 0.05


@dataclass(frozen=True, slots=True)
class Convergence:
    """What is known of the convergence of replicas."""

    scores: tuple[Score, ...]
    """R̂ of band areas and torsions, and the ratio of errors; without the name of the model."""
    notes: tuple[str, ...]
    """What a reader should know, one sentence each."""


def check_convergence(runs: Sequence[Trajectory], recipe: SpectrumRecipe) -> Convergence:
    """Return R̂ of the band areas and torsions of replicas of one molecule, and warnings.

    Parameters
    ----------
    runs
        Replicas at one temperature; failed ones are left out.
    recipe
        Settings of the spectrum, whose correlation depth is the least length of a block.
    """
    finished = [run for run in runs if run.outcome.finished]
    if len(finished) < 2 or recipe.convention != "absolute":
        return Convergence((), ())
    bands = band_convergence(finished, recipe)
    torsions = torsion_convergence(finished)
    scores = [score for band in bands for score in _band_scores(band)]
    scores += [
        _score(R_HAT_OF_TORSION, found.r_hat, found.torsion.name, found.frames)
        for found in torsions
        if not math.isnan(found.r_hat)
    ]
    named = tuple(_about(score, finished[0]) for score in scores)
    return Convergence(named, (*_band_notes(bands, recipe), *_torsion_notes(torsions)))


def _band_scores(band: BandConvergence) -> list[Score]:
    scores = []
    if not math.isnan(band.r_hat):
        scores.append(_score(R_HAT_OF_AREA, band.r_hat, band.name, band.blocks))
    if not math.isnan(band.error_ratio):
        scores.append(_score(ERROR_RATIO, band.error_ratio, band.name, band.replicas))
    return scores


_ESTIMANDS = {
    R_HAT_OF_AREA: "rank-normalised split R-hat of the areas of successive blocks of each replica, "
    "as long as the correlation depth; about 1 where replicas agree and are long enough",
    R_HAT_OF_TORSION: "rank-normalised split R-hat of cosine and sine of the dihedral angle, the "
    "larger one; about 1 where replicas have visited the same angles",
    ERROR_RATIO: "relative standard error of the area from the spread of replicas over that from "
    "blocks within replicas; much above 1 where replicas differ by something slower than they last",
}


def _score(name: str, value: float, part: str, n: int) -> Score:
    return Score(
        name=name,
        value=value,
        unit="",
        higher_is_better=False,
        n=n,
        estimand=_ESTIMANDS[name],
        part=part,
    )


def _about(score: Score, run: Trajectory) -> Score:
    return replace(score, molecule=run.name, temperature_k=run.temperature_k)


def _band_notes(bands: Sequence[BandConvergence], recipe: SpectrumRecipe) -> list[str]:
    if not any(not math.isnan(band.r_hat) for band in bands):
        needed = f"{FEWEST_DRAWS} blocks of {min(recipe.depth_fs, LONGEST_DEPTH_FS):g} fs in each"
        return [f"{TOO_SHORT} of band areas: it needs {needed}"]
    high = [band for band in bands if band.r_hat > R_HAT_LIMIT]
    # Bands are many: the chance of a false alarm in any of them is kept.
    limit = _UNMIXED / len(bands)
    unmixed = [band for band in high if band.p_value < limit]
    short = [band for band in high if band.p_value >= limit]
    notes = []
    if unmixed:
        listing = ", ".join(f"{band.name} ({band.r_hat:.2f})" for band in unmixed)
        notes.append(
            f"{NOT_MIXED}: band areas of replicas differ by more than their noise in {listing}; "
            "run more and longer ones"
        )
    if short:
        worst = max(short, key=lambda band: band.r_hat)
        notes.append(
            f"{NOT_MIXED}: {worst.r_hat:.2f} of the band area of {worst.name}, but replicas are "
            "short and agree within their noise"
        )
    return notes


def _torsion_notes(torsions: Sequence[TorsionConvergence]) -> list[str]:
    high = [found for found in torsions if found.r_hat > R_HAT_LIMIT]
    if not high:
        return []
    listing = ", ".join(f"{found.torsion.name} ({found.r_hat:.2f})" for found in high)
    return [f"{NOT_MIXED}: replicas have not visited the same angles of {listing}; run longer ones"]
