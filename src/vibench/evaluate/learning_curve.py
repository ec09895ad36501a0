"""Learning curves: how fast errors fall with training structures, and how many an error takes."""

from collections.abc import Mapping, Sequence

from vibench.core.score import Score
from vibench.evaluate.recipe import ErrorName
from vibench.statistics.power_law import fit_power_law, needed_size

CURVE_ERRORS: tuple[ErrorName, ...] = ("energy MAE", "force MAE", "dipole MAE")
"""Scores that learning curves are made of."""


def learning_curve_scores(
    points: Sequence[Score], targets: Mapping[ErrorName, float]
) -> list[Score]:
    """Return exponents of learning curves, and numbers of structures that an error takes.

    Parameters
    ----------
    points
        Errors on the test structures, with `Score.training_structures`.
    targets
        Error → value that is to be reached, in the unit of the score; for others the smallest
        error of the model whose smallest error is the largest.

    Returns
    -------
    Per model and error the exponent, if there are three sizes or more, and the number of structures
    (NaN if it lies outside of the curve; the estimand says on which side).
    """
    scores: list[Score] = []
    for name in CURVE_ERRORS:
        curves: dict[str, list[Score]] = {}
        for point in points:
            if point.name == name and point.training_structures is not None:
                curves.setdefault(str(point.model), []).append(point)
        positive = {
            model: curve
            for model, curve in curves.items()
            if all(point.value > 0 for point in curve)
        }
        if not positive:
            continue
        reached = max(min(point.value for point in curve) for curve in positive.values())
        target = targets.get(name, reached)
        for curve in positive.values():
            scores += [*_exponent(curve), _needed(curve, target)]
    return scores


def _exponent(curve: Sequence[Score]) -> list[Score]:
    law = fit_power_law(_sizes(curve), [point.value for point in curve])
    if law is None:
        return []
    interval = law.exponent.interval()
    return [
        Score(
            name=f"{curve[0].name}, learning exponent",
            value=law.exponent.value,
            unit="",
            higher_is_better=True,
            n=len(curve),
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            estimand=f"b of {law.prefactor:.3g} {curve[0].unit}·n^(-b), least squares of "
            "logarithms; 95 % interval by Student's t from the scatter about the line",
            model=curve[0].model,
            dataset=curve[0].dataset,
        )
    ]


def _needed(curve: Sequence[Score], target: float) -> Score:
    sizes = _sizes(curve)
    found = needed_size(sizes, [point.value for point in curve], target)
    words = {
        "within": "interpolated between neighbouring points of the curve",
        "below": f"fewer than {min(sizes)}",
        "above": f"more than {max(sizes)}",
    }
    return Score(
        name=f"{curve[0].name}, structures needed",
        value=found.value,
        unit="structures",
        higher_is_better=False,
        n=len(curve),
        estimand=words[found.place],
        model=curve[0].model,
        dataset=curve[0].dataset,
        part=f"{target:.4g} {curve[0].unit}",
    )


def _sizes(curve: Sequence[Score]) -> list[int]:
    return [point.training_structures or 0 for point in curve]
