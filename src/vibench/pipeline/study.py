"""Study: a TOML file that says what is to be found out, read once and checked wholly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)

from vibench.compare.recipe import CompareRecipe, RankingRecipe
from vibench.core.errors import InputError, suggestion
from vibench.core.reading import parse_toml, read_text
from vibench.core.recipe import Recipe
from vibench.data.paths import placed_path
from vibench.data.recipes import (
    ImportRecipe,
    LabelRecipe,
    ModelSplitRecipe,
    MoleculeRecipe,
    SplitRecipe,
)
from vibench.dynamics.recipe import DynamicsRecipe, ReferenceDynamicsRecipe
from vibench.evaluate.recipe import CostRecipe, LearningCurveRecipe
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.active_learning import ActiveLearningRecipe, check_active_learning
from vibench.pipeline.motion import (
    RobustnessRecipe,
    TemperatureSeriesRecipe,
    check_lengths,
    check_motion,
)
from vibench.pipeline.parsing import parse
from vibench.pipeline.potentials import PotentialRecipe, SamplerRecipe, placed
from vibench.pipeline.presets import PresetName, expand
from vibench.pipeline.sources import check_measured, check_molecules
from vibench.pipeline.tasks import seed_part
from vibench.pipeline.test_sets import TestSetRecipe, check_test_sets
from vibench.potentials.recipes import ArchitectureRecipe, MACEDipoleRecipe, PaiNNRecipe, predicted
from vibench.potentials.requirements import require_dipole
from vibench.spectra.recipe import BandsRecipe, SpectrumRecipe
from vibench.train.recipe import TrainRecipe
from vibench.vibrations.recipe import VibrationsRecipe


def _molecule(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


type NamedMolecule = Annotated[
    MoleculeRecipe, BeforeValidator(_molecule, json_schema_input_type=str | MoleculeRecipe)
]
"""A molecule; a plain string is its name."""


class DataRecipe(Recipe):
    """Where the labelled structures come from."""

    molecules: tuple[NamedMolecule, ...] = Field(min_length=1)
    """Molecules that the models are trained on and judged by."""
    unseen: tuple[NamedMolecule, ...] = ()
    """Molecules that the models are judged by without having been trained on them."""
    conformers: int = Field(default=4, ge=1)
    """Conformers to look for per molecule; replicas are spread over them."""
    label: LabelRecipe | None = None
    """How to sample structures and label them with the reference method."""
    sampler: SamplerRecipe | None = None
    """A cheaper method whose dynamics give the structures to be labelled; None for the reference
    method itself."""
    file: ImportRecipe | None = None
    """A file of labelled structures, in place of `label`."""
    split: SplitRecipe = SplitRecipe()
    """How structures are divided into training, validation and test."""


class DipoleModelRecipe(Recipe):
    """A second model that gives the dipole alone."""

    preset: PresetName | None = None
    """Size and training settings by name, as for any model."""
    architecture: ArchitectureRecipe = MACEDipoleRecipe()
    """What is trained; of what it predicts the dipole is used."""
    training: TrainRecipe = TrainRecipe()
    """How it is trained."""

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, model: Any) -> Any:
        return expand(model, default="mace_dipole")

    @model_validator(mode="after")
    def _has_dipole(self) -> "DipoleModelRecipe":
        if "dipole" not in predicted(self.architecture):
            raise ValueError(f"{self.architecture.architecture} without a dipole among its outputs")
        return self


class ModelRecipe(Recipe):
    """One model of the study."""

    name: str
    """Name in tables and figures."""
    preset: PresetName | None = None
    """Sizes and training settings by name: ``"paper"``, ``"small"`` or ``"tiny"``. What the tables
    below give replaces what the preset says."""
    architecture: ArchitectureRecipe = PaiNNRecipe()
    """What is trained; a plain string is the architecture's name."""
    training: TrainRecipe = TrainRecipe()
    """How it is trained."""
    seeds: int = Field(default=1, ge=1, le=1000)
    """How often it is trained: with two or more, members are trained with the seeds
    `training.seed`, `training.seed` + 1, …, each is judged like a model of its own, and the model
    is the mean over them."""
    dipole: DipoleModelRecipe | None = None
    """A second model, trained for itself, that gives the dipole; energy and forces are those of
    the first."""
    split: ModelSplitRecipe | None = None
    """Its own shares of training and validation structures; None for those of ``[data.split]``."""
    potential: PotentialRecipe | None = None
    """A potential that is judged as it is, in place of a model to be trained: a file of a trained
    model, a plugin, another method."""

    @model_validator(mode="after")
    def _parts_fit(self) -> "ModelRecipe":
        if self.potential is not None:
            learning = {"architecture", "training", "seeds", "dipole", "split"}
            trained = learning & self.model_fields_set
            if trained:
                raise ValueError(
                    f"a model that is a given potential is not trained: remove {sorted(trained)}"
                )
        elif "forces" not in predicted(self.architecture):
            raise ValueError(
                f"model {self.name!r} predicts no energy, so nothing can move it; make it the "
                "table [models.dipole] of a model of energies"
            )
        return self

    @property
    def outputs(self) -> frozenset[str] | None:
        """Names of the properties it predicts; None if that is known only when it is opened."""
        if self.potential is not None:
            return None
        own = predicted(self.architecture)
        return own if self.dipole is None else own | {"dipole"}

    @property
    def members(self) -> "tuple[ModelRecipe, ...]":
        """The single trainings of the model; the model itself if it is trained once."""
        return (self,) if self.seeds == 1 else tuple(map(self._member, range(self.seeds)))

    def _member(self, index: int) -> "ModelRecipe":
        def reseeded(training: TrainRecipe) -> TrainRecipe:
            return training.model_copy(update={"seed": training.seed + index})

        training, dipole = reseeded(self.training), self.dipole
        if dipole is not None:
            dipole = dipole.model_copy(update={"training": reseeded(dipole.training)})
        name = seed_part(self.name, training.seed)
        update = {"name": name, "training": training, "dipole": dipole, "seeds": 1}
        return self.model_copy(update=update)

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, model: Any) -> Any:
        return expand(model, default="painn")


