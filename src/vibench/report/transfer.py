"""How far models carry over to molecules that they were not trained on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vibench.core.score import Score
from vibench.report.means import (
    FEWEST_FOR_INTERVAL,
    TRAINED,
    UNSEEN,
    kind_of,
    mean_over_molecules,
    spectrum_scores,
)
from vibench.report.results import (
    StudyMolecule,
    StudyResults,
    model_names,
    reference_spectra,
)
from vibench.report.scores import SPECTRUM_SCORES, SPECTRUM_UNITS
from vibench.report.survival import failure_text, failures
from vibench.report.table import Cell, Column, Table, text_column
from vibench.statistics.estimates import Estimate, mean_estimate, satterthwaite
from vibench.statistics.survival import share


@dataclass(frozen=True, slots=True)
class TransferCase:
    """One model on one unseen molecule at one temperature against one reference."""

    molecule: StudyMolecule
    """The molecule."""
    temperature_k: float | None
    """Temperature in K."""
    reference: str
    """What spectra are compared with."""
    model: str
    """Name of the model."""
    failed: tuple[int, int] | None
    """Failed and all trajectories, if known."""
    scores: tuple[Score | None, ...]
    """The scores of `SPECTRUM_SCORES`; None where there is no spectrum."""


def transfer_cases(results: StudyResults) -> tuple[TransferCase, ...]:
    """Return every model on every unseen molecule, small molecules first."""
    scores = [s for s in spectrum_scores(results) if kind_of(s.molecule, results) == UNSEEN]
    by_case = {(s.name, s.model, s.molecule, s.temperature_k, s.reference): s for s in scores}
    places = dict.fromkeys((s.reference, s.temperature_k) for s in spectrum_scores(results))
    places |= dict.fromkeys((e.source, e.temperature_k) for e in reference_spectra(results))
    cases = []
    for reference, temperature_k in places:
        for molecule in sorted((m for m in results.molecules if m.unseen), key=lambda m: m.atoms):
            own = [
                TransferCase(
                    molecule,
                    temperature_k,
                    str(reference),
                    model,
                    failures(results, model, molecule.name, temperature_k),
                    tuple(
                        by_case.get((name, model, molecule.name, temperature_k, reference))
                        for name in SPECTRUM_SCORES
                    ),
                )
                for model in model_names(results)
            ]
            if _is_judged(results, molecule.name, str(reference), own):
                cases += [one for one in own if any(one.scores) or one.failed is not None]
    return tuple(cases)


def _is_judged(
    results: StudyResults, molecule: str, reference: str, own: Sequence[TransferCase]
) -> bool:
    """Tell whether there is a spectrum of the molecule to compare with, or a score that says so."""
    return any(any(case.scores) for case in own) or any(
        (entry.molecule, entry.source, entry.kind) == (molecule, reference, "md")
        for entry in results.spectra
    )


def transfer_table(results: StudyResults) -> Table:
    """Return the scores of every model on every unseen molecule, and what failed there."""
    rows: list[tuple[Cell, ...]] = []
    for case in transfer_cases(results):
        text = failure_text(results, case.model, case.molecule.name, case.temperature_k)
        rows.append(
            (
                *(case.molecule.name, case.molecule.atoms, case.reference, case.temperature_k),
                *(case.model, _failed_share(case)),
                *(score or text for score in case.scores),
            )
        )
    return Table(
        name="transfer",
        title="Molecules that were not trained on",
        caption="In order of size. Failed: of so many trajectories, too many for a spectrum. Small "
        "figures are 95 % intervals, of shares the exact ones of a binomial.",
        section="transfer",
        columns=(
            text_column("molecule"),
            Column("atoms", decimals=0),
            text_column("compared with"),
            Column("temperature", "K"),
            text_column("model"),
            Column("failed trajectories", "%"),
            *(Column(name, SPECTRUM_UNITS[name]) for name in SPECTRUM_SCORES),
        ),
        rows=tuple(rows),
    )


def _failed_share(case: TransferCase) -> Score | None:
    if case.failed is None:
        return None
    failed, total = case.failed
    interval = share(failed, total)
    return Score(
        name="failed trajectories",
        value=100 * failed / total,
        unit="%",
        higher_is_better=False,
        n=total,
        low=100 * interval.low,
        high=100 * interval.high,
        estimand=f"{failed} of {total} trajectories",
        model=case.model,
        molecule=case.molecule.name,
        temperature_k=case.temperature_k,
    )


def degradation_table(results: StudyResults) -> Table:
    """Return means over molecules of training and over unseen ones, and their difference."""
    rows: list[tuple[Cell, ...]] = []
    scores = spectrum_scores(results)
    cases = transfer_cases(results)
    for reference, temperature_k in dict.fromkeys((c.reference, c.temperature_k) for c in cases):
        for place, name in enumerate(SPECTRUM_SCORES):
            for model in model_names(results):
                about = (name, model, reference, temperature_k)
                known = [
                    score
                    for score in scores
                    if (score.name, score.model, score.reference, score.temperature_k) == about
                    and kind_of(score.molecule, results) == TRAINED
                ]
                own = [
                    case
                    for case in cases
                    if (case.model, case.reference, case.temperature_k) == about[1:]
                ]
                unseen = [score for case in own if (score := case.scores[place]) is not None]
                if own and (known or unseen):
                    unit = (known or unseen)[0].unit
                    rows.append(
                        (
                            *(name, unit, reference, temperature_k, model),
                            *_compared(known, unseen),
                            len(own) - len(unseen),
                        )
                    )
    return Table(
        name="degradation",
        title="Loss on molecules that were not trained on",
        caption="Mean over molecules of training, mean over unseen ones, and the second less the "
        "first with its interval (Welch). Small figures are 95 % intervals for molecules like "
        "these; from fewer than three molecules there are none. Of each model its own molecules "
        "count: one that fails on hard molecules is judged by the easier ones, and the last column "
        "says how many it has no spectrum of.",
        section="transfer",
        columns=(
            text_column("score"),
            text_column("unit"),
            text_column("compared with"),
            Column("temperature", "K"),
            text_column("model"),
            Column("of training"),
            Column("unseen"),
            Column("difference"),
            Column("unseen without spectrum", decimals=0),
        ),
        rows=tuple(rows),
    )


def _compared(known: Sequence[Score], unseen: Sequence[Score]) -> tuple[Score | None, ...]:
    means = [mean_over_molecules(known), mean_over_molecules(unseen)]
    first, second = (None if mean is None else mean.score for mean in means)
    if first is None or second is None:
        return first, second, None
    estimate = welch_difference(known, unseen)
    fewest = min(len({score.molecule for score in own}) for own in (known, unseen))
    interval = estimate.interval() if fewest >= FEWEST_FOR_INTERVAL else None
    difference = Score(
        name=first.name,
        value=estimate.value,
        unit=first.unit,
        higher_is_better=first.higher_is_better,
        n=second.n,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand="mean over unseen molecules less mean over those of training (Welch)",
        model=first.model,
    )
    return first, second, difference


def welch_difference(known: Sequence[Score], unseen: Sequence[Score]) -> Estimate:
    """Return the mean of *unseen* less that of *known*, with Welch's standard error.

    With fewer than two scores on a side there is no error, and no degrees of freedom.
    """
    parts = [
        mean_estimate(np.array([s.value for s in own if np.isfinite(s.value)]))
        for own in (unseen, known)
    ]
    value = parts[0].value - parts[1].value
    if any(part.degrees_of_freedom < 1 for part in parts):
        return Estimate(value, math.nan, 0)
    variances = [part.standard_error**2 for part in parts]
    freedom = satterthwaite(variances, [part.degrees_of_freedom for part in parts])
    return Estimate(value, math.sqrt(sum(variances)), freedom)
