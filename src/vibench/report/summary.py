"""What a study found, in sentences for the first screen and in lines for the terminal."""

from collections.abc import Sequence

from vibench.core.score import Score
from vibench.report.failed_modes import FAILED, model_failures
from vibench.report.formatting import (
    MISSING,
    is_finite,
    listing,
    number_text,
    score_text,
    temperature_text,
    unit_text,
    value_text,
)
from vibench.report.rankings import OVER_SEEDS, ranked, told_apart
from vibench.report.results import StudyResults, model_names
from vibench.report.scores import (
    HARMONIC,
    HARMONIC_SCORE,
    MEASURED,
    PEARSON,
    WASSERSTEIN,
    floor_of,
    is_floor,
    mean_score,
    named,
    overall,
    reaches,
    without_repetition,
)
from vibench.report.table import cell_interval
from vibench.report.verdict import spectra_of, spectra_sentences

_ERROR_WORDS = {
    "energy MAE": "energy",
    "force MAE": "forces",
    "dipole MAE": "dipole",
    HARMONIC_SCORE: "harmonic frequencies",
}
_MOST_LISTED = 4


def state_result(results: StudyResults) -> tuple[str, ...]:
    """Return the result in sentences: spectra, noise floor, errors, measurement, failures."""
    models, scores = model_names(results), results.scores
    sentences: list[str] = []
    compared = _spectra(models, scores)
    for reference in dict.fromkeys(score.reference for score in compared):
        chosen = [score for score in compared if score.reference == reference]
        sentences += _spectra_sentences(results, chosen, str(reference))
        sentences += _floor_sentences(chosen, scores, str(reference))
    sentences += _error_sentences(models, scores)
    if not any(score.reference == MEASURED for score in compared):
        sentences += _measured_sentences(models, scores)
    if not sentences:
        sentences.append("This study has no scores: nothing was compared with a reference.")
    failed = sum(task.status == "failed" for task in results.tasks)
    if failed:
        total = len(results.tasks)
        sentences.append(f"{failed} of {total} tasks failed, so the results are incomplete.")
    return tuple(sentences)


def summarize(results: StudyResults) -> tuple[str, ...]:
    """Return the summary that a terminal shows after a run, one string per line.

    Behind a value stands its 95 % interval.
    """
    lines = [results.title]
    compared = [s for s in results.scores if s.name in (PEARSON, WASSERSTEIN) and not is_floor(s)]
    references = dict.fromkeys(score.reference for score in compared)
    for title, rows in (
        ("Mean absolute errors", _error_rows(results)),
        *((f"Spectra against {one}", _spectrum_rows(compared, one, results)) for one in references),
    ):
        if len(rows) > 1:
            lines += ["", title, *_aligned(rows)]
    failed = [task for task in results.tasks if task.status == "failed"]
    if failed:
        lines += ["", f"Failed: {len(failed)} of {len(results.tasks)} tasks"]
        lines += [f"  {task.stage} {task.label} {task.outcome}".rstrip() for task in failed]
    if results.warnings:
        lines += ["", "Warnings", *(f"  {warning}" for warning in results.warnings)]
    return tuple(lines)


def _spectra(models: Sequence[str], scores: Sequence[Score]) -> list[Score]:
    """Return the correlations with computed references, per molecule where there are such.

    Without any they are those of the models with measured spectra.
    """
    found = [score for score in named(scores, PEARSON) if score.reference != MEASURED]
    if not found:
        own = named(scores, PEARSON)
        found = [score for score in own if score.model in models and score.dataset is None]
    return [score for score in found if score.molecule is not None] or found


def _by_model(scores: Sequence[Score]) -> dict[str, list[Score]]:
    groups: dict[str, list[Score]] = {}
    for score in scores:
        groups.setdefault(str(score.model), []).append(score)
    return groups


def _spectra_sentences(results: StudyResults, chosen: Sequence[Score], reference: str) -> list[str]:
    groups = _by_model(chosen)
    if len(groups) == 1:
        ((model, own),) = groups.items()
        others = [
            one
            for one in dict.fromkeys(life.member_of or life.source for life in results.lifetimes)
            if one in model_names(results) and one != model
        ]
        lacking = f" {listing(others)} gave no spectrum to compare." if others else ""
        text = f"{model} reproduces {spectra_of(reference)} with a Pearson correlation"
        return [f"{text} of {_cases(own)}.{lacking}"]
    return spectra_sentences(results, chosen, reference)


def _floor_sentences(chosen: Sequence[Score], scores: Sequence[Score], reference: str) -> list[str]:
    pairs = [(score, floor) for score in chosen if (floor := floor_of(score, scores)) is not None]
    if not pairs:
        return []
    floors = list(dict.fromkeys(floor for _, floor in pairs))
    verdicts = []
    for model in _by_model(chosen):
        own = [reaches(score, floor) for score, floor in pairs if score.model == model]
        verdicts.append(f"{model} for {sum(own)} of {len(own)} spectra")
    text = (
        f"Two independent runs of {reference} itself agree to {_cases(floors)}: the noise floor. "
        f"It is reached by {listing(verdicts)}."
    )
    return [text]


def _cases(scores: Sequence[Score]) -> str:
    """Return values with their molecules; a temperature that all share is said once."""
    temperatures = {score.temperature_k for score in scores}
    shared = temperature_text(next(iter(temperatures))) if len(temperatures) == 1 else ""
    if len(scores) > _MOST_LISTED:
        values = [score.value for score in scores if is_finite(score.value)]
        low, high = number_text(min(values), 3), number_text(max(values), 3)
        text = f"{low} to {high} for {len(scores)} spectra"
    else:
        text = listing(_case(score, with_temperature=not shared) for score in scores)
    return f"{text}, at {shared}" if shared else text


