"""Letters and differences in the tables of a report."""

from dataclasses import replace

from vibench.core.difference import Difference
from vibench.core.score import Score
from vibench.report.rankings import letters_of, ranking_tables, told_apart
from vibench.report.table import cell_text, without_empty_columns


def mean_score(model, group, reference="GFN2-xTB"):
    """Return the mean of a model over molecules, with its letters."""
    return Score(
        name="Pearson correlation, mean over molecules",
        value=0.9,
        unit="",
        higher_is_better=True,
        n=3,
        low=0.88,
        high=0.92,
        estimand="mean over these molecules",
        model=model,
        reference=reference,
        temperature_k=300.0,
        group=group,
    )


SCORES = [mean_score("A", "a"), mean_score("B", "b"), mean_score("A", "b", "measured")]
DIFFERENCE = Difference(
    measure="Pearson correlation",
    first="A",
    second="B",
    value=0.03,
    unit="",
    molecules=3,
    low=0.01,
    high=0.05,
    p_value=0.004,
    adjusted_p_value=0.012,
    reference="GFN2-xTB",
    temperature_k=300.0,
)


def test_letters_stand_beside_means_and_pairs_have_p_values():
    letters, pairs = ranking_tables(SCORES, [DIFFERENCE])
    assert [(row[3], row[6]) for row in letters.rows] == [("A", "a"), ("B", "b"), ("A", "b")]
    assert "mean over these molecules" in letters.caption
    shown = without_empty_columns(pairs)
    assert [column.title for column in shown.columns][-2:] == ["p", "adjusted p"]
    assert shown.rows[0][5].low == 0.01


def test_letters_of_the_overview_are_those_against_the_reference():
    assert letters_of("A", "Pearson correlation", SCORES) == "a"
    assert letters_of("C", "Pearson correlation", SCORES) is None
    at_500_k = replace(mean_score("A", "b"), temperature_k=500.0)
    assert letters_of("A", "Pearson correlation", [*SCORES, at_500_k]) is None


def test_without_letters_there_are_no_rows():
    letters, pairs = ranking_tables([replace(SCORES[0], group=None)], [])
    assert not letters.rows
    assert not pairs.rows


def test_units_are_written_as_elsewhere_on_the_page():
    letters, _ = ranking_tables([replace(SCORES[0], unit="cm^-1")], [])
    place = [column.title for column in letters.columns].index("unit")
    assert cell_text(letters.rows[0][place], letters.columns[place]) == "cm⁻¹"


def test_letters_decide_before_intervals():
    one, other = SCORES[0], replace(SCORES[1], value=0.5, low=0.45, high=0.55)
    assert told_apart(one, other)
    assert not told_apart(one, other, ("a", "ab"))
    assert told_apart(one, replace(one, low=0.87, high=0.93), ("a", "b"))
    assert told_apart(one, other, ("(27)", "(28)"))
    assert not told_apart(one, replace(other, low=0.4, high=0.9), ("a", None))