class ObservedRecipe(Recipe):
    """Observed band positions of one molecule."""

    fundamentals_cm1: tuple[float, ...]
    """Wavenumbers in cm⁻¹ of the fundamentals."""
    citation: str
    """Where they were published."""


class Study(Recipe):
    """Everything a study does."""

    title: str
    """Title of the report."""
    description: str = ""
    """What the study asks, for the report's first lines."""
    citations: tuple[str, ...] = ()
    """Works to cite for data and methods."""
    data: DataRecipe
    """Molecules and labelled structures."""
    reference: PotentialRecipe | None = None
    """The method that stands for the truth. Without one, models are judged by labels, observed
    and measured data alone."""
    models: tuple[ModelRecipe, ...] = ()
    """Models to train and judge."""
    test_sets: tuple[TestSetRecipe, ...] = ()
    """Structures from dynamics of the reference that all models are judged by, besides those that
    were held out of the training data."""
    active_learning: ActiveLearningRecipe | None = None
    """Rounds in which models choose the structures to be labelled, before all else learns from
    them."""
    vibrations: VibrationsRecipe = VibrationsRecipe()
    """Relaxation and harmonic vibrations."""
    hessian_check: bool = False
    """Also make every model's Hessian by the other method and compare."""
    precision_check: bool = False
    """Also make every model's vibrations in the other precision, double or single, and compare: how
    much rounding matters."""
    dynamics: DynamicsRecipe | None = None
    """Molecular dynamics; without it the study ends at harmonic vibrations."""
    temperature_series: TemperatureSeriesRecipe | None = None
    """Further temperatures for some of the molecules."""
    robustness: RobustnessRecipe | None = None
    """Tests of models by dynamics at constant energy and in heat."""
    reference_dynamics: ReferenceDynamicsRecipe = ReferenceDynamicsRecipe()
    """Whether and for how long the reference method runs dynamics; the rest is as for models."""
    spectra: SpectrumRecipe = SpectrumRecipe()
    """From dipoles to spectra."""
    bands: BandsRecipe = BandsRecipe()
    """Bands of normal modes in dynamics, for the comparison with observed fundamentals."""
    compare: CompareRecipe = CompareRecipe()
    """How spectra are compared."""
    ranking: RankingRecipe = RankingRecipe()
    """How two or more models are compared with each other over all molecules."""
    learning_curve: LearningCurveRecipe | None = None
    """How errors fall with the number of training structures."""
    cost: CostRecipe = CostRecipe()
    """What the cost of models is measured by."""
    measured: dict[str, MeasuredRecipe] = Field(default_factory=dict)
    """Molecule → measured spectrum."""
    observed: dict[str, ObservedRecipe] = Field(default_factory=dict)
    """Molecule → observed fundamentals."""

    def dynamics_of(self, molecule: str) -> DynamicsRecipe | None:
        """Return how a molecule is moved for spectra, at all its temperatures."""
        if self.dynamics is None or self.temperature_series is None:
            return self.dynamics
        return self.temperature_series.of(molecule, self.dynamics)

    def temperatures_k(self, molecule: str) -> tuple[float, ...]:
        """Return the temperatures in K at which a molecule has spectra from dynamics."""
        dynamics = self.dynamics_of(molecule)
        return () if dynamics is None else dynamics.temperatures_k


