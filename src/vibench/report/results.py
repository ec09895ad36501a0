"""StudyResults: all that a report is made from, and nothing about how it will look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vibench.core.bands import ModeBands
from vibench.core.correlation import ErrorCorrelation
from vibench.core.difference import Difference
from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.reliability import Reliability
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.core.structure_errors import StructureErrors
from vibench.report.protocols import Protocol

type Role = Literal["model", "member", "reference", "reference repeat", "measured"]
"""Part that a source plays: it is judged, it is one training of what is judged, it is the truth, it
is the truth run a second time with other random numbers (for the noise floor), or it was
observed."""

type Purpose = Literal["spectra", "stability"]
"""What dynamics are for: spectra, or a test of stability alone."""


@dataclass(frozen=True, slots=True)
class SpectrumEntry:
    """A spectrum and what it belongs to."""

    molecule: str
    """Name of the molecule."""
    temperature_k: float | None
    """Temperature in K; None where it has none (harmonic) or it is not known (measured)."""
    source: str
    """Name of the potential, or ``"measured"``."""
    role: Role
    """Part the source plays."""
    kind: Literal["md", "harmonic"]
    """From dynamics, or from normal modes; a measured spectrum is shown among those from
    dynamics."""
    spectrum: Spectrum
    """The spectrum."""
    member_of: str | None = None
    """The model, trained with several seeds, that the source is one training of."""

    @property
    def model(self) -> str:
        """The source, or the model that it is one training of."""
        return self.member_of or self.source


@dataclass(frozen=True, slots=True)
class ModesEntry:
    """Harmonic vibrations and what they belong to."""

    molecule: str
    """Name of the molecule."""
    source: str
    """Name of the potential, or ``"measured"``."""
    role: Role
    """Part the source plays."""
    modes: Modes
    """The modes; a failed relaxation is told in their outcome."""
    partner: Array | None = None
    """(modes,) index of the mode of the reference that each is, by overlap of eigenvectors; None
    where that is not known, and modes are paired in order of frequency."""
    overlap: Array | None = None
    """(modes,) how alike each mode and its partner are, from 0 to 1."""
    member_of: str | None = None
    """The model, trained with several seeds, that the source is one training of."""

    @property
    def model(self) -> str:
        """The source, or the model that it is one training of."""
        return self.member_of or self.source


@dataclass(frozen=True, slots=True, eq=False)
class FundamentalsEntry:
    """Observed fundamentals of a molecule beside the vibrations of one potential."""

    molecule: str
    """Name of the molecule."""
    source: str
    """Name of the potential."""
    observed_cm1: Array
    """(modes,) observed fundamentals in cm⁻¹, ascending."""
    harmonic_cm1: Array
    """(modes,) harmonic wavenumbers in cm⁻¹, ascending."""
    bands: ModeBands | None = None
    """Bands of the same modes in dynamics, in the order of `harmonic_cm1`, if there are any."""


@dataclass(frozen=True, slots=True, eq=False)
class LearningCurve:
    """How the errors of one model fell during training."""

    model: str
    """Name of the model."""
    columns: Mapping[str, Array]
    """Name → (epochs,) values; one is named ``"epoch"``."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Name of a column → its unit; columns without one are pure numbers."""
    member_of: str | None = None
    """The model, trained with several seeds, that this is one training of."""

    def __post_init__(self) -> None:
        if "epoch" not in self.columns:
            raise InputError(f"learning curve of {self.model!r} has no column 'epoch'")
        shape = np.shape(self.columns["epoch"])
        for name, values in self.columns.items():
            if np.shape(values) != shape:
                raise InputError(
                    f"learning curve of {self.model!r}: column {name!r} has shape "
                    f"{np.shape(values)}, expected {shape} as 'epoch'"
                )


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """A test set from dynamics of the reference."""

    name: str
    """Name of the data set in scores."""
    description: str
    """How it was made, in a sentence."""
    temperature_k: float
    """Temperature in K of the dynamics."""
    consecutive: bool
    """Whether its structures are frames that follow each other."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What a committee visited of one molecule in one round of active learning."""

    molecule: str
    """Name of the molecule."""
    trajectories: int
    """Trajectories that were run."""
    failed: int
    """Those of them that failed."""
    frames: int
    """Structures visited."""
    mean_mev_per_angstrom: float | None
    """Mean force uncertainty in meV/Å, if any structure was visited."""
    largest_mev_per_angstrom: float | None
    """Largest force uncertainty in meV/Å, if any structure was visited."""
    uncertain_share: float
    """Share of the structures visited that are uncertain."""
    structures: int
    """Structures that were labelled."""


@dataclass(frozen=True, slots=True)
class LearningRound:
    """One round of active learning."""

    number: int | None
    """Number of the round, from 1; None for the models trained after the last one."""
    structures: int
    """Labelled structures it begins with."""
    training_structures: int
    """Those of them that are for training."""
    scores: tuple[Score, ...]
    """Errors over all molecules of the committee trained on them, by test set."""
    core_hours: float
    """Hours on cores of its trainings, dynamics and labels."""
    explorations: tuple[Exploration, ...] = ()
    """What was visited and labelled, molecule by molecule."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one piece of work took."""

    what: str
    """The work, e.g. ``"training"``."""
    model: str | None
    """Potential it was done for or with, if any."""
    hours: float
    """Core-hours (processor time), or GPU-hours (wall time) if a GPU worked at it."""
    wall_s: float
    """Wall time in s."""
    peak_memory_mib: float | None
    """Peak memory of the process in MiB, if known."""
    detail: str = ""
    """Size of the work in words, e.g. ``"8 replicas of 20 ps"``."""
    device: str = "cpu"
    """``"cuda"`` if a GPU worked at it, else ``"cpu"``."""
    parameters: int | None = None
    """Number of parameters that were trained, of a training."""
    training_structures: int | None = None
    """Structures trained on, of a training for a learning curve."""


