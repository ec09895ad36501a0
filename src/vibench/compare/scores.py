"""Scores of a spectrum against a reference."""

import math

from vibench.compare.band_errors import band_scores
from vibench.compare.intervals import score_pair
from vibench.compare.measures import measures
from vibench.compare.preparation import prepare
from vibench.compare.recipe import CompareRecipe
from vibench.compare.regions import distance_parts, region_scores
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum


def compare_spectra(candidate: Spectrum, reference: Spectrum, recipe: CompareRecipe) -> list[Score]:
    """Score how alike two spectra are.

    Every measure estimates one of two things, and says which:

    - its plain value is that of spectra from trajectories of these lengths and numbers. Noise is
      part of it, so it can be compared only with a value made equally, such as the noise floor (the
      same function applied to two independent reference runs of the candidate's length);
    - with ", infinite sampling" behind its name, it is the value that endless trajectories would
      have (see `vibench.compare.endless`).

    The interval of 95 % comes from a jackknife over the replicas of both spectra, with Student's
    t; for the Pearson correlation it is made on Fisher's z = artanh r, for distances it ends at 0.
    A single curve, such as a measured one, adds no variance; if neither has two replicas
    there is no interval, and nothing to correct.

    Parameters
    ----------
    candidate
        The spectrum that is judged.
    reference
        What it is compared with.
    recipe
        Settings.

    Returns
    -------
    scores
        Without the names of model and molecule: the measures of the recipe in its order, each
        plain and for infinite sampling; the two parts of the Wasserstein distance; scores by
        region, by band, and by line width. The sample size is the number of replicas of the
        candidate.

    Raises
    ------
    InputError
        If the spectra hardly overlap, or if one is constant or nowhere positive.
    """
    pair = prepare(candidate, reference, recipe)
    known = measures(pair.wavenumber_cm1, pair.spacing_cm1, recipe)
    scores: list[Score] = []
    for name in recipe.metrics:
        scores += score_pair(pair, known[name], width_cm1=recipe.width_cm1)
    scores += distance_parts(pair, recipe)
    scores += region_scores(pair, recipe)
    if recipe.bands:
        scores += band_scores(pair, recipe)
    return scores + _width_scores(candidate, reference, recipe)


def _width_scores(candidate: Spectrum, reference: Spectrum, recipe: CompareRecipe) -> list[Score]:
    """Return correlation and distance at every further width that both spectra can be brought to.

    In ``paper`` preparation nothing is broadened, so there are none.
    """
    if recipe.preparation == "paper":
        return []
    own = [w for s in (candidate, reference) if math.isfinite(w := s.width_cm1)]
    scores: list[Score] = []
    for width in recipe.widths_cm1:
        if own and max(own) > width:
            continue
        pair = prepare(candidate, reference, recipe.model_copy(update={"width_cm1": width}))
        known = measures(pair.wavenumber_cm1, pair.spacing_cm1, recipe)
        for name in ("pearson", "wasserstein"):
            scores += score_pair(pair, known[name].by("width"), width_cm1=width)
    return scores