def read_study(path: Path, *, measured: Mapping[str, Path]) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path
        The TOML file; relative paths in it are relative to its folder.
    measured
        Molecule → measured spectrum, in addition to those of the file or in their place.

    Raises
    ------
    InputError
        Naming the file and the line of broken TOML, or every key that is unknown (with the nearest
        known one), missing or has an impossible value; or the key of a molecule that cannot be
        built or of a measured spectrum that cannot be read.
    """
    content = parse_toml(read_text(path), str(path))
    study = _with_paths(parse(Study, content, str(path)), path.parent, measured)
    _check(study, str(path))
    check_molecules(study.data.molecules, study.data.unseen, source=str(path))
    check_measured(study.measured, source=str(path))
    return study


def _with_paths(study: Study, folder: Path, measured: Mapping[str, Path]) -> Study:
    """Make paths absolute where they are relative to the study file, and add *measured* spectra."""
    spectra = {
        molecule: recipe.model_copy(update={"path": Path(placed_path(str(recipe.path), folder))})
        for molecule, recipe in study.measured.items()
    }
    for molecule, path in measured.items():
        given = study.measured.get(molecule, MeasuredRecipe(path=path))
        spectra[molecule] = given.model_copy(update={"path": path})
    data = study.data.model_copy(
        update={
            "molecules": tuple(_molecule_placed(m, folder) for m in study.data.molecules),
            "unseen": tuple(_molecule_placed(m, folder) for m in study.data.unseen),
        }
    )
    if data.file is not None:
        sources = data.file.sources().items()
        file = data.file.placed({role: placed_path(path, folder) for role, path in sources})
        data = data.model_copy(update={"file": file})
    reference = None if study.reference is None else placed(study.reference, folder)
    models = tuple(_model_placed(model, folder) for model in study.models)
    return study.model_copy(
        update={"measured": spectra, "data": data, "reference": reference, "models": models}
    )


def _model_placed(model: ModelRecipe, folder: Path) -> ModelRecipe:
    parts: dict[str, Any] = {"training": _training_placed(model.training, folder)}
    if model.potential is not None:
        parts["potential"] = placed(model.potential, folder)
    if model.dipole is not None:
        training = _training_placed(model.dipole.training, folder)
        parts["dipole"] = model.dipole.model_copy(update={"training": training})
    return model.model_copy(update=parts)


def _training_placed(training: TrainRecipe, folder: Path) -> TrainRecipe:
    if not training.start:
        return training
    return training.model_copy(update={"start": placed_path(training.start, folder)})


def _molecule_placed(molecule: MoleculeRecipe, folder: Path) -> MoleculeRecipe:
    if molecule.file is None:
        return molecule
    return molecule.model_copy(update={"file": placed_path(molecule.file, folder)})


def _check(study: Study, source: str) -> None:
    """Refuse settings that contradict each other."""
    data = study.data
    if data.label is None and data.file is None and study.models:
        raise InputError(
            f"{source}: give data.label or data.file, so that models can learn; an empty table "
            "[data.label] takes all defaults"
        )
    if data.label is not None and data.file is not None:
        raise InputError(f"{source}: give either data.label or data.file, not both")
    if data.label is not None and study.reference is None:
        raise InputError(f"{source}: data.label needs a reference method: add a table [reference]")
    if data.sampler is not None and data.label is None:
        raise InputError(f"{source}: data.sampler is there to sample for data.label, which is not")
    names = [molecule.name for molecule in (*data.molecules, *data.unseen)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{source}: molecule {twice[0]!r} is listed twice in [data]")
    for table, known in (("measured", study.measured), ("observed", study.observed)):
        for name in known:
            if name not in names:
                raise InputError(
                    f"{source}: {table}.{name} belongs to no molecule of the study."
                    f"{suggestion(name, names)}"
                )
    check_test_sets(
        study.test_sets,
        names,
        study.dynamics,
        has_reference=study.reference is not None,
        source=source,
    )
    check_lengths(study.dynamics, study.reference_dynamics, study.spectra, source=source)
    check_motion(study.temperature_series, study.robustness, study.dynamics, names, source=source)
    check_active_learning(
        study.active_learning,
        data.label,
        {model.name: model.seeds for model in study.models if model.potential is None},
        [model.name for model in study.models if model.split is not None],
        source=source,
    )
    _check_models(study, source)


def _check_models(study: Study, source: str) -> None:
    """Refuse models that cannot be told apart, or that have no spectrum where there is one."""
    models = [model.name for model in study.models]
    models += [one.name for model in study.models if model.seeds > 1 for one in model.members]
    twice = sorted({name for name in models if models.count(name) > 1})
    if twice:
        raise InputError(f"{source}: two models share a name: {', '.join(twice)}")
    for name in () if study.learning_curve is None else study.learning_curve.models:
        trained = [model.name for model in study.models if model.potential is None]
        if name not in trained:
            raise InputError(
                f"{source}: learning_curve.models names {name!r}, which is no model that is "
                f"trained.{suggestion(name, trained)}"
            )
    for model in study.models if study.dynamics is not None else ():
        if model.outputs is not None:
            require_dipole(f"{source}: model {model.name!r}", model.outputs)