@dataclass(frozen=True, slots=True)
class StudyMolecule:
    """A molecule of the study."""

    name: str
    """Its name."""
    atoms: int
    """Number of its atoms."""
    unseen: bool
    """Whether the models were not trained on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Lifetimes:
    """How long the trajectories of one potential lasted: one molecule, one temperature."""

    purpose: Purpose
    """What the dynamics were for."""
    source: str
    """Name of the potential."""
    role: Role
    """Part the source plays."""
    molecule: str
    """Name of the molecule."""
    temperature_k: float
    """Temperature in K."""
    duration_fs: Array
    """(trajectories,) times in fs that each lasted, equilibration included."""
    failed: Array
    """(trajectories,) bool, whether it ended as failed; else it was long enough."""
    reasons: tuple[str, ...] = ()
    """Why trajectories failed, each reason once."""
    member_of: str | None = None
    """The model, trained with several seeds, that the source is one training of."""


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """One task of the study: its name in the store and how it ended."""

    stage: str
    """Name of the stage, e.g. ``"train"``."""
    key: str
    """Content key of the result."""
    status: str
    """``"done"``, ``"reused"``, ``"failed"`` or ``"not run"``."""
    path: str
    """Where the result lies in the store."""
    label: str = ""
    """What the task was about, in words."""
    wall_s: float | None = None
    """Wall time in s of the run that made the result."""
    outcome: str = ""
    """What a reader should know of its end; empty if all went well."""


@dataclass(frozen=True, slots=True)
class StudyResults:
    """Everything that a finished study found."""

    title: str
    """Title of the study."""
    description: str
    """What the study asks, in a few sentences."""
    settings: str
    """The study file with every default filled in (TOML)."""
    molecules: tuple[StudyMolecule, ...] = ()
    """Molecules of the study, those that models were trained on first."""
    spectra: tuple[SpectrumEntry, ...] = ()
    """Spectra of models and references, and measured ones."""
    modes: tuple[ModesEntry, ...] = ()
    """Harmonic vibrations of models and references."""
    fundamentals: tuple[FundamentalsEntry, ...] = ()
    """Observed fundamentals with what belongs to them; one entry per potential and temperature."""
    scores: tuple[Score, ...] = ()
    """Figures of merit; the noise floor has the data set `vibench.report.scores.NOISE_FLOOR`."""
    member_scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    """Model trained with several seeds → figures of merit of its single trainings."""
    reliability: tuple[Reliability, ...] = ()
    """Errors of committees by predicted standard deviation."""
    curve_points: tuple[Score, ...] = ()
    """Errors of models by their number of training structures."""
    differences: tuple[Difference, ...] = ()
    """Differences between models over all molecules."""
    test_sets: tuple[JudgedSet, ...] = ()
    """Test sets from dynamics of the reference."""
    structure_errors: tuple[StructureErrors, ...] = ()
    """Errors on their structures; one entry per model and test set."""
    correlations: tuple[ErrorCorrelation, ...] = ()
    """Correlations of these errors between models."""
    rounds: tuple[LearningRound, ...] = ()
    """Rounds of active learning."""
    training: tuple[LearningCurve, ...] = ()
    """Learning curves."""
    lifetimes: tuple[Lifetimes, ...] = ()
    """How long trajectories lasted."""
    costs: tuple[Cost, ...] = ()
    """Wall times and memory."""
    target_force_mae: float | None = None
    """Validation force error in meV/Å whose time is asked for; None for the usual choice."""
    tasks: tuple[TaskSummary, ...] = ()
    """Tasks in the order of the plan."""
    warnings: tuple[str, ...] = ()
    """What limits the conclusions, one sentence each."""
    protocols: tuple[Protocol, ...] = ()
    """How scores were measured, of those that other studies may be compared with."""
    citations: tuple[str, ...] = ()
    """Works to cite for data and methods."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Package → version."""
    hardware: str = ""
    """Machine the study ran on."""
    created: str = ""
    """When the study finished, ISO 8601."""


def source_roles(results: StudyResults) -> dict[str, Role]:
    """Return each source of spectra and modes with its part, in order of first appearance.

    A model that has scores or a learning curve but no spectrum (because its dynamics failed, or
    was not asked for) is listed after the others. Single trainings are not listed.
    """
    roles: dict[str, Role] = {}
    entries: tuple[SpectrumEntry | ModesEntry, ...] = (*results.spectra, *results.modes)
    for entry in entries:
        if entry.role == "member":
            roles.setdefault(entry.model, "model")
        elif entry.role != "reference repeat":
            roles.setdefault(entry.source, entry.role)
    for curve in results.training:
        roles.setdefault(curve.member_of or curve.model, "model")
    for score in results.scores:
        if score.reference is not None:
            role: Role = "measured" if score.reference == "measured" else "reference"
            roles.setdefault(score.reference, role)
    for score in results.scores:
        if score.model is not None:
            roles.setdefault(score.model, "model")
    return roles


def model_names(results: StudyResults) -> tuple[str, ...]:
    """Return the names of the potentials that are judged, in order of first appearance."""
    return tuple(name for name, role in source_roles(results).items() if role == "model")


def reference_spectra(results: StudyResults) -> tuple[SpectrumEntry, ...]:
    """Return the spectra from dynamics of computed references."""
    return tuple(
        entry for entry in results.spectra if entry.role == "reference" and entry.kind == "md"
    )
