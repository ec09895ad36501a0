"""Results of a study, gathered from the store for its report."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import tomli_w

from vibench.compare.matching import match_modes
from vibench.core.bands import ModeBands
from vibench.core.correlation import ErrorCorrelation
from vibench.core.difference import Difference
from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.reading import read_text
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.structure_errors import StructureErrors, parse_structure_errors_csv
from vibench.pipeline.active_rounds import gathered_rounds
from vibench.pipeline.comparability import study_protocols
from vibench.pipeline.costs import gathered_costs, model_parts
from vibench.pipeline.execution import Ending
from vibench.pipeline.lifetimes import gathered_lifetimes, study_molecules
from vibench.pipeline.machine import hardware, versions
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.names import (
    CORRELATIONS,
    DIFFERENCES,
    HISTORY,
    MEASURED,
    MODES,
    RELIABILITY,
    SCORES,
    STRUCTURE_ERRORS,
    bands_file,
    spectrum_file,
)
from vibench.pipeline.study import ObservedRecipe, Study
from vibench.pipeline.tasks import REPEAT, Task, task_name
from vibench.pipeline.warnings import gathered_warnings
from vibench.report.failed_modes import without_failed_modes
from vibench.report.fundamentals import mean_fundamentals
from vibench.report.results import (
    FundamentalsEntry,
    JudgedSet,
    LearningCurve,
    ModesEntry,
    Role,
    SpectrumEntry,
    StudyResults,
    TaskSummary,
)
from vibench.spectra.harmonic import harmonic_spectrum
from vibench.store.artefacts import Artefact
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import read_correlations, read_differences, read_scores

_HISTORY_UNITS = {
    "energy_mae_mev": "meV",
    "force_mae_mev_per_angstrom": "meV/Å",
    "dipole_mae_mdebye": "mDebye",
    "seconds": "s",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """A potential of the study and the part it plays."""

    name: str
    task: str
    """Name by which tasks call it."""
    role: Role
    model: str | None = None
    """Model of the study that it is, or is one training of."""

    @property
    def member_of(self) -> str | None:
        """The model that it is one training of, if it is one of several."""
        return self.model if self.role == "member" else None


def settings_text(study: Study) -> str:
    """Return the study with every default filled in, as TOML."""
    return tomli_w.dumps(study.model_dump(mode="json", exclude_none=True))


def gather_results(
    study: Study,
    tasks: Sequence[Task],
    artefacts: Mapping[str, Artefact],
    endings: Mapping[str, Ending],
) -> StudyResults:
    """Gather what the finished *tasks* of a study found.

    Parameters
    ----------
    study, tasks
        The study and its tasks, in the order of the plan.
    artefacts
        Task name → result; tasks that failed are not there.
    endings
        Task name → how it came to its end; a result without one was in the store before, a task
        that has neither was not run.
    """
    # In the order of the plan: the order in which tasks ended is another every time.
    ordered = {task.name: artefacts[task.name] for task in tasks if task.name in artefacts}
    gathered = _Gatherer(study, ordered)
    scores, member_scores = gathered.scores()
    return StudyResults(
        title=study.title,
        description=study.description,
        settings=settings_text(study),
        molecules=tuple(study_molecules(study)),
        spectra=tuple(gathered.spectra()),
        modes=gathered.modes,
        fundamentals=tuple(gathered.fundamentals()),
        scores=tuple(score for score in scores if score.training_structures is None),
        curve_points=tuple(score for score in scores if score.training_structures is not None),
        member_scores=member_scores,
        reliability=tuple(gathered.reliability()),
        differences=tuple(gathered.differences()),
        test_sets=tuple(gathered.test_sets()),
        structure_errors=tuple(gathered.structure_errors()),
        correlations=tuple(gathered.correlations()),
        rounds=tuple(gathered_rounds(study, ordered)),
        training=tuple(gathered.training()),
        lifetimes=tuple(gathered_lifetimes(study, ordered)),
        costs=tuple(gathered_costs(study, artefacts)),
        target_force_mae=study.cost.force_mae_mev_per_angstrom,
        tasks=tuple(_summary(task, artefacts, endings) for task in tasks),
        warnings=tuple(gathered_warnings(study, ordered)),
        protocols=study_protocols(study, ordered),
        citations=study.citations,
        versions=versions(),
        hardware=hardware(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


class _Gatherer:
    """Reads the parts of a report from results in the store."""

    def __init__(self, study: Study, artefacts: Mapping[str, Artefact]) -> None:
        self.study = study
        self.artefacts = artefacts
        self.molecules = [m.name for m in (*study.data.molecules, *study.data.unseen)]
        self.sources = [
            _Source(one.name, one.name, "model" if model.seeds == 1 else "member", model.name)
            for model in study.models
            for one in model.members
        ]
        if study.reference is not None:
            name = potential_name(study.reference)
            self.sources += [
                _Source(name, name, "reference"),
                _Source(name, f"{REPEAT} {name}", "reference repeat"),
            ]

    @cached_property
    def modes(self) -> tuple[ModesEntry, ...]:
        """Modes of the lowest minimum of every molecule on every potential."""
        return tuple(self._read_modes())

    def _read_modes(self) -> Iterator[ModesEntry]:
        for source in self.sources:
            for molecule in self.molecules:
                lowest = self._lowest(source.task, molecule)
                if lowest is not None:
                    entry = ModesEntry(
                        molecule, source.name, source.role, lowest, member_of=source.member_of
                    )
                    yield entry if source.model is None else self._matched(entry)

    def _lowest(self, source: str, molecule: str) -> Modes | None:
        artefact = self.artefacts.get(task_name("vibrations", source, molecule))
        if artefact is None:
            return None
        lowest: Modes = read_hdf5(artefact.file(MODES), list)[0]
        return lowest

    def _matched(self, entry: ModesEntry) -> ModesEntry:
        """Say which mode of the reference each mode of a model is, if they can be matched."""
        reference = next((s for s in self.sources if s.role == "reference"), None)
        truth = None if reference is None else self._lowest(reference.task, entry.molecule)
        if truth is None:
            return entry
        try:
            match = match_modes(entry.modes, truth)
        except InputError:
            return entry
        return replace(entry, partner=match.partner, overlap=match.overlap)

    def fundamentals(self) -> Iterator[FundamentalsEntry]:
        """Yield observed fundamentals with harmonic wavenumbers and bands of every potential."""
        means = {model.name for model in self.study.models if model.seeds > 1}
        for molecule, observed in self.study.observed.items():
            groups: dict[str, list[FundamentalsEntry]] = {}
            for source in self.sources:
                found = self._fundamentals(source, molecule, observed)
                groups.setdefault(source.member_of or source.task, []).extend(found)
            for name, entries in groups.items():
                yield from mean_fundamentals(name, entries) if name in means else entries

    def _fundamentals(
        self, source: _Source, molecule: str, observed: ObservedRecipe
    ) -> Iterator[FundamentalsEntry]:
        artefact = self.artefacts.get(task_name("fundamentals", source.task, molecule))
        lowest = self._lowest(source.task, molecule)
        if artefact is None or lowest is None:
            return
        entry = FundamentalsEntry(
            molecule=molecule,
            source=source.name,
            observed_cm1=np.sort(np.array(observed.fundamentals_cm1)),
            harmonic_cm1=lowest.frequencies_cm1,
        )
        names = [bands_file(t) for t in self.study.temperatures_k(molecule)]
        found = [name for name in names if name in artefact.checksums]
        for name in found:
            yield replace(entry, bands=read_hdf5(artefact.file(name), ModeBands))
        if not found:
            yield entry

    def spectra(self) -> Iterator[SpectrumEntry]:
        """Yield spectra from dynamics, harmonic ones and measured ones."""
        means = [_Source(m.name, m.name, "model") for m in self.study.models if m.seeds > 1]
        for molecule in self.molecules:
            artefact = self.artefacts.get(task_name("measured", molecule))
            if artefact is not None:
                measured = read_hdf5(artefact.file(MEASURED), Spectrum)
                yield SpectrumEntry(molecule, None, "measured", "measured", "md", measured)
            for source in means:
                yield from self._md_spectra(source, "ensemble-spectra", molecule)
            for source in self.sources:
                yield from self._md_spectra(source, "spectra", molecule)
        yield from self._harmonic_spectra()

    def _md_spectra(self, source: _Source, stage: str, molecule: str) -> Iterator[SpectrumEntry]:
        artefact = self.artefacts.get(task_name(stage, source.task, molecule))
        for temperature_k in self.study.temperatures_k(molecule):
            name = spectrum_file(temperature_k)
            if artefact is not None and name in artefact.checksums:
                spectrum = read_hdf5(artefact.file(name), Spectrum)
                about = (molecule, temperature_k, source.name, source.role)
                yield SpectrumEntry(*about, "md", spectrum, member_of=source.member_of)

    def _harmonic_spectra(self) -> Iterator[SpectrumEntry]:
        compare = self.study.compare
        grid = np.arange(compare.low_cm1, compare.high_cm1 + compare.step_cm1, compare.step_cm1)
        for entry in self.modes:
            if np.isnan(entry.modes.intensities).any() or not entry.modes.outcome.finished:
                continue  # The potential has no dipole, or the modes are of no minimum.
            spectrum = harmonic_spectrum(entry.modes, width_cm1=compare.width_cm1, grid_cm1=grid)
            about = (entry.molecule, None, entry.source, entry.role)
            yield SpectrumEntry(*about, "harmonic", spectrum, member_of=entry.member_of)

    def scores(self) -> tuple[tuple[Score, ...], dict[str, tuple[Score, ...]]]:
        """Return all scores: those of models and references, and those of single trainings."""
        models = {source.name: source.member_of for source in self.sources if source.member_of}
        own: list[Score] = []
        members: dict[str, list[Score]] = {}
        # Tasks that come to the same, such as rounds without new data, share a result.
        different = {artefact.folder: artefact for artefact in self.artefacts.values()}
        for artefact in different.values():
            for score in read_scores(artefact.file(SCORES)) if SCORES in artefact.checksums else ():
                model = models.get(score.model or "") or models.get(score.reference or "")
                (own if model is None else members.setdefault(model, [])).append(score)
        return without_failed_modes(own, self.modes), {
            model: without_failed_modes(scores, self.modes) for model, scores in members.items()
        }

    def reliability(self) -> Iterator[Reliability]:
        """Yield the errors of committees by predicted standard deviation."""
        for artefact in self.artefacts.values():
            if RELIABILITY in artefact.checksums:
                yield from read_hdf5(artefact.file(RELIABILITY), list)

    def differences(self) -> Iterator[Difference]:
        """Yield the differences between models."""
        for artefact in self.artefacts.values():
            if DIFFERENCES in artefact.checksums:
                yield from read_differences(artefact.file(DIFFERENCES))

    def test_sets(self) -> Iterator[JudgedSet]:
        """Yield the test sets of the study."""
        kinds = {
            "representative": "structures nearest to the centres of equal clusters",
            "random": "structures drawn at random",
            "first": "successive structures",
        }
        for one in self.study.test_sets:
            motion = one.motion(self.study.dynamics)
            text = (
                f"{one.structures} {kinds[one.kind]} per molecule, of {motion.production_fs:g} fs "
                f"of dynamics of the reference at {one.temperature_k:g} K."
            )
            yield JudgedSet(one.name, text, one.temperature_k, one.kind == "first")

    def structure_errors(self) -> list[StructureErrors]:
        """Return the errors of every model on the structures of test sets, in order of the plan."""
        found: list[StructureErrors] = []
        for artefact in self.artefacts.values():
            if STRUCTURE_ERRORS in artefact.checksums:
                path = artefact.file(STRUCTURE_ERRORS)
                found += parse_structure_errors_csv(read_text(path), str(path))
        return found

    def correlations(self) -> Iterator[ErrorCorrelation]:
        """Yield the correlations of errors between models."""
        for one in self.study.test_sets:
            artefact = self.artefacts.get(task_name("correlation", one.name))
            if artefact is not None:
                yield from read_correlations(artefact.file(CORRELATIONS))

    def training(self) -> Iterator[LearningCurve]:
        """Yield the learning curves."""
        parts = [
            (name, part)
            for model in self.study.models
            for one in model.members
            for name, part in zip(model_parts(one), model_parts(model), strict=True)
        ]
        for name, part in parts:
            artefact = self.artefacts.get(task_name("train", name))
            if artefact is None:
                continue
            with artefact.file(HISTORY).open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            columns = {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}
            units = {key: _HISTORY_UNITS[key] for key in columns if key in _HISTORY_UNITS}
            yield LearningCurve(name, columns, units, part if part != name else None)


def _summary(
    task: Task, artefacts: Mapping[str, Artefact], endings: Mapping[str, Ending]
) -> TaskSummary:
    artefact, label = artefacts.get(task.name), task.name.partition(" · ")[2]
    if artefact is None:
        ending = endings.get(task.name, Ending("not run"))
        return TaskSummary(task.stage, "", ending.kind, "", label=label, outcome=ending.message)
    observed, ending = artefact.record.observed, endings.get(task.name, Ending("reused"))
    return TaskSummary(
        stage=task.stage,
        key=artefact.record.identity.key,
        status=ending.kind,
        path=f"{task.stage}/{artefact.record.identity.key}",
        label=label,
        wall_s=observed["wall_s"],
        outcome="; ".join(filter(None, (observed["outcome"]["text"], ending.message))),
    )
