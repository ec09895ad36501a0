"""Which of the models to use whose spectra cannot be told apart: failures, errors and cost."""

from collections.abc import Mapping, Sequence
from typing import Final

from vibench.core.score import Score
from vibench.report.costs import prediction_time, training_hours
from vibench.report.formatting import (
    is_finite,
    listing,
    number_text,
    score_text,
    unit_text,
    value_text,
)
from vibench.report.rankings import told_apart
from vibench.report.results import StudyResults
from vibench.report.scores import overall

_FORCE: Final = "force MAE"
_MOST_MOLECULES: Final = 3
"""Molecules that are named where there may be many."""


def choice_sentences(results: StudyResults, models: Sequence[str]) -> list[str]:
    """Return what speaks for which of *models*, those that failed apart."""
    sound = _without_failures(results, models)
    return [*_errors_apart(results, sound), *_cheapest(results, sound)]


def _failed_runs(results: StudyResults) -> dict[str, dict[str, tuple[int, int]]]:
    """Return model → molecule → failed and all trajectories of the dynamics for spectra."""
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for life in results.lifetimes:
        if life.purpose == "spectra" and life.role in {"model", "member"}:
            own = counts.setdefault(life.member_of or life.source, {})
            failed, total = own.get(life.molecule, (0, 0))
            own[life.molecule] = failed + int(life.failed.sum()), total + len(life.failed)
    return counts


def _without_failures(results: StudyResults, models: Sequence[str]) -> list[str]:
    """Return the models none of whose trajectories failed; all, if there is no such model."""
    runs = _failed_runs(results)
    sound = [
        model for model in models if not any(failed for failed, _ in runs.get(model, {}).values())
    ]
    return sound or list(models)


def failure_sentences(results: StudyResults) -> list[str]:
    """Return whose trajectories failed, and of which molecules; nothing if none did."""
    losses: dict[str, list[str]] = {}
    for model, own in _failed_runs(results).items():
        losses.setdefault(_losses(own), []).append(model)
    sound = losses.pop("", [])
    if not losses:
        return []
    parts = [f"{words} of {listing(models)}" for words, models in losses.items()]
    none = f"; none of {listing(sound)}" if sound else ""
    each = " each" if any(len(models) > 1 for models in losses.values()) else ""
    return [f"Trajectories failed{each}: {listing(parts)}{none}."]


def _losses(runs: Mapping[str, tuple[int, int]]) -> str:
    """Return how many trajectories of one model failed and of which molecules, in words."""
    failed = {molecule: lost for molecule, (lost, _) in runs.items() if lost}
    if not failed:
        return ""
    total = sum(count for _, count in runs.values())
    names = list(failed)[:_MOST_MOLECULES]
    more = len(failed) - len(names)
    where = f"{', '.join(names)} and {more} more" if more else listing(names)
    return f"{sum(failed.values())} of {total} ({where})"


def _errors_apart(results: StudyResults, models: Sequence[str]) -> list[str]:
    """Return that the force errors of models differ whose spectra do not, if they do."""
    found = [
        score for model in models if (score := overall(results.scores, _FORCE, model)) is not None
    ]
    ordered = sorted((one for one in found if is_finite(one.value)), key=lambda one: one.value)
    if len(ordered) < 2 or not told_apart(ordered[0], ordered[-1]):
        return []
    low, high = ordered[0], ordered[-1]
    text = (
        f"Their force errors do differ, from {score_text(low)} of {low.model} to "
        f"{score_text(high)} of {high.model}: where spectra are too noisy to decide, smaller "
        "errors are the safer choice."
    )
    return [text]


def _cheapest(results: StudyResults, best: Sequence[str]) -> list[str]:
    """Return which of the best models costs least to run and to train."""
    if len(best) < 2:
        return []
    known = [(model, prediction_time(results, model)) for model in best]
    times = {model: score for model, score in known if score is not None}
    hours = {
        device: {
            model: value
            for model in best
            if (value := training_hours(results, model, device)) is not None
        }
        for device in ("cpu", "cuda")
    }
    parts = []
    if len(times) == len(best):
        parts.append(_run_words(times))
    for device, unit in (("cpu", "core-hours"), ("cuda", "GPU-hours")):
        if len(hours[device]) == len(best):
            parts.append(_train_words(hours[device], unit))
            break
    if not parts:
        return []
    return [f"Which of {listing(best)} to use is also a matter of cost: {'; '.join(parts)}."]


def _run_words(times: Mapping[str, Score]) -> str:
    ordered = sorted(times, key=lambda model: times[model].value)
    first = times[ordered[0]]
    others = listing(f"{value_text(times[model])} of {model}" for model in ordered[1:])
    text = f"{value_text(first)} {unit_text(first.unit)} for a prediction against {others}"
    if told_apart(first, times[ordered[1]]):
        return f"{ordered[0]} is the cheapest to run ({text})"
    return f"{ordered[0]} is the fastest by value ({text}), though not beyond the noise of timing"


def _train_words(hours: Mapping[str, float], unit: str) -> str:
    ordered = sorted(hours, key=lambda model: hours[model])
    others = listing(f"{number_text(hours[model])} of {model}" for model in ordered[1:])
    return (
        f"{ordered[0]} is the cheapest to train ({number_text(hours[ordered[0]])} {unit} against "
        f"{others})"
    )
