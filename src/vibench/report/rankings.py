"""Tables of models compared with each other."""

from collections.abc import Sequence

from vibench.core.difference import Difference
from vibench.core.score import Score
from vibench.report.table import Column, Table, text_column

_TEMPERATURE = Column("temperature", "K")


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
        if score.model == model and score.name.startswith(measure) and score.reference != "measured"
    }
    return found.pop() if len(found) == 1 else None


def ranking_tables(scores: Sequence[Score], differences: Sequence[Difference]) -> list[Table]:
    """Return the table of letters and the table of pairs."""
    chosen = ranked(scores)
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
    return [letters, _pairs(differences)]


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
