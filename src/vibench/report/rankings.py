"""Tables of models compared with each other."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from vibench.core.difference import Difference
from vibench.core.score import Score
from vibench.report.scores import MEASURED
from vibench.report.table import Column, Table, text_column

OVER_MOLECULES = ", mean over molecules"
"""Behind the name of a score by which models are compared over molecules."""
OVER_SEEDS = ", mean over seeds"
"""Behind the name of a score by which models are compared over their seeds."""

_TEMPERATURE = Column("temperature", "K")
_LETTER = re.compile(r"\(\d+\)|[a-z]")


def ranked(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Return the scores that carry letters."""
    return tuple(score for score in scores if score.group is not None)


def letters_of(model: str, measure: str, scores: Sequence[Score]) -> str | None:
    """Return the letters of *model* by one measure against the reference, or None.

    Against several references or at several temperatures letters may differ: then there are none
    here, and the table of rankings shows them all.
    """
    found = {
        score.group
        for score in ranked(scores)
        if score.model == model and score.name.startswith(measure) and score.reference != MEASURED
    }
    return found.pop() if len(found) == 1 else None


def letters_at(mean: Score, temperature_k: float | None, scores: Sequence[Score]) -> str | None:
    """Return the letters that belong to a *mean* over molecules, or None.

    They are those of the comparison of its model by its measure, against the same reference, at
    that temperature in K and over as many molecules.
    """
    wanted = (mean.name + OVER_MOLECULES, mean.model, mean.reference, temperature_k, mean.n)
    for score in ranked(scores):
        if (score.name, score.model, score.reference, score.temperature_k, score.n) == wanted:
            return score.group
    return None


def with_all_noise(mean: Score, scores: Sequence[Score]) -> Score:
    """Return a *mean* over molecules with the interval it has where models are compared.

    That of a mean over seeds does not hold the noise of the reference, which they share. Without
    such a comparison it stays as it is.
    """
    for score in scores:
        same = (score.name, score.model) == (mean.name + OVER_MOLECULES, mean.model)
        same = same and mean.reference in (None, score.reference)
        if same and math.isclose(score.value, mean.value):
            return replace(mean, low=score.low, high=score.high, estimand=score.estimand)
    return mean


def told_apart(first: Score, second: Score, letters: Sequence[str | None] = ()) -> bool:
    """Tell whether two scores of one kind differ beyond noise.

    Two *letters* decide, if both are known: models that share one do not differ. Else intervals
    that do not overlap say so, which is a cautious reading; a value without one stands for itself.
    """
    known = [one for one in letters if one is not None]
    if len(known) == 2:
        first_group, second_group = (set(_LETTER.findall(one)) for one in known)
        return not first_group & second_group
    ends = [
        (s.value if s.low is None else s.low, s.value if s.high is None else s.high)
        for s in (first, second)
    ]
    return ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]


def ranking_tables(scores: Sequence[Score], differences: Sequence[Difference]) -> list[Table]:
    """Return the table of letters and the table of pairs, by spectra."""
    chosen = [score for score in ranked(scores) if not is_over_seeds(score)]
    units = {score.name: score.unit for score in chosen}
    words = sorted({score.estimand for score in chosen})
    estimand = f" Each row: {words[0]}." if len(words) == 1 else ""
    letters = Table(
        name="ranking",
        title="Models compared",
        caption="Models that share a letter cannot be told apart (all pairs tested, Holm's "
        f"correction, 5 % probability of any false difference); a is the best group.{estimand}",
        section="overview",
        columns=(
            text_column("measure"),
            text_column("compared with"),
            _TEMPERATURE,
            text_column("model"),
            Column("mean"),
            text_column("unit"),
            text_column("group"),
            Column("molecules"),
        ),
        rows=tuple(
            (s.name, s.reference, s.temperature_k, s.model, s, units[s.name], s.group, s.n)
            for s in chosen
        ),
    )
    return [letters, _pairs([one for one in differences if not one.is_ratio])]


def is_over_seeds(score: Score) -> bool:
    """Tell whether a score compares models by the spread over their seeds."""
    return score.name.endswith(OVER_SEEDS)


def seed_ranking_tables(scores: Sequence[Score], differences: Sequence[Difference]) -> list[Table]:
    """Return the table of letters and the table of pairs, by errors over seeds."""
    chosen = [score for score in scores if is_over_seeds(score)]
    place = (text_column("error"), text_column("data set"), text_column("compared with"))
    letters = Table(
        name="ranking-over-seeds",
        title="Errors compared over seeds",
        caption="Mean over trainings of each model with its 95 % interval (Student's t). Models "
        "that share a letter do not differ (Welch's t test of logarithms, Holm's correction over "
        "all pairs); a is the best group.",
        section="errors",
        columns=(
            *place,
            _TEMPERATURE,
            text_column("model"),
            Column("mean"),
            text_column("unit"),
            text_column("group"),
            Column("seeds", decimals=0),
        ),
        rows=tuple(
            (
                *(s.name.removesuffix(OVER_SEEDS), s.dataset, s.reference, s.temperature_k),
                *(s.model, s, s.unit, s.group, s.n),
            )
            for s in chosen
        ),
    )
    pairs = Table(
        name="ratios-over-seeds",
        title="Ratios of errors over seeds",
        caption="Geometric mean of the first model's errors over that of the second's, with its "
        "95 % interval; adjusted p (Holm) counts all pairs of one error.",
        section="errors",
        columns=(
            *place,
            _TEMPERATURE,
            text_column("first"),
            text_column("second"),
            Column("ratio"),
            Column("p", decimals=4),
            Column("adjusted p", decimals=4),
        ),
        rows=tuple(
            (
                *(one.measure, one.dataset, one.reference, one.temperature_k),
                *(one.first, one.second, _as_score(one), one.p_value, one.adjusted_p_value),
            )
            for one in differences
            if one.is_ratio
        ),
    )
    return [letters, pairs]


def _pairs(differences: Sequence[Difference]) -> Table:
    return Table(
        name="differences",
        title="Differences between models",
        caption="Mean over molecules of the first model's score less the second's, with the "
        "interval of this one difference. p is for equal models; adjusted p (Holm) counts all "
        "pairs of one measure: below 0.05 the two differ.",
        section="spectra",
        columns=(
            text_column("measure"),
            text_column("compared with"),
            _TEMPERATURE,
            text_column("first"),
            text_column("second"),
            Column("difference"),
            text_column("unit"),
            Column("p", decimals=4),
            Column("adjusted p", decimals=4),
            Column("bootstrap over molecules: low"),
            Column("bootstrap over molecules: high"),
        ),
        rows=tuple(
            (
                one.measure,
                one.reference,
                one.temperature_k,
                one.first,
                one.second,
                _as_score(one),
                one.unit,
                one.p_value,
                one.adjusted_p_value,
                one.resampled_low,
                one.resampled_high,
            )
            for one in differences
        ),
    )


def _as_score(one: Difference) -> Score:
    """Return a difference as a cell that shows its interval."""
    return Score(
        name=one.measure,
        value=one.value,
        unit=one.unit,
        higher_is_better=True,
        n=one.molecules,
        low=one.low,
        high=one.high,
        estimand=one.estimand,
    )