def _case(score: Score, *, with_temperature: bool) -> str:
    place = score.molecule or "all molecules"
    temperature = temperature_text(score.temperature_k) if with_temperature else ""
    return f"{score_text(score)} for {place}" + (f" at {temperature}" if temperature else "")


def _error_sentences(models: Sequence[str], scores: Sequence[Score]) -> list[str]:
    if len(models) == 1:
        parts = [
            f"{word} {score_text(score)}"
            for name, word in _ERROR_WORDS.items()
            if (score := overall(scores, name, models[0])) is not None
        ]
        return [f"Mean absolute errors of {models[0]}: {', '.join(parts)}."] if parts else []
    best = {}
    for name, word in _ERROR_WORDS.items():
        found = _over_seeds(scores, name) or [
            score for model in models if (score := overall(scores, name, model)) is not None
        ]
        found = [score for score in found if is_finite(score.value)]
        if len(found) > 1:
            best[word] = sorted(found, key=lambda score: score.value)
    if not best:
        return []
    winners = {found[0].model for found in best.values()}
    if len(winners) == 1:
        parts = [f"{word} {score_text(found[0])}{_alike(found)}" for word, found in best.items()]
        return [f"{winners.pop()} has the lowest mean absolute errors: {'; '.join(parts)}."]
    parts = [
        f"{word} {found[0].model}, {score_text(found[0])}{_alike(found)}"
        for word, found in best.items()
    ]
    return [f"Lowest mean absolute errors: {'; '.join(parts)}."]


def _over_seeds(scores: Sequence[Score], name: str) -> list[Score]:
    """Return one error of models that were compared over their seeds, on the test structures."""
    found = [score for score in ranked(scores) if score.name == name + OVER_SEEDS]
    return [score for score in found if score.dataset in ("test", None)]


def _alike(ordered: Sequence[Score]) -> str:
    """Return which models the letters do not tell apart from the first."""
    first, *others = ordered
    if first.group is None:
        return ""
    alike = [
        f"{score.model} ({value_text(score)})"
        for score in others
        if not told_apart(first, score, (first.group, score.group))
    ]
    return f", not told apart from {listing(alike)}" if alike else ""


def _measured_sentences(models: Sequence[str], scores: Sequence[Score]) -> list[str]:
    found = [score for score in named(scores, PEARSON) if score.reference == MEASURED]
    groups = _by_model(found)
    parts = []
    for source in sorted(groups, key=lambda name: name not in models):
        score = mean_score(groups[source])
        if score is not None:
            parts.append(f"{score_text(score)} for {source}")
    molecules = list(dict.fromkeys(score.molecule or "all molecules" for score in found))
    if not parts:
        return []
    if len(molecules) > _MOST_LISTED:
        molecules = [f"{len(molecules)} molecules"]
    mean = "mean correlation" if len(found) > len(groups) else "correlation"
    return [f"Against measured spectra of {listing(molecules)} the {mean} is {listing(parts)}."]


def _error_rows(results: StudyResults) -> list[tuple[str, ...]]:
    units = {s.name: unit_text(s.unit) for s in results.scores if s.name in _ERROR_WORDS}
    words = {name: word for name, word in _ERROR_WORDS.items() if name in units}
    header = ("", "", *(f"{word} ({units[name]})" for name, word in words.items()))
    test_sets = {one.name for one in results.test_sets}
    groups: dict[tuple[str, str], dict[str, Score]] = {}
    for name in words:
        own = named(results.scores, name)
        # Of test sets the terminal shows the whole, the report each molecule.
        whole = [s for s in own if s.dataset in test_sets and s.molecule is None]
        rest = without_repetition([s for s in own if s.dataset not in test_sets])
        for score in (*rest, *whole):
            case = score.molecule or f"all ({score.dataset or 'molecules'})"
            groups.setdefault((str(score.model), case), {})[name] = score
    failed = model_failures(results.modes)
    rows = [
        (
            *case,
            *(
                FAILED
                if name == HARMONIC_SCORE and name not in group and case in failed
                else _short(group.get(name))
                for name in words
            ),
        )
        for case, group in groups.items()
    ]
    return [header, *rows]


def _spectrum_rows(
    scores: Sequence[Score], reference: str | None, results: StudyResults
) -> list[tuple[str, ...]]:
    """Return the scores of spectra against one reference, with their noise floors."""
    header = ("", "", "Pearson", "floor", "Wasserstein (cm⁻¹)", "floor")
    groups: dict[tuple[str, str], dict[str, Score]] = {}
    for score in scores:
        if score.reference == reference:
            place = (score.molecule or "all", temperature_text(score.temperature_k))
            what = "harmonic " if score.dataset == HARMONIC else ""
            case = (f"{what}{score.model}", ", ".join(part for part in place if part))
            groups.setdefault(case, {})[score.name] = score
    rows = []
    for case, group in groups.items():
        cells = list(case)
        for name in (PEARSON, WASSERSTEIN):
            found = group.get(name)
            floor = None if found is None else floor_of(found, results.scores)
            cells += [_short(found), _short(floor)]
        rows.append(tuple(cells))
    return [header, *rows]


def _short(score: Score | None) -> str:
    """Return the value and its interval, e.g. ``"0.951 (0.940–0.962)"``."""
    if score is None:
        return MISSING
    interval = cell_interval(score)
    return f"{value_text(score)} ({interval})" if interval else value_text(score)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        ("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]
