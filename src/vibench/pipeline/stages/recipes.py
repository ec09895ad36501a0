"""Settings of every kind of task; quick to import, as the work is done in the other modules."""

import math
from typing import Literal

from pydantic import Field

from vibench.compare.recipe import CompareRecipe, RankingRecipe
from vibench.core.recipe import Recipe
from vibench.data.recipes import (
    AcquisitionRecipe,
    ImportRecipe,
    LabelRecipe,
    ModelSplitRecipe,
    MoleculeRecipe,
    SelectionRecipe,
    SplitRecipe,
    SubsetRecipe,
)
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.evaluate.recipe import ErrorName
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.potentials import PotentialRecipe, SamplerRecipe
from vibench.potentials.recipes import ArchitectureRecipe
from vibench.spectra.recipe import BandsRecipe, SpectrumRecipe
from vibench.train.recipe import TrainRecipe
from vibench.vibrations.recipe import VibrationsRecipe


class VibrationsStage(Recipe):
    """Minima of one molecule on one potential, with their normal modes."""

    molecule: MoleculeRecipe
    """Which molecule; with an input called ``start``, minima of another potential instead."""
    potential: PotentialRecipe
    """Whose minima."""
    vibrations: VibrationsRecipe
    """How to relax and how to make second derivatives."""
    conformers: int = Field(default=1, ge=1)
    """Conformers to search for."""
    seed: int = 0
    """Seed of the conformer search."""


class LabelStage(Recipe):
    """Structures of one molecule with labels of a reference method."""

    molecule: MoleculeRecipe
    """Which molecule; its minima are the input ``start``."""
    potential: PotentialRecipe
    """The reference method."""
    sampler: SamplerRecipe | None = None
    """The method whose dynamics give the structures; None for the reference method itself."""
    label: LabelRecipe
    """Which structures to sample."""


def sampling_motion(label: LabelRecipe) -> DynamicsRecipe:
    """Return the dynamics that structures to be labelled are taken from, of every molecule."""
    trajectories = 5
    time_step_fs = 0.5
    return DynamicsRecipe(
        integrator="langevin-baoab",
        time_step_fs=time_step_fs,
        temperatures_k=label.temperatures_k,
        friction_per_fs=0.01,
        replicas=trajectories,
        equilibration_fs=label.equilibration_fs,
        production_fs=math.ceil(label.from_dynamics / trajectories) * label.spacing_fs,
        frame_stride=max(1, round(label.spacing_fs / time_step_fs)),
        seed=label.seed,
    )


class DatasetStage(Recipe):
    """One data set to learn from: labelled parts joined, or a file read, and divided."""

    file: ImportRecipe | None = None
    """How to read the input file, if the data come from one."""
    split: SplitRecipe
    """How to divide the structures."""


class TestSetStage(Recipe):
    """Structures of one molecule, taken from reference dynamics, with labels to judge models by."""

    molecule: MoleculeRecipe
    """Which molecule; its dynamics is the input ``dynamics``."""
    potential: PotentialRecipe
    """The reference method, which labels."""
    selection: SelectionRecipe
    """Which frames are taken."""


class SplitStage(Recipe):
    """Division of a data set for one model; the test structures are those of all."""

    split: SplitRecipe
    """How the data set is divided for the other models."""
    own: ModelSplitRecipe
    """Shares of this model."""


class TrainStage(Recipe):
    """Training of one model."""

    silent = frozenset({"subset"})

    architecture: ArchitectureRecipe
    """What is trained."""
    training: TrainRecipe
    """How it is trained."""
    subset: SubsetRecipe | None = None
    """Which of the training structures are used; None for all."""


class ExploreStage(Recipe):
    """Dynamics of one molecule on a committee, with the uncertainty of every structure visited.

    Nothing is done if the inputs ``dataset`` and ``earlier dataset`` are the same.
    """

    molecule: MoleculeRecipe
    """Which molecule; it starts from the minima given as input ``start``."""
    potential: PotentialRecipe
    """The committee."""
    dynamics: DynamicsRecipe
    """How it is moved."""


class AcquireStage(Recipe):
    """Labels for some of the structures that a committee visited, the input ``exploration``."""

    molecule: MoleculeRecipe
    """Which molecule."""
    potential: PotentialRecipe
    """The reference method, which labels."""
    acquisition: AcquisitionRecipe
    """Which structures are labelled."""
    seed: int = 0
    """Seed of random selection."""


class ExtendStage(Recipe):
    """A data set and its division with the labelled structures of one round added."""

    validation_share: float
    """Share of the new structures that are for validation; the others are for training."""
    seed: int = 0
    """Seed of the division."""


class EvaluateStage(Recipe):
    """Errors and cost of one potential on held-out structures."""

    silent = frozenset({"name", "training_structures"})

    potential: PotentialRecipe
    """What is judged."""
    name: str | None = None
    """Name in the scores; None for that of the potential."""
    training_structures: int | Literal["all"] | None = None
    """Structures it was trained on, if it is a point of a learning curve; its time is not measured
    then. ``all`` for as many as the input ``dataset`` has for training."""


