"""How much a score depends on a choice that the data do not make."""

from collections.abc import Mapping
from dataclasses import replace

from vibench.compare.intervals import score_pair
from vibench.compare.measures import measures
from vibench.compare.preparation import prepare
from vibench.compare.recipe import CompareRecipe
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum


def baseline_scores(
    candidate: Spectrum, references: Mapping[str, Spectrum], recipe: CompareRecipe
) -> list[Score]:
    """Score a spectrum against one measurement with several baselines.

    Parameters
    ----------
    candidate
        The spectrum that is judged.
    references
        Name of the baseline → the measured spectrum less that baseline.
    recipe
        Settings.

    Returns
    -------
    Pearson correlation and Wasserstein distance for every baseline (`Score.part`), and the spread
    of each: the highest less the lowest value.
    """
    found: dict[str, list[Score]] = {}
    for method, reference in references.items():
        pair = prepare(candidate, reference, recipe)
        known = measures(pair.wavenumber_cm1, pair.spacing_cm1, recipe)
        for name in ("pearson", "wasserstein"):
            measure = replace(known[name].by("baseline"), endless=None)
            found.setdefault(known[name].name, []).extend(
                score_pair(pair, measure, width_cm1=recipe.width_cm1, part=method)
            )
    spreads = [_spread(name, scores) for name, scores in found.items() if len(scores) > 1]
    return [score for scores in found.values() for score in scores] + spreads


def _spread(name: str, scores: list[Score]) -> Score:
    values = [score.value for score in scores]
    return Score(
        name=f"{name}, spread over baselines",
        value=max(values) - min(values),
        unit=scores[0].unit,
        higher_is_better=False,
        n=len(scores),
        estimand=f"highest less lowest value over the baselines "
        f"{', '.join(str(score.part) for score in scores)}",
        width_cm1=scores[0].width_cm1,
    )
