"""How long trajectories last: survival of every potential, and who lasts longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

import numpy as np

from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.report.cases import ALL
from vibench.report.formatting import number_text
from vibench.report.results import Lifetimes, StudyResults
from vibench.report.scores import STABILITY_SCORES, named
from vibench.report.table import Cell, Column, Table, text_column
from vibench.statistics.multiple import holm_adjusted
from vibench.statistics.survival import Survival, failure_rate, kaplan_meier, log_rank

_FS_PER_PS, _PS_PER_NS = 1e3, 1e3
_TEMPERATURE: Final = Column("temperature", "K")


@dataclass(frozen=True, slots=True, eq=False)
class Lasting:
    """Trajectories of one potential taken together, over molecules."""

    purpose: Literal["spectra", "stability"]
    """What the dynamics were for."""
    model: str
    """Name of the potential."""
    temperature_k: float | None
    """Temperature in K; None for all of them."""
    duration_ps: Array
    """(trajectories,) how long each lasted, in ps."""
    failed: Array
    """(trajectories,) whether it failed."""
    reasons: tuple[str, ...]
    """Why trajectories failed."""
    molecules: int
    """Number of molecules."""

    @property
    def survival(self) -> Survival:
        """The probability to last longer than a time in ps."""
        return kaplan_meier(self.duration_ps, self.failed)


def lasting(results: StudyResults) -> tuple[Lasting, ...]:
    """Return trajectories by purpose, temperature and potential, those of all molecules together.

    Last come those for spectra at all temperatures. Trainings of one model count together.
    """
    groups: dict[tuple[str, float | None], dict[str, list[Lifetimes]]] = {}
    known = [one for one in results.lifetimes if len(one.duration_fs)]
    ordered = sorted(known, key=lambda one: (one.purpose, one.temperature_k))
    for one in ordered:
        own = groups.setdefault((one.purpose, one.temperature_k), {})
        own.setdefault(one.member_of or one.source, []).append(one)
    spectra = [one for one in ordered if one.purpose == "spectra"]
    if len({one.temperature_k for one in spectra}) > 1:
        for one in spectra:
            own = groups.setdefault((one.purpose, None), {})
            own.setdefault(one.member_of or one.source, []).append(one)
    return tuple(
        _together(model, temperature, lifetimes)
        for (_, temperature), models in groups.items()
        for model, lifetimes in models.items()
    )


def _together(model: str, temperature_k: float | None, lifetimes: Sequence[Lifetimes]) -> Lasting:
    return Lasting(
        lifetimes[0].purpose,
        model,
        temperature_k,
        np.concatenate([one.duration_fs for one in lifetimes]) / _FS_PER_PS,
        np.concatenate([one.failed for one in lifetimes]).astype(bool),
        tuple(dict.fromkeys(reason for one in lifetimes for reason in one.reasons)),
        len({one.molecule for one in lifetimes}),
    )


def survival_table(results: StudyResults) -> Table:
    """Return the share of trajectories that lasted, and rates of failure, for every potential."""
    return Table(
        name="survival",
        title="How long trajectories last",
        caption="Share that lasts to the end of the planned time (Kaplan and Meier, interval of "
        "log(-log); of all or none the exact one of a binomial share). Failures per ns: Poisson; "
        "without failures the upper end is the rate above which one would have been expected to "
        "show (95 %, rule of three). Trajectories count as independent: those of one molecule are "
        "alike, so intervals over several molecules are too narrow. Small figures are 95 % "
        "intervals.",
        section="stability",
        columns=(
            text_column("dynamics for"),
            _TEMPERATURE,
            text_column("model"),
            Column("molecules"),
            Column("trajectories"),
            Column("longest", "ps"),
            Column("failed"),
            Column("share surviving"),
            Column("failures per ns"),
            text_column("reasons"),
        ),
        rows=tuple(_row(one) for one in lasting(results)),
    )


def _row(one: Lasting) -> tuple[Cell, ...]:
    place = ALL if one.temperature_k is None else one.temperature_k
    failures = int(one.failed.sum())
    return (
        *(one.purpose, place, one.model, one.molecules, len(one.failed)),
        *(float(one.duration_ps.max()), failures, _surviving(one), _rate(one)),
        "; ".join(one.reasons),
    )


def _surviving(one: Lasting) -> Score:
    value, interval = one.survival.last
    return Score(
        name="share of trajectories surviving",
        value=value,
        unit="",
        higher_is_better=True,
        n=len(one.failed),
        low=interval.low,
        high=interval.high,
        estimand=f"probability to last {number_text(float(one.duration_ps.max()))} ps",
        model=one.model,
        temperature_k=one.temperature_k,
    )


def _rate(one: Lasting) -> Score | None:
    observed_ns = float(one.duration_ps.sum()) / _PS_PER_NS
    if observed_ns <= 0:
        return None
    failures = int(one.failed.sum())
    interval = failure_rate(failures, observed_ns)
    bound = "; upper end of 95 %" if failures == 0 else ""
    return Score(
        name="failures per ns",
        value=failures / observed_ns,
        unit="1/ns",
        higher_is_better=False,
        n=len(one.failed),
        low=interval.low,
        high=interval.high,
        estimand=f"{failures} failures in {number_text(observed_ns)} ns of dynamics{bound}",
        model=one.model,
        temperature_k=one.temperature_k,
    )


def survival_pair_table(results: StudyResults) -> Table:
    """Return the log-rank test of every two potentials of which at least one had failures."""
    groups: dict[tuple[str, float | None], list[Lasting]] = {}
    for one in lasting(results):
        groups.setdefault((one.purpose, one.temperature_k), []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for (purpose, temperature_k), members in groups.items():
        pairs = list(combinations(members, 2))
        raw = [log_rank((a.duration_ps, a.failed), (b.duration_ps, b.failed)) for a, b in pairs]
        adjusted = holm_adjusted(np.array([np.nan if p is None else p for p in raw]))
        place = ALL if temperature_k is None else temperature_k
        rows += [
            (
                *(purpose, place, a.model, b.model),
                *(int(a.failed.sum()), int(b.failed.sum()), p, float(q)),
            )
            for (a, b), p, q in zip(pairs, raw, adjusted, strict=True)
            if p is not None
        ]
    return Table(
        name="survival-compared",
        title="Survival compared",
        caption="Log-rank test of equal survival, trajectories of all molecules taken together; "
        "adjusted p (Holm) counts all pairs at one temperature: below 0.05 one lasts longer. Pairs "
        "without any failure are left out.",
        section="stability",
        columns=(
            text_column("dynamics for"),
            _TEMPERATURE,
            text_column("first"),
            text_column("second"),
            Column("failed: first"),
            Column("failed: second"),
            Column("p", decimals=4),
            Column("adjusted p", decimals=4),
        ),
        rows=tuple(rows),
    )


def stability_table(results: StudyResults) -> Table:
    """Return conservation of energy, and survival at the highest temperature, by model."""
    hottest = _hottest(results)
    found: dict[tuple[str, str], dict[str, Score]] = {}
    for name in STABILITY_SCORES:
        for score in named(results.scores, name):
            found.setdefault((str(score.model), score.molecule or ALL), {})[name] = score
    rows: list[tuple[Cell, ...]] = []
    # Without scores of energy this table would repeat that of survival.
    survivors = {one.model: _surviving(one) for one in hottest if found}
    for (model, molecule), scores in found.items():
        own = _of_molecule(results, model, molecule, hottest)
        rows.append((model, molecule, *(scores.get(name) for name in STABILITY_SCORES), own))
    none = (None,) * len(STABILITY_SCORES)
    several = len({one.molecule for one in results.lifetimes}) > 1
    rows += [
        (model, ALL, *none, own)
        for model, own in survivors.items()
        if several and (model, ALL) not in found
    ]
    units = {score.name: score.unit for group in found.values() for score in group.values()}
    place = "" if not hottest else f" at {hottest[0].temperature_k:g} K"
    return Table(
        name="stability",
        title="Stability",
        caption="Drift and fluctuation of the total energy without a thermostat: a drift near 0 of "
        "either sign is best, and what a time step causes fluctuates without drifting. "
        f"Surviving: share of trajectories{place}, the highest temperature, that lasts to the end "
        "of the planned time. Small figures are 95 % intervals.",
        section="stability",
        columns=(
            text_column("model"),
            text_column("molecule"),
            *(Column(name, units.get(name, "")) for name in STABILITY_SCORES),
            Column(f"surviving{place}"),
        ),
        rows=tuple(rows),
    )


def _hottest(results: StudyResults) -> tuple[Lasting, ...]:
    """Return trajectories at the highest temperature; of a test of stability if there was one."""
    known = [one for one in lasting(results) if one.temperature_k is not None]
    tests = [one for one in known if one.purpose == "stability"] or known
    highest = max((one.temperature_k or 0.0 for one in tests), default=None)
    return tuple(one for one in tests if one.temperature_k == highest)


def _of_molecule(
    results: StudyResults, model: str, molecule: str, hottest: Sequence[Lasting]
) -> Score | None:
    """Return the survival of one model on one molecule at the highest temperature."""
    if molecule == ALL:
        return next((_surviving(one) for one in hottest if one.model == model), None)
    chosen = [
        one
        for one in results.lifetimes
        for like in hottest[:1]
        if (one.purpose, one.temperature_k) == (like.purpose, like.temperature_k)
        and (one.member_of or one.source, one.molecule) == (model, molecule)
        and len(one.duration_fs)
    ]
    return _surviving(_together(model, chosen[0].temperature_k, chosen)) if chosen else None


def failures(
    results: StudyResults, model: str | None, molecule: str | None, temperature_k: float | None
) -> tuple[int, int] | None:
    """Return failed and all trajectories for the spectrum of one case, or None if not known."""
    chosen = [
        one
        for one in results.lifetimes
        if one.purpose == "spectra"
        and model in (one.member_of, one.source)
        and (one.molecule, one.temperature_k) == (molecule, temperature_k)
    ]
    total = sum(len(one.failed) for one in chosen)
    return (sum(int(one.failed.sum()) for one in chosen), total) if total else None


def failure_text(
    results: StudyResults, model: str | None, molecule: str | None, temperature_k: float | None
) -> str | None:
    """Return what stands in place of a score, e.g. ``"failed (3 of 8)"``, or None."""
    found = failures(results, model, molecule, temperature_k)
    return f"failed ({found[0]} of {found[1]})" if found and found[0] else None