class LearningCurveStage(Recipe):
    """What learning curves say; errors of models are inputs called ``model · structures``."""

    models: tuple[str, ...]
    """Names of the models."""
    targets: dict[ErrorName, float]
    """Error → value for which the number of structures is to be found."""


class CorrelationStage(Recipe):
    """Correlation of the errors of all models on one test set."""

    dataset: str
    """Name of the test set."""
    models: tuple[str, ...]
    """Names of the models; the evaluation of each is an input of that name."""


class DynamicsStage(Recipe):
    """Molecular dynamics of one molecule on one potential."""

    molecule: MoleculeRecipe
    """Which molecule; it starts from the minima given as input ``start``."""
    potential: PotentialRecipe
    """Potential that moves it."""
    dynamics: DynamicsRecipe
    """How it is moved."""


class DriftStage(Recipe):
    """How well one potential conserves energy; trajectories are the input ``dynamics``."""

    candidate: str
    """Name of the potential."""
    molecule: str
    """Name of the molecule."""


class SpectraStage(Recipe):
    """Infrared spectra from the dynamics of one molecule."""

    spectrum: SpectrumRecipe
    """How dipoles become a spectrum."""
    temperatures_k: tuple[float, ...]
    """Temperatures in K; each gives a spectrum."""
    source: str | None = None
    """Name of the potential, for the scores that tell how well replicas have converged."""


class MeasureStage(Recipe):
    """Reading of one measured spectrum; the file is an input called ``measured``."""

    measured: MeasuredRecipe
    """How it is read."""


class CompareStage(Recipe):
    """Scores of one candidate's spectra against a reference's."""

    candidate: str
    """Name of what is judged."""
    reference: str
    """Name of what it is compared with."""
    molecule: str
    """Name of the molecule."""
    dataset: str | None = None
    """What the scores stand for, if they are special: the noise floor, or those of a harmonic
    spectrum."""
    compare: CompareRecipe
    """How spectra are compared."""
    temperatures_k: tuple[float, ...]
    """Temperatures in K of the candidate; a measured reference is the same for all."""


class RankingStage(Recipe):
    """Comparison of all models with each other over all molecules."""

    models: dict[str, tuple[str, ...]]
    """Name of each model → names of its trainings, whose spectra are inputs called
    ``training · molecule``."""
    reference: str
    """Name of what they are compared with; its spectra are inputs ``reference · molecule``."""
    molecules: tuple[str, ...]
    """Names of the molecules."""
    compare: CompareRecipe
    """How spectra are compared."""
    ranking: RankingRecipe
    """What the statement is about."""
    temperatures_k: tuple[float, ...]
    """Temperatures in K, ranked one by one; a measured reference is the same for all."""


class EnsembleStage(Recipe):
    """Scores of one model that was trained with several seeds: means over its trainings."""

    model: str
    """Name of the model."""
    members: tuple[str, ...]
    """Names of its trainings; the scores of all inputs belong to them."""


class EnsembleSpectraStage(Recipe):
    """Mean spectra of one molecule over the trainings of a model, the inputs."""

    temperatures_k: tuple[float, ...]
    """Temperatures in K."""


class SeedRankingStage(Recipe):
    """Comparison of models that were trained with several seeds by their errors."""

    models: dict[str, tuple[str, ...]]
    """Name of each model → names of its trainings; the scores of all inputs belong to them."""
    ranking: RankingRecipe
    """Which differences count."""


class RetrievalStage(Recipe):
    """Whether the spectra of one candidate find the right molecules among those of a reference."""

    candidate: str
    """Name of what is judged."""
    reference: str
    """Name of what it is compared with."""
    compare: CompareRecipe
    """How spectra are compared."""
    temperatures_k: tuple[float, ...]
    """Temperatures in K of the candidate; measured spectra are the same for all."""


class FrequenciesStage(Recipe):
    """Scores of one candidate's harmonic frequencies."""

    candidate: str
    """Name of what is judged."""
    reference: str
    """Name of what it is compared with."""
    molecule: str
    """Name of the molecule."""
    degenerate_within_cm1: float = Field(default=1.0, ge=0)
    """Neighbouring modes of one potential within this many cm⁻¹ are matched as one set."""


class FundamentalsStage(Recipe):
    """Scores of one candidate's bands against observed fundamentals."""

    candidate: str
    """Name of what is judged."""
    molecule: str
    """Name of the molecule."""
    fundamentals_cm1: tuple[float, ...]
    """Observed wavenumbers in cm⁻¹."""
    temperatures_k: tuple[float, ...] = ()
    """Temperatures in K of the dynamics whose bands are judged, if any."""
    spectrum: SpectrumRecipe = SpectrumRecipe()
    """Correlation depth and grid of the power spectrum of each mode."""
    bands: BandsRecipe = BandsRecipe()
    """How bands are found."""
