"""Tables that take spectra apart: by width, region, band and baseline; and what scores mean."""

from collections.abc import Callable, Sequence

from vibench.core.score import Score
from vibench.report.cases import Case, by_name, comparison, grouped
from vibench.report.scores import PEARSON, SCALED, WASSERSTEIN, is_floor
from vibench.report.table import Cell, Column, Table, text_column

ENDLESS = ", infinite sampling"
"""Behind the name of a measure whose value is that of endless trajectories."""
BY_WIDTH = (f"{PEARSON} by width", f"{WASSERSTEIN} by width")
BY_REGION = ("share of area, error by region", f"{PEARSON} by region", f"{WASSERSTEIN} by region")
BY_BAND = ("band position error", "band area error", "band width error")
BY_BASELINE = (f"{PEARSON} by baseline", f"{WASSERSTEIN} by baseline")
SPREADS = (f"{PEARSON}, spread over baselines", f"{WASSERSTEIN}, spread over baselines")
ORIGINS = (
    PEARSON + ENDLESS,
    WASSERSTEIN + ENDLESS,
    f"{WASSERSTEIN}, between regions",
    f"{WASSERSTEIN}, within regions",
)
NULL, RANK, FOUND = (
    "score of wrong molecules",
    "rank of the right molecule",
    "right molecule found first",
)
MISSED = "bands without counterpart"
PART_SCORES = frozenset(
    (
        *BY_WIDTH, *BY_REGION, *BY_BAND, *BY_BASELINE, *SPREADS, *ORIGINS,
        NULL, RANK, FOUND, MISSED, f"{SCALED}{ENDLESS}",
    )
)  # fmt: skip
"""Names of all scores that these tables show."""

_CASE = (
    text_column("molecule"),
    Column("temperature", "K"),
    text_column("spectrum of"),
    text_column("compared with"),
    text_column("set"),
)
_INTERVALS = "Small figures are 95 % intervals."


def part_tables(scores: Sequence[Score]) -> tuple[Table, ...]:
    """Return the tables that take comparisons of spectra apart; those without rows are empty."""
    return (
        origin_table(scores),
        width_table(scores),
        region_table(scores),
        band_table(scores),
        baseline_table(scores),
        retrieval_table(scores),
    )


def origin_table(scores: Sequence[Score]) -> Table:
    """Return the scores of endless trajectories and the two parts of the distance."""
    return Table(
        name="spectrum-scores-endless",
        title="Free of sampling noise",
        caption="What endless trajectories would score: noise lowers correlations and raises "
        "distances, and is taken out here. The distance has two parts: intensity in the wrong "
        f"region of the spectrum, and shifts within regions. {_INTERVALS}",
        section="spectra",
        columns=(
            *_CASE,
            Column("Pearson correlation"),
            Column("Wasserstein distance", "cm^-1"),
            Column("between regions", "cm^-1"),
            Column("within regions", "cm^-1"),
        ),
        rows=_rows(scores, ORIGINS, comparison),
    )


def width_table(scores: Sequence[Score]) -> Table:
    """Return correlation and distance by line width, one column per width."""
    chosen = [score for score in scores if score.name in BY_WIDTH and not is_floor(score)]
    widths = sorted({score.width_cm1 for score in chosen if score.width_cm1 is not None})
    rows = []
    for key, group in grouped(chosen, comparison):
        cells: list[Cell] = list(key)
        for name in BY_WIDTH:
            by_width = {score.width_cm1: score for score in group if score.name == name}
            cells += [by_width.get(width) for width in widths]
        rows.append(tuple(cells))
    columns = [
        Column(f"{word} at {width:g} cm^-1", unit, short_title=f"{word} at {width:g} cm⁻¹")
        for word, unit in (("Pearson", ""), ("Wasserstein", "cm^-1"))
        for width in widths
    ]
    return Table(
        name="spectrum-scores-by-width",
        title="By line width",
        caption="Both spectra brought to one total line width. Narrow lines ask for exact "
        f"positions, wide ones forgive. {_INTERVALS}",
        section="spectra",
        columns=(*_CASE, *columns),
        rows=tuple(rows),
    )


