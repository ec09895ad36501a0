"""The tables of a report, made from scores, modes, costs and tasks."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from vibench.core.score import Score
from vibench.report.active import exploration_table, round_table
from vibench.report.cases import ALL, Case, by_name, comparison, grouped, temperature
from vibench.report.costs import model_cost_table
from vibench.report.efficiency import CONCLUSIONS, conclusion_table, curve_table
from vibench.report.error_sets import correlation_table
from vibench.report.failed_modes import FAILED, left_out, model_failures
from vibench.report.formatting import file_stem, unique_stems
from vibench.report.frequencies import frequency_tables, reference_of
from vibench.report.fronts import front_table
from vibench.report.fundamentals import fundamental_error_table, fundamental_table
from vibench.report.means import mean_over_spectra, molecule_mean_table, temperature_mean_table
from vibench.report.members import CALIBRATION_SCORES, calibration_table, member_table
from vibench.report.molecules import molecule_tables
from vibench.report.parts import PART_SCORES, part_tables
from vibench.report.published_numbers import published_table
from vibench.report.rankings import (
    letters_of,
    ranked,
    ranking_tables,
    seed_ranking_tables,
    with_all_noise,
)
from vibench.report.results import StudyResults, model_names
from vibench.report.scores import (
    ERROR_SCORES,
    FUNDAMENTAL_SCORES,
    HARMONIC_SCORE,
    INFERENCE_SCORE,
    MEASURED,
    MODE_SCORES,
    PEARSON,
    SIGNED_FUNDAMENTAL_SCORES,
    SPECTRUM_SCORES,
    SPECTRUM_UNITS,
    STABILITY_SCORES,
    floor_of,
    is_floor,
    mean_score,
    named,
    overall,
    shared,
    without_repetition,
)
from vibench.report.survival import stability_table, survival_pair_table, survival_table
from vibench.report.table import Cell, Column, Table, text_column, without_empty_columns
from vibench.report.transfer import degradation_table, transfer_table

_TEMPERATURE = Column("temperature", "K")
_INTERVALS = "Small figures are 95 % intervals."


def build_tables(results: StudyResults) -> tuple[Table, ...]:
    """Return every table that has rows, each with a file name of its own."""
    tables = [
        overview_table(results),
        *ranking_tables(results.scores, results.differences),
        molecule_mean_table(results),
        temperature_mean_table(results),
        spectrum_table(results.scores),
        *molecule_tables(results),
        *part_tables(results.scores),
        *error_tables(results),
        correlation_table(results.correlations),
        transfer_table(results),
        degradation_table(results),
        survival_table(results),
        survival_pair_table(results),
        stability_table(results),
        *seed_ranking_tables(results.scores, results.differences),
        calibration_table(results.scores),
        harmonic_table(results),
        fundamental_error_table(results.scores),
        fundamental_table(results),
        *frequency_tables(results.modes),
        round_table(results.rounds),
        exploration_table(results.rounds),
        curve_table(results),
        conclusion_table(results),
        model_cost_table(results),
        inference_table(results.scores),
        front_table(results),
        published_table(results),
        cost_table(results),
        task_table(results),
        other_table(results.scores),
        member_table(results.member_scores),
    ]
    shown = [without_empty_columns(table) for table in tables if table.rows]
    stems = unique_stems(file_stem(table.name) for table in shown)
    return tuple(replace(table, name=stem) for stem, table in zip(stems, shown, strict=True))


def overview_table(results: StudyResults) -> Table:
    """Return one row per model: its errors over all molecules and its spectra beside the floor."""
    rows = []
    computed = [s for s in named(results.scores, PEARSON) if s.reference != MEASURED]
    computed = [score for score in computed if score.molecule is not None] or computed
    for model in model_names(results):
        spectra = [score for score in shared(computed) if score.model == model]
        floors = [floor for s in spectra if (floor := floor_of(s, results.scores)) is not None]
        rows.append(
            (
                model,
                overall(results.scores, "energy MAE", model),
                overall(results.scores, "force MAE", model),
                overall(results.scores, "dipole MAE", model),
                overall(results.scores, HARMONIC_SCORE, model),
                _mean_with_interval(spectra, results.scores),
                letters_of(model, PEARSON, results.scores),
                mean_over_spectra(floors),
            )
        )
    return Table(
        name="overview",
        title="Overview",
        caption="Errors over all test structures; Pearson correlation is the mean over the "
        "spectra that all models gave, with the interval of sampling (another run of the same "
        "molecules), beside the noise floor of the reference with the same interval; models that "
        "share a letter of its group cannot be told apart. Of a model trained with several seeds "
        f"all is the mean over them, with the interval between them. {_INTERVALS}",
        section="overview",
        columns=(
            text_column("model"),
            Column("energy MAE", "meV"),
            Column("force MAE", "meV/Å"),
            Column("dipole MAE", "mDebye"),
            Column("harmonic MAE", "cm^-1"),
            Column("Pearson correlation"),
            text_column("group"),
            Column("noise floor"),
        ),
        rows=tuple(row for row in rows if any(cell is not None for cell in row[1:])),
    )


def _mean_with_interval(spectra: Sequence[Score], scores: Sequence[Score]) -> Score | None:
    """Return a mean correlation with the interval it has where models are compared, if they are."""
    mean = mean_score(spectra)
    if mean is None or mean.low is not None:
        return mean
    compared = with_all_noise(mean, scores)
    return mean_over_spectra(spectra) if compared.low is None else compared


def spectrum_table(scores: Sequence[Score]) -> Table:
    """Return the scores of spectra, each with its noise floor beside it."""
    columns = [text_column("molecule"), _TEMPERATURE, text_column("spectrum of")]
    columns += [text_column("compared with"), text_column("set")]
    return Table(
        name="spectrum-scores",
        title="Spectra compared",
        caption="Pearson correlation: 1 is best. Wasserstein distance: 0 is best; the CSV file has "
        "it once more on an axis scaled to [0, 1], as published. The floor is what two independent "
        "runs of the reference reach; a score at the floor cannot be told from sampling noise. "
        f"{_INTERVALS}",
        section="spectra",
        columns=(*columns, *_spectrum_columns(SPECTRUM_SCORES)),
        rows=_spectrum_rows(scores, SPECTRUM_SCORES, comparison),
    )


def error_tables(results: StudyResults) -> tuple[Table, ...]:
    """Return the errors on held-out structures of the training data, then one table per test set.

    Test sets are those from dynamics of the reference.
    """
    names = {one.name for one in results.test_sets}
    held_out = error_table([s for s in results.scores if s.dataset not in names])
    own = []
    for one in results.test_sets:
        table = error_table([s for s in results.scores if s.dataset == one.name])
        kept = [i for i, column in enumerate(table.columns) if column.title != "data set"]
        own.append(
            replace(
                table,
                name=f"errors-{one.name}",
                title=f"Errors on the test set {one.name}",
                caption=f"{one.description} {table.caption}",
                columns=tuple(table.columns[i] for i in kept),
                rows=tuple(tuple(row[i] for i in kept) for row in table.rows),
            )
        )
    return held_out, *own


def error_table(scores: Sequence[Score]) -> Table:
    """Return the errors of energy, forces and dipole per model, data set and molecule."""
    chosen = without_repetition(_chosen(scores, ERROR_SCORES))
    units = {score.name: score.unit for score in chosen}
    columns = [text_column("model"), text_column("molecule"), text_column("data set")]
    columns += [text_column("compared with")]
    columns += [Column(name, units.get(name, "")) for name in ERROR_SCORES]
    rows = [
        (*key, *(by_name(group).get(name) for name in ERROR_SCORES))
        for key, group in grouped(
            chosen, lambda s: (s.model, s.molecule or ALL, s.dataset, s.reference)
        )
    ]
    table = Table(
        name="errors",
        title="Errors of energy, forces and dipole",
        caption=f"MAE, mean absolute error; RMSE, root mean square error. {_INTERVALS}",
        section="errors",
        columns=tuple(columns),
        rows=tuple(rows),
    )
    return _shared_in_caption(table, "compared with")


def harmonic_table(results: StudyResults) -> Table:
    """Return how well the harmonic modes of each model are those of the reference."""
    chosen = without_repetition(_chosen(results.scores, MODE_SCORES))
    units = {score.name: score.unit for score in chosen}
    rows = [
        (*key, *(by_name(group).get(name) for name in MODE_SCORES), max(s.n for s in group))
        for key, group in grouped(chosen, lambda s: (s.model, s.molecule or ALL, s.reference))
    ]
    rows += _failed_rows(results, {row[:2] for row in rows})
    columns = [text_column("model"), text_column("molecule"), text_column("compared with")]
    columns += [Column(name.removeprefix("harmonic "), units.get(name, "")) for name in MODE_SCORES]
    table = Table(
        name="harmonic-errors",
        title="Errors of harmonic modes",
        caption="MAE, mean absolute error over modes matched by overlap of their eigenvectors, and "
        "over modes sorted by frequency. Mixed: the overlap with the partner is below one half. "
        "Re-ordered: the partner has another rank. n counts modes, or seeds of a model trained "
        f"with several. {left_out(results.modes)} {_INTERVALS}",
        section="harmonic",
        columns=(*columns, Column("n")),
        rows=tuple(rows),
    )
    return _shared_in_caption(table, "compared with")


def _failed_rows(results: StudyResults, known: set[Case]) -> list[tuple[Cell, ...]]:
    """Return a row for every model and molecule that has no score since its modes failed."""
    rows: list[tuple[Cell, ...]] = []
    for place in model_failures(results.modes):
        reference = reference_of(e for e in results.modes if e.molecule == place[1])
        if place not in known and reference is not None:
            none = (None,) * (len(MODE_SCORES) - 1)
            rows.append((*place, reference.source, FAILED, *none, None))
    return rows


def inference_table(scores: Sequence[Score]) -> Table:
    """Return the time of one prediction per model and molecule."""
    chosen = without_repetition(named(scores, INFERENCE_SCORE))
    return Table(
        name="inference",
        title="Time of a prediction",
        caption=f"Energy, forces and dipole on the hardware named below. {_INTERVALS}",
        section="cost",
        columns=(
            text_column("model"),
            text_column("molecule"),
            text_column("data set"),
            Column("time", chosen[0].unit if chosen else ""),
        ),
        rows=tuple((s.model, s.molecule or ALL, s.dataset, s) for s in chosen),
    )


def cost_table(results: StudyResults) -> Table:
    """Return wall time and memory of each piece of work."""
    return Table(
        name="costs",
        title="Wall time and memory",
        caption="Work taken from the store counts with the time it took when it was done.",
        section="cost",
        columns=(
            text_column("work"),
            text_column("model"),
            text_column("detail"),
            Column("wall time", "s"),
            Column("peak memory", "MiB", decimals=0),
        ),
        rows=tuple(
            (cost.what, cost.model, cost.detail, cost.wall_s, cost.peak_memory_mib)
            for cost in results.costs
        ),
    )


def task_table(results: StudyResults) -> Table:
    """Return the tasks of the study with their keys in the store."""
    return Table(
        name="tasks",
        title="Tasks",
        caption="The key names the result in the store; equal settings and inputs give equal keys.",
        section="tasks",
        columns=(
            text_column("stage"),
            text_column("task"),
            text_column("status"),
            Column("wall time", "s"),
            text_column("outcome"),
            text_column("key"),
            text_column("path"),
        ),
        rows=tuple(
            (task.stage, task.label, task.status, task.wall_s, task.outcome, task.key, task.path)
            for task in results.tasks
        ),
    )


def other_table(scores: Sequence[Score]) -> Table:
    """Return the scores that no other table shows, so that none is lost."""
    known = {
        *CALIBRATION_SCORES,
        *SPECTRUM_SCORES,
        *PART_SCORES,
        *ERROR_SCORES,
        *MODE_SCORES,
        *STABILITY_SCORES,
        INFERENCE_SCORE,
    }
    known |= {*FUNDAMENTAL_SCORES, *SIGNED_FUNDAMENTAL_SCORES}
    known |= CONCLUSIONS | {score.name for score in ranked(scores)}
    rows = [
        (
            *(s.name, s.model, s.molecule or ALL, temperature(s), s.reference, s.dataset, s.part),
            *(s, s.unit),
        )
        for s in scores
        if s.name not in known
    ]
    names = ("score", "model", "molecule")
    return Table(
        name="other-scores",
        title="Other scores",
        caption=_INTERVALS,
        section="other",
        columns=(
            *(text_column(name) for name in names),
            _TEMPERATURE,
            text_column("compared with"),
            text_column("data set"),
            text_column("part"),
            Column("value"),
            text_column("unit"),
        ),
        rows=tuple(rows),
    )


def _spectrum_columns(names: Sequence[str]) -> tuple[Column, ...]:
    columns = []
    for name in names:
        unit = SPECTRUM_UNITS[name]
        columns += [
            Column(name, unit),
            Column(f"{name}: noise floor", unit, short_title="noise floor"),
        ]
    return tuple(columns)


def _spectrum_rows(
    scores: Sequence[Score], names: Sequence[str], case: Callable[[Score], Case]
) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for key, group in grouped(_chosen(scores, names), case):
        cells = list(key)
        for name in names:
            score = by_name(group).get(name)
            cells += [score, None if score is None else floor_of(score, scores)]
        rows.append(tuple(cells))
    return tuple(rows)


def _shared_in_caption(table: Table, title: str) -> Table:
    """Move the column of that *title* into the caption if its cells are the same.

    An empty one is left out.
    """
    place = [column.title for column in table.columns].index(title)
    cells = {row[place] for row in table.rows}
    if len(cells) != 1:
        return table
    (shared,) = cells
    return replace(
        table,
        caption=f"{title.capitalize()} {shared}. {table.caption}" if shared else table.caption,
        columns=table.columns[:place] + table.columns[place + 1 :],
        rows=tuple(row[:place] + row[place + 1 :] for row in table.rows),
    )


def _chosen(scores: Iterable[Score], names: Sequence[str]) -> list[Score]:
    return [score for score in scores if score.name in names and not is_floor(score)]
