"""Several studies side by side: what was measured in the same way is compared, the rest is not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vibench.core.errors import InputError
from vibench.core.recipe import changed_settings
from vibench.core.score import Score
from vibench.report.formatting import listing, temperature_text
from vibench.report.protocols import Family, Protocol
from vibench.report.summaries import StudySummary

_MOST_CHANGES: Final = 4
_UNKNOWN: Final = (
    "its summary does not say how scores were measured: an earlier version wrote it; write the "
    "report anew: vibench report STUDY.toml"
)
_UNFINISHED: Final = "the study is not finished; run it to the end with vibench run"
_TITLES: Final[Mapping[Family, str]] = {
    "errors": "errors",
    "harmonic": "harmonic vibrations",
    "spectra": "spectra",
    "fundamentals": "fundamentals",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A score of one model of one study."""

    study: str
    """Name of the study."""
    score: Score
    """The score."""
    protocol: Protocol
    """How it was measured."""

    @property
    def source(self) -> tuple[str, str]:
        """Study and model."""
        return self.study, str(self.score.model)

    @property
    def measured_as(self) -> tuple[str, float | None]:
        """Protocol and temperature: what two scores must share to be comparable."""
        return self.protocol.key, self.score.temperature_k

    @property
    def case(self) -> tuple[Family, str]:
        """What it is about: two studies that both have it could have been comparable."""
        protocol = self.protocol
        if protocol.family == "errors":
            return protocol.family, f"data set {protocol.dataset}"
        compared = protocol.reference if protocol.reference in {"measured", "observed"} else ""
        return protocol.family, f"{protocol.molecule} {compared}".rstrip()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not compared."""

    study: str
    """Name of the study."""
    what: str
    """What it is about."""
    reason: str
    """Why it was not compared."""


@dataclass(frozen=True, slots=True)
class StudyComparison:
    """Scores of several studies that are comparable, and those that are not."""

    studies: tuple[str, ...]
    """Names of the studies."""
    entries: tuple[Entry, ...]
    """Scores that another study measured in the same way."""
    refusals: tuple[Refusal, ...]
    """What was not compared, and why."""


def compare_studies(summaries: Sequence[StudySummary]) -> StudyComparison:
    """Find out which scores of several studies are comparable.

    Scores are comparable if their protocols and temperatures are equal: reference, test data,
    molecule, dynamics, processing and settings of the comparison.

    Raises
    ------
    InputError
        If there are fewer than two studies, or nothing is comparable; the message says why.
    """
    if len(summaries) < 2:
        raise InputError(f"{len(summaries)} study is nothing to compare: give two or more")
    names = _names([summary.study for summary in summaries])
    unknown = [
        Refusal(name, "all scores", _UNKNOWN)
        for name, summary in zip(names, summaries, strict=True)
        if summary.protocols is None
    ]
    unknown += [
        Refusal(name, f"{summary.missing} of {len(summary.tasks)} results", _UNFINISHED)
        for name, summary in zip(names, summaries, strict=True)
        if summary.missing
    ]
    cases: dict[tuple[Family, str], list[Entry]] = {}
    for name, summary in zip(names, summaries, strict=True):
        for entry in _entries(name, summary):
            cases.setdefault(entry.case, []).append(entry)
    kept: list[Entry] = []
    refused = list(unknown)
    for (family, about), entries in cases.items():
        compared, refusals = _sorted_out(entries, f"{_TITLES[family]}, {about}")
        kept += compared
        refused += refusals
    if not kept:
        reasons = "".join(f"\n  {line}" for line in refusal_lines(refused))
        raise InputError(
            f"nothing is comparable in these studies:{reasons or ' they have no scores'}"
        )
    return StudyComparison(tuple(names), tuple(kept), tuple(refused))


def _names(titles: Sequence[str]) -> list[str]:
    """Return names that tell the studies apart."""
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})"
        for place, title in enumerate(titles)
    ]


def _entries(name: str, summary: StudySummary) -> list[Entry]:
    protocols = summary.protocols or {}
    return [
        Entry(name, score, protocols[key])
        for score, key in zip(summary.scores, summary.protocol_of_row, strict=True)
        if key is not None and key in protocols
    ]


def _sorted_out(entries: Sequence[Entry], what: str) -> tuple[list[Entry], list[Refusal]]:
    """Divide the entries of one case into those that are comparable, and reasons for the rest."""
    groups: dict[tuple[str, float | None], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.measured_as, []).append(entry)
    kept, refused = list[Entry](), list[Refusal]()
    told = set[tuple[object, object]]()
    for group in groups.values():
        first = group[0]
        if len({entry.study for entry in group}) > 1:
            kept += group
            continue
        temperature = temperature_text(first.score.temperature_k)
        about = f"{what}, {temperature}" if temperature else what
        nearest = _nearest(first, [other[0] for other in groups.values()])
        if nearest is None:
            refused.append(Refusal(first.study, about, "no other study has it"))
        elif (nearest.measured_as, first.measured_as) not in told:  # not also the other way round
            told.add((first.measured_as, nearest.measured_as))
            refused.append(Refusal(first.study, about, _reason(first, nearest)))
    return kept, refused


def _nearest(entry: Entry, entries: Iterable[Entry]) -> Entry | None:
    """Return the one that was measured least differently by another study, if there is any."""
    others = [other for other in entries if other.study != entry.study]
    return min(others, key=lambda other: len(_changes(other, entry)), default=None)


def _reason(entry: Entry, nearest: Entry) -> str:
    """Return how *entry* was measured differently from the *nearest* one of another study."""
    changes = _changes(nearest, entry)
    shown = "; ".join(changes[:_MOST_CHANGES])
    more = f"; and {len(changes) - _MOST_CHANGES} more" if len(changes) > _MOST_CHANGES else ""
    return f"measured differently in {nearest.study!r} → here: {shown}{more}"


def _changes(before: Entry, after: Entry) -> list[str]:
    return changed_settings(_conditions(before), _conditions(after))


def _conditions(entry: Entry) -> dict[str, object]:
    protocol = entry.protocol
    return {
        "compared with": protocol.reference,
        "temperature_k": entry.score.temperature_k,
        **protocol.settings,
    }


def refusal_lines(refusals: Sequence[Refusal]) -> list[str]:
    """Return refusals in lines, those of one study and reason together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in refusals:
        groups.setdefault((one.study, one.reason), []).append(one.what)
    return [f"{study}: {listing(what)}: {reason}" for (study, reason), what in groups.items()]