def region_table(scores: Sequence[Score]) -> Table:
    """Return the scores of each region."""
    return Table(
        name="spectrum-scores-by-region",
        title="By region",
        caption="Each region by itself; the error of its share is in percentage points of the "
        f"whole area. Regions without intensity are left out. {_INTERVALS}",
        section="spectra",
        columns=(
            *_CASE,
            text_column("region"),
            Column("share of area, error", "%"),
            Column("Pearson correlation"),
            Column("Wasserstein distance", "cm^-1"),
        ),
        rows=_rows(scores, BY_REGION, _part),
    )


def band_table(scores: Sequence[Score]) -> Table:
    """Return the errors of each band, and how many bands of each comparison have no partner."""
    rows = [(*row, None) for row in _rows(scores, BY_BAND, _part)]
    rows += [
        (*comparison(missed), f"all {missed.n}", None, None, None, missed)
        for missed in scores
        if missed.name == MISSED and not is_floor(missed)
    ]
    cases = list(dict.fromkeys(row[:5] for row in rows))
    return Table(
        name="bands",
        title="By band",
        caption="Errors of position, share of the area and full width of bands of the reference, "
        "each with the nearest band of the judged spectrum within 100 cm⁻¹. A maximum counts as a "
        "band, in either spectrum, if it stands out from its surroundings by 3 % of the highest "
        "one and by more than the noise between replicas would make it with a probability of "
        "2.5 %: in short dynamics only the strongest do. The line for all counts those of the "
        f"reference and says how many have no counterpart. {_INTERVALS}",
        section="spectra",
        columns=(
            *_CASE,
            text_column("band"),
            Column("position", "cm^-1"),
            Column("area", "%"),
            Column("width", "cm^-1"),
            Column("without counterpart"),
        ),
        rows=tuple(sorted(rows, key=lambda row: cases.index(row[:5]))),
    )


def baseline_table(scores: Sequence[Score]) -> Table:
    """Return the scores against measured spectra for every baseline, and their spread."""
    single = _rows(scores, BY_BASELINE, _part)
    spread = [(*case[:5], "spread", *case[5:]) for case in _rows(scores, SPREADS, comparison)]
    return Table(
        name="spectrum-scores-by-baseline",
        title="By baseline of the measured spectrum",
        caption="How far a score depends on what is taken for background. The spread is the "
        f"highest less the lowest value. {_INTERVALS}",
        section="spectra",
        columns=(
            *_CASE,
            text_column("baseline"),
            Column("Pearson correlation"),
            Column("Wasserstein distance", "cm^-1"),
        ),
        rows=(*single, *spread),
    )


def retrieval_table(scores: Sequence[Score]) -> Table:
    """Return how wrong molecules score and at which rank the right one is."""
    chosen = [score for score in scores if score.name in (NULL, RANK, FOUND)]
    rows = []
    for key, group in grouped(chosen, _part):
        found = by_name(group)
        rows.append((*key[:4], key[5], found.get(NULL), found.get(RANK) or found.get(FOUND)))
    return Table(
        name="retrieval",
        title="Wrong molecules, and finding the right one",
        caption="Mean score against the spectra of all other molecules, with its range in place of "
        "an interval, and the rank of the right molecule among all; the line for all molecules "
        "gives the fraction that is found first.",
        section="spectra",
        columns=(
            *_CASE[:4],
            text_column("by"),
            Column("score of wrong molecules"),
            Column("rank, or fraction found first"),
        ),
        rows=tuple(rows),
    )


def _rows(
    scores: Sequence[Score], names: Sequence[str], case: Callable[[Score], Case]
) -> tuple[tuple[Cell, ...], ...]:
    chosen = [score for score in scores if score.name in names and not is_floor(score)]
    rows = []
    for key, group in grouped(chosen, case):
        found = by_name(group)
        rows.append((*key, *(found.get(name) for name in names)))
    return tuple(rows)


def _part(score: Score) -> Case:
    return (*comparison(score), score.part)
