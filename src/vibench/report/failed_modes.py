"""Harmonic vibrations that are not those of the minimum that was asked for."""

from collections.abc import Iterable, Sequence

from vibench.core.score import Score
from vibench.report.formatting import prose_text
from vibench.report.results import ModesEntry
from vibench.report.scores import HARMONIC, MODE_SCORES

FAILED = "failed"
"""Shown where a trajectory or a relaxation of the model failed, so that there is no score."""


def failed_modes(entries: Iterable[ModesEntry]) -> dict[tuple[str, str], str]:
    """Return (source, molecule) → why its modes are no result: no minimum, or another molecule."""
    return {
        (entry.source, entry.molecule): entry.modes.outcome.reason or FAILED
        for entry in entries
        if not entry.modes.outcome.finished
    }


def model_failures(entries: Sequence[ModesEntry]) -> dict[tuple[str, str], str]:
    """Return (model, molecule) → why modes of a model failed, in the order of the entries.

    Of a model trained with several seeds each training that failed is named.
    """
    found: dict[tuple[str, str], list[str]] = {}
    failed = failed_modes(entries)
    for entry in entries:
        reason = failed.get((entry.source, entry.molecule))
        if reason is not None and entry.role in ("model", "member"):
            told = f"{entry.source}: {reason}" if entry.role == "member" else reason
            found.setdefault((entry.model, entry.molecule), []).append(told)
    return {place: prose_text("; ".join(reasons)) for place, reasons in found.items()}


def left_out(entries: Sequence[ModesEntry]) -> str:
    """Return a sentence that counts and names what failed, or an empty string."""
    groups: dict[str, list[str]] = {}
    for (model, molecule), reason in model_failures(entries).items():
        groups.setdefault(reason, []).append(f"{model} for {molecule}")
    if not groups:
        return ""
    count = sum(map(len, groups.values()))
    parts = [f"{', '.join(places)} ({reason})" for reason, places in groups.items()]
    return f"Left out, as they failed: {count}, {'; '.join(parts)}."


def without_failed_modes(
    scores: Iterable[Score], entries: Sequence[ModesEntry]
) -> tuple[Score, ...]:
    """Return *scores* without those of harmonic vibrations that failed.

    Those of a model trained with several seeds stay if they are means over the other trainings.
    """
    failed = failed_modes(entries)
    finished: dict[tuple[str, str], int] = {}
    for entry in entries:
        place = (entry.model, entry.molecule)
        done = (entry.source, entry.molecule) not in failed
        finished[place] = finished.get(place, 0) + done
    several = {(entry.model, entry.molecule) for entry in entries if entry.role == "member"}

    def stays(score: Score) -> bool:
        if not _is_harmonic(score):
            return True
        place = (str(score.model), str(score.molecule))
        if (str(score.reference), str(score.molecule)) in failed or place in failed:
            return False
        return place not in several or score.n <= finished[place]

    return tuple(score for score in scores if stays(score))


def _is_harmonic(score: Score) -> bool:
    return (
        score.name in MODE_SCORES or score.name.startswith("harmonic") or score.dataset == HARMONIC
    )
