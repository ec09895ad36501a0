"""Tables of active learning: what each round visited and labelled, and how errors fell."""

from collections.abc import Sequence

from vibench.report.cases import by_name, grouped
from vibench.report.efficiency import CURVE_ERRORS
from vibench.report.results import LearningRound
from vibench.report.table import Cell, Column, Table, text_column

_AFTER = "after the last"


def round_table(rounds: Sequence[LearningRound]) -> Table:
    """Return the errors of the committee by round, on each set of test structures."""
    units = {score.name: score.unit for one in rounds for score in one.scores}
    rows: list[tuple[Cell, ...]] = []
    for one in rounds:
        size = (one.structures, one.training_structures)
        hours: float | None = one.core_hours
        for key, group in grouped(one.scores, lambda score: (score.dataset,)):
            found = by_name(group)
            errors = (found.get(name) for name in CURVE_ERRORS)
            rows.append((_name(one), *size, *key, *errors, hours))
            hours = None
    return Table(
        name="active-learning",
        title="Active learning, round by round",
        caption="Errors of the committee that a round trains on the structures labelled so far, on "
        "the same test structures throughout; last those of the models of the study. Core-hours "
        "are of the trainings, dynamics and labels of the round, where the results were not there "
        "already. Small figures are 95 % intervals over test structures.",
        section="efficiency",
        columns=(
            text_column("round"),
            Column("structures", decimals=0),
            Column("for training", decimals=0),
            text_column("test set"),
            *(Column(error, units.get(error, "")) for error in CURVE_ERRORS),
            Column("cost", "core-h"),
        ),
        rows=tuple(rows),
    )


def exploration_table(rounds: Sequence[LearningRound]) -> Table:
    """Return what the committee visited in each round, molecule by molecule."""
    return Table(
        name="active-learning-visits",
        title="Structures visited and labelled",
        caption="Trajectories of the committee, those that failed (their frames before the failure "
        "count), and the force uncertainty of the frames before any of them was labelled: the "
        "largest standard deviation over the members of the force on one atom. Uncertain is what "
        "lies above the threshold of the study.",
        section="efficiency",
        columns=(
            text_column("round"),
            text_column("molecule"),
            Column("trajectories", decimals=0),
            Column("failed", decimals=0),
            Column("frames", decimals=0),
            Column("mean uncertainty", "meV/Å"),
            Column("largest uncertainty", "meV/Å"),
            Column("uncertain", "%"),
            Column("labelled", decimals=0),
        ),
        rows=tuple(
            (
                _name(one),
                visit.molecule,
                visit.trajectories,
                visit.failed,
                visit.frames,
                visit.mean_mev_per_angstrom,
                visit.largest_mev_per_angstrom,
                100.0 * visit.uncertain_share,
                visit.structures,
            )
            for one in rounds
            for visit in one.explorations
        ),
    )


def _name(one: LearningRound) -> str:
    return _AFTER if one.number is None else str(one.number)
