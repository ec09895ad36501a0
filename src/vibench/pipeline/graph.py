"""The graph of a study: which tasks there are and what each is made from."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from vibench.compare.recipe import FEWEST_SPECTRA
from vibench.core.recipe import Recipe
from vibench.data.paths import data_source, data_sources
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.ensembles import ensemble_tasks
from vibench.pipeline.potentials import (
    AnyPotentialRecipe,
    CompositeRecipe,
    LearnedRecipe,
    in_precision,
    potential_files,
    potential_name,
    start_files,
)
from vibench.pipeline.stages.names import DIPOLE_MODEL, ENERGY_MODEL, MODEL, spectrum_role
from vibench.pipeline.stages.recipes import (
    CompareStage,
    DatasetStage,
    DynamicsStage,
    EvaluateStage,
    FrequenciesStage,
    FundamentalsStage,
    LabelStage,
    MeasureStage,
    RankingStage,
    RetrievalStage,
    SpectraStage,
    TrainStage,
    VibrationsStage,
)
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe, Study
from vibench.pipeline.tasks import Task, task_name
from vibench.pipeline.test_set_tasks import (
    correlation_tasks,
    judged_by,
    tasks_of_test_sets,
)
from vibench.report.scores import HARMONIC, NOISE_FLOOR

REPEAT = "repeat of"


def build_tasks(study: Study) -> list[Task]:
    """Return all tasks of a study."""
    return _Builder(study).tasks


def dipole_part(model: str) -> str:
    """Return the name of the second part of a model, which gives its dipole."""
    return f"{model}, dipole"


@dataclass(frozen=True, slots=True)
class _Source:
    """A potential of the study, with all that its tasks need to open it."""

    name: str
    """Name of its tasks."""
    recipe: AnyPotentialRecipe
    inputs: dict[str, str] = field(default_factory=dict)
    """Role → task that trains a model."""
    files: dict[str, str] = field(default_factory=dict)
    """Role → file of a trained model."""

    @property
    def precise(self) -> AnyPotentialRecipe:
        """Its settings where second derivatives are made."""
        return in_precision(self.recipe, "float64")


def _given(recipe: AnyPotentialRecipe, name: str) -> _Source:
    return _Source(name, recipe, files=potential_files(recipe))


class _Builder:
    """Adds tasks group by group; each method's tasks use those of the methods before it."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.tasks: list[Task] = []
        self.molecules = (*study.data.molecules, *study.data.unseen)
        self.members = [member for model in study.models for member in model.members]
        self.reference, self.truth = None, None
        if study.reference is not None:
            self.reference = potential_name(study.reference)
            self.truth = _given(study.reference, self.reference)
        self._reference_minima()
        self._data()
        self.tasks += tasks_of_test_sets(study)
        for model in study.models:
            for place, member in enumerate(model.members):
                self._model(member, place)
        self.tasks += correlation_tasks(study)
        self._reference_dynamics()
        self._measured()
        self._comparisons()
        self._rankings()
        self.tasks += ensemble_tasks(study, self.tasks)

    def _add(
        self,
        stage: str,
        about: tuple[str, ...],
        recipe: Recipe,
        inputs: dict[str, str] | None = None,
        files: dict[str, str] | None = None,
    ) -> str:
        name = task_name(stage, *about)
        settings = recipe.model_dump(mode="json")
        self.tasks.append(Task(name, stage, settings, inputs or {}, files or {}))
        return name

    def _reference_minima(self) -> None:
        if self.truth is not None:
            for molecule in self.molecules:
                self._vibrations(molecule, self.truth)

    def _reference_dynamics(self) -> None:
        """Dynamics of the reference method, and a second, independent one."""
        truth, dynamics = self.truth, self.study.dynamics
        if truth is None or dynamics is None:
            return
        # Random numbers of their own: models use those of the study's seed, and runs that are
        # compared must be independent.
        first, second = (
            dynamics.model_copy(update={"seed": dynamics.seed + shift}) for shift in (1, 2)
        )
        repeat = replace(truth, name=f"{REPEAT} {truth.name}")
        for molecule in self.molecules:
            self._dynamics(molecule, truth, first)
            self._dynamics(molecule, repeat, second)

    def _data(self) -> None:
        """Labelled structures: one data set to learn from, one per unseen molecule."""
        data = self.study.data
        if data.file is not None:
            files = data_sources(data.file.sources())
            file = data.file.placed(dict.fromkeys(files, ""))
            self._add("dataset", (), DatasetStage(file=file, split=data.split), files=files)
            return
        if data.label is None or self.truth is None:
            return
        for molecule in self.molecules:
            recipe_ = LabelStage(
                molecule=molecule,
                potential=self.truth.precise,
                sampler=data.sampler,
                label=data.label,
            )
            minima = task_name("vibrations", self.truth.name, molecule.name)
            inputs = {"start": minima}
            self._add("label", (molecule.name,), recipe_, inputs, self.truth.files)
        labelled = {f"part {m.name}": task_name("label", m.name) for m in data.molecules}
        self._add("dataset", (), DatasetStage(split=data.split), labelled)

    def _model(self, model: ModelRecipe, place: int) -> None:
        """Train a model, judge it on held-out structures, and let it vibrate and move.

        Trainings of one model, counted by *place*, have random numbers of their own in dynamics:
        the spread between them then holds all noise of trajectories.
        """
        source = self._trained(model)
        inputs = judged_by(self.study)
        if inputs:
            named = None if potential_name(source.recipe) == model.name else model.name
            recipe = EvaluateStage(potential=source.recipe, name=named)
            self._add("evaluate", (model.name,), recipe, source.inputs | inputs, source.files)
        for molecule in self.molecules:
            self._vibrations(molecule, source)
            if self.study.hessian_check:
                self._hessian_check(molecule, source)
            if self.study.dynamics is not None:
                # The reference and its repeat have the next two seeds.
                shifted = self.study.dynamics.seed + (place + 2 if place else 0)
                dynamics = self.study.dynamics.model_copy(update={"seed": shifted})
                self._dynamics(molecule, source, dynamics)

    def _trained(self, model: ModelRecipe) -> _Source:
        """Add the training of a model, or of both parts of it; a given one is not trained."""
        if model.potential is not None:
            return _given(model.potential, model.name)
        whole = self._train(model.name, model)
        learned = LearnedRecipe(name=model.name)
        if model.dipole is None:
            return _Source(model.name, learned, {MODEL: whole})
        second = dipole_part(model.name)
        inputs = {ENERGY_MODEL: whole, DIPOLE_MODEL: self._train(second, model.dipole)}
        recipe = CompositeRecipe(name=model.name, energy=learned, dipole=LearnedRecipe(name=second))
        return _Source(model.name, recipe, inputs)

    def _train(self, name: str, part: ModelRecipe | DipoleModelRecipe) -> str:
        recipe = TrainStage(architecture=part.architecture, training=part.training)
        files = start_files(part.training.start)
        return self._add("train", (name,), recipe, {"dataset": task_name("dataset")}, files)

    def _vibrations(self, molecule: MoleculeRecipe, source: _Source) -> None:
        recipe = VibrationsStage(
            molecule=molecule,
            potential=source.precise,
            vibrations=self.study.vibrations,
            conformers=self.study.data.conformers,
        )
        inputs = dict(source.inputs)
        if self.reference is not None and source.name != self.reference:
            inputs["start"] = task_name("vibrations", self.reference, molecule.name)
        self._add("vibrations", (source.name, molecule.name), recipe, inputs, source.files)

    def _hessian_check(self, molecule: MoleculeRecipe, source: _Source) -> None:
        """Make the Hessian once more by the other method, from the same minimum, and compare."""
        vibrations = self.study.vibrations
        automatic = vibrations.hessian == "automatic"
        other = vibrations.model_copy(
            update={"hessian": "finite-difference" if automatic else "automatic"}
        )
        minima = task_name("vibrations", source.name, molecule.name)
        about = f"{source.name}, {other.hessian} Hessian"
        recipe = VibrationsStage(molecule=molecule, potential=source.precise, vibrations=other)
        inputs = source.inputs | {"start": minima}
        name = self._add("vibrations", (about, molecule.name), recipe, inputs, source.files)
        scores = FrequenciesStage(candidate=about, reference=source.name, molecule=molecule.name)
        inputs = {"candidate": name, "reference": minima}
        self._add("frequencies", (about, source.name, molecule.name), scores, inputs)

    def _dynamics(
        self, molecule: MoleculeRecipe, source: _Source, dynamics: DynamicsRecipe
    ) -> None:
        """Dynamics and the spectra made from it, from the reference minima where there are any."""
        minima = task_name("vibrations", self.reference or source.name, molecule.name)
        recipe = DynamicsStage(molecule=molecule, potential=source.recipe, dynamics=dynamics)
        about = (source.name, molecule.name)
        inputs = source.inputs | {"start": minima}
        moved = self._add("dynamics", about, recipe, inputs, source.files)
        spectra = SpectraStage(
            spectrum=self.study.spectra, temperatures_k=dynamics.temperatures_k, source=source.name
        )
        self._add("spectra", about, spectra, {"dynamics": moved})

    def _measured(self) -> None:
        for molecule, measured in self.study.measured.items():
            recipe = MeasureStage(measured=measured.model_copy(update={"path": Path("measured")}))
            files = {"measured": str(data_source(str(measured.path)))}
            self._add("measured", (molecule,), recipe, files=files)

    def _comparisons(self) -> None:
        """Scores: models against reference and measurement, the reference against both."""
        models = [member.name for member in self.members]
        sources = models if self.reference is None else [*models, self.reference]
        for molecule in [molecule.name for molecule in self.molecules]:
            for source in sources:
                if molecule in self.study.observed:
                    self._fundamentals(source, molecule)
                if molecule in self.study.measured:
                    self._comparison(source, "measured", molecule)
                    self._harmonic_standard(source, "measured", molecule)
            if self.reference is not None:
                for model in models:
                    self._frequencies(model, self.reference, molecule)
                    self._comparison(model, self.reference, molecule)
                self._noise_floor(self.reference, molecule)
                self._harmonic_standard(self.reference, self.reference, molecule)
        for source in sources:
            self._retrieval(source, "measured", tuple(self.study.measured))
        if self.reference is not None:
            for model in models:
                names = tuple(molecule.name for molecule in self.molecules)
                self._retrieval(model, self.reference, names)

    def _rankings(self) -> None:
        """Models against each other: by the reference, and by what was measured."""
        if self.study.dynamics is None or len(self.study.models) < 2:
            return
        names = [molecule.name for molecule in self.molecules]
        if self.reference is not None:
            truths = {name: task_name("spectra", self.reference, name) for name in names}
            self._ranking(self.reference, truths, self.study.dynamics)
        measured = [name for name in names if name in self.study.measured]
        if measured:
            truths = {name: task_name("measured", name) for name in measured}
            self._ranking("measured", truths, self.study.dynamics)

    def _ranking(self, reference: str, truths: dict[str, str], dynamics: DynamicsRecipe) -> None:
        """Add one ranking; *truths* are the tasks that make the reference, by molecule."""
        recipe = RankingStage(
            models={m.name: tuple(one.name for one in m.members) for m in self.study.models},
            reference=reference,
            molecules=tuple(truths),
            compare=self.study.compare,
            ranking=self.study.ranking,
            temperatures_k=dynamics.temperatures_k,
        )
        inputs = {spectrum_role("reference", name): task for name, task in truths.items()}
        inputs |= {
            spectrum_role(member.name, name): task_name("spectra", member.name, name)
            for member in self.members
            for name in truths
        }
        self._add("ranking", (reference,), recipe, inputs)

    def _frequencies(self, candidate: str, reference: str, molecule: str) -> None:
        recipe = FrequenciesStage(candidate=candidate, reference=reference, molecule=molecule)
        inputs = {
            "candidate": task_name("vibrations", candidate, molecule),
            "reference": task_name("vibrations", reference, molecule),
        }
        self._add("frequencies", (candidate, reference, molecule), recipe, inputs)

    def _fundamentals(self, candidate: str, molecule: str) -> None:
        dynamics = self.study.dynamics
        recipe = FundamentalsStage(
            candidate=candidate,
            molecule=molecule,
            fundamentals_cm1=self.study.observed[molecule].fundamentals_cm1,
            temperatures_k=() if dynamics is None else dynamics.temperatures_k,
            spectrum=self.study.spectra,
            bands=self.study.bands,
        )
        inputs = {"modes": task_name("vibrations", candidate, molecule)}
        if dynamics is not None:
            inputs["dynamics"] = task_name("dynamics", candidate, molecule)
        self._add("fundamentals", (candidate, molecule), recipe, inputs)

    def _noise_floor(self, reference: str, molecule: str) -> None:
        """Compare the reference with itself: what a perfect model would score."""
        self._comparison(
            f"{REPEAT} {reference}", reference, molecule, named=reference, dataset=NOISE_FLOOR
        )

    def _comparison(
        self,
        candidate: str,
        reference: str,
        molecule: str,
        *,
        named: str | None = None,
        dataset: str | None = None,
    ) -> None:
        dynamics = self.study.dynamics
        if dynamics is None:
            return
        recipe = CompareStage(
            candidate=named or candidate,
            reference=reference,
            molecule=molecule,
            dataset=dataset,
            compare=self.study.compare,
            temperatures_k=dynamics.temperatures_k,
        )
        inputs = {
            "candidate": task_name("spectra", candidate, molecule),
            "reference": _spectrum_task(reference, molecule),
        }
        self._add("compare", (candidate, reference, molecule), recipe, inputs)

    def _harmonic_standard(self, source: str, reference: str, molecule: str) -> None:
        """Compare the harmonic spectrum of *source*: what is to be had without dynamics."""
        dynamics = self.study.dynamics
        if dynamics is None:
            return
        whole = {"regions": {}, "bands": False, "widths_cm1": ()}
        recipe = CompareStage(
            candidate=source,
            reference=reference,
            molecule=molecule,
            dataset=HARMONIC,
            compare=self.study.compare.model_copy(update=whole),
            temperatures_k=dynamics.temperatures_k,
        )
        inputs = {
            "candidate": task_name("vibrations", source, molecule),
            "reference": _spectrum_task(reference, molecule),
        }
        self._add("compare", (f"harmonic {source}", reference, molecule), recipe, inputs)

    def _retrieval(self, candidate: str, reference: str, molecules: tuple[str, ...]) -> None:
        """Look for each of the candidate's spectra among those of the reference."""
        dynamics = self.study.dynamics
        if dynamics is None or len(molecules) < FEWEST_SPECTRA:
            return
        recipe = RetrievalStage(
            candidate=candidate,
            reference=reference,
            compare=self.study.compare,
            temperatures_k=dynamics.temperatures_k,
        )
        inputs = {f"candidate {m}": task_name("spectra", candidate, m) for m in molecules}
        inputs |= {f"reference {m}": _spectrum_task(reference, m) for m in molecules}
        self._add("retrieval", (candidate, reference), recipe, inputs)


def _spectrum_task(source: str, molecule: str) -> str:
    """Return the task that makes the spectrum of a molecule, measured or computed."""
    if source == "measured":
        return task_name("measured", molecule)
    return task_name("spectra", source, molecule)
