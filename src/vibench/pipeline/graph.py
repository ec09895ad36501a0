"""The graph of a study: which tasks there are and what each is made from."""

from dataclasses import replace
from pathlib import Path

from vibench.compare.recipe import FEWEST_SPECTRA
from vibench.core.recipe import Recipe
from vibench.data.paths import data_source
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.active_learning_tasks import active_learning_tasks
from vibench.pipeline.data_tasks import data_tasks
from vibench.pipeline.ensembles import ensemble_tasks
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.robustness_tasks import robustness_tasks
from vibench.pipeline.stages.names import spectrum_role
from vibench.pipeline.stages.recipes import (
    CompareStage,
    DynamicsStage,
    EvaluateStage,
    FrequenciesStage,
    FundamentalsStage,
    MeasureStage,
    RankingStage,
    RetrievalStage,
    SpectraStage,
    VibrationsStage,
)
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import REPEAT, Task, make_task, task_name
from vibench.pipeline.test_set_tasks import (
    correlation_tasks,
    judged_by,
    tasks_of_test_sets,
)
from vibench.pipeline.training import (
    Source,
    given,
    learning_curve_tasks,
    split_tasks,
    training_tasks,
)
from vibench.report.scores import HARMONIC, NOISE_FLOOR
from vibench.vibrations.recipe import VibrationsRecipe


def build_tasks(study: Study, *, data_at_hand: bool = True) -> list[Task]:
    """Return all tasks of a study.

    Parameters
    ----------
    study
        The study.
    data_at_hand
        Whether a file of labelled structures must be there; else its declared path stands for it.

    Raises
    ------
    InputError
        If a file is not there; the message names its key and path.
    """
    return _Builder(study, data_at_hand=data_at_hand).tasks


class _Builder:
    """Adds tasks group by group; each method's tasks use those of the methods before it."""

    def __init__(self, study: Study, *, data_at_hand: bool) -> None:
        self.study = study
        self.tasks: list[Task] = []
        self.molecules = (*study.data.molecules, *study.data.unseen)
        self.members = [member for model in study.models for member in model.members]
        self.reference, self.truth = None, None
        if study.reference is not None:
            self.reference = potential_name(study.reference)
            self.truth = given(study.reference, self.reference)
        # The reference where it has spectra of its own.
        self.moving = self.reference if study.reference_dynamics.run else None
        self._reference_minima()
        # First what takes longest: processes train models beside it.
        self._reference_dynamics()
        self.tasks += data_tasks(study, self.truth, data_at_hand=data_at_hand)
        self.tasks += [*tasks_of_test_sets(study), *split_tasks(study)]
        for model in study.models:
            for place, member in enumerate(model.members):
                self._model(member, place)
        self.tasks += [*correlation_tasks(study), *learning_curve_tasks(study)]
        self.tasks += active_learning_tasks(study)
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
        self.tasks.append(make_task(stage, name, recipe, inputs, files))
        return name

    def _reference_minima(self) -> None:
        if self.truth is not None:
            for molecule in self.molecules:
                self._vibrations(molecule, self.truth)

    def _reference_dynamics(self) -> None:
        """Dynamics of the reference method, and a second, independent one."""
        truth = self.truth
        if truth is None or self.moving is None:
            return
        own = self.study.reference_dynamics
        repeat = replace(truth, name=f"{REPEAT} {truth.name}")
        for molecule in self.molecules:
            dynamics = self.study.dynamics_of(molecule.name)
            if dynamics is None:
                return
            # Random numbers of their own: models use those of the study's seed, and runs that
            # are compared must be independent.
            first = own.of(dynamics)
            second = first.model_copy(update={"seed": first.seed + 1})
            self._dynamics(molecule, truth, first)
            if own.repeat:
                self._dynamics(molecule, repeat, second)

    def _model(self, model: ModelRecipe, place: int) -> None:
        """Train a model, judge it on held-out structures, and let it vibrate and move.

        Trainings of one model, counted by *place*, have random numbers of their own in dynamics:
        the spread between them then holds all noise of trajectories.
        """
        source, trainings = training_tasks(model)
        self.tasks += trainings
        inputs = judged_by(self.study)
        if inputs:
            named = None if potential_name(source.recipe) == model.name else model.name
            recipe = EvaluateStage(potential=source.recipe, name=named)
            self._add("evaluate", (model.name,), recipe, source.inputs | inputs, source.files)
        for molecule in self.molecules:
            self._vibrations(molecule, source)
            self._checks(molecule, source)
            dynamics = self.study.dynamics_of(molecule.name)
            if dynamics is not None:
                # The reference and its repeat have the next two seeds.
                shifted = dynamics.seed + (place + 2 if place else 0)
                own = dynamics.model_copy(update={"seed": shifted})
                self._dynamics(molecule, source, own)
        start_of = self.reference or source.name
        self.tasks += robustness_tasks(self.study, source, self.molecules, start_of)

    def _vibrations(self, molecule: MoleculeRecipe, source: Source) -> None:
        vibrations = self.study.vibrations
        recipe = VibrationsStage(
            molecule=molecule,
            potential=source.in_precision(vibrations.dtype),
            vibrations=vibrations,
            conformers=self.study.data.conformers,
        )
        inputs = dict(source.inputs)
        if self.reference is not None and source.name != self.reference:
            inputs["start"] = task_name("vibrations", self.reference, molecule.name)
        self._add("vibrations", (source.name, molecule.name), recipe, inputs, source.files)

    def _checks(self, molecule: MoleculeRecipe, source: Source) -> None:
        """Make vibrations of a model once more in another way, where the study asks for it."""
        study, vibrations = self.study, self.study.vibrations
        if study.hessian_check:
            automatic = vibrations.hessian == "automatic"
            method = "finite-difference" if automatic else "automatic"
            other = vibrations.model_copy(update={"hessian": method})
            self._check(molecule, source, f"{method} Hessian", other)
        if study.precision_check:
            dtype = "float32" if vibrations.dtype == "float64" else "float64"
            other = vibrations.model_copy(update={"dtype": dtype})
            self._check(molecule, source, dtype, other)

    def _check(
        self, molecule: MoleculeRecipe, source: Source, way: str, other: VibrationsRecipe
    ) -> None:
        """Make vibrations from the same minimum with *other* settings, and compare."""
        minima = task_name("vibrations", source.name, molecule.name)
        about = f"{source.name}, {way}"
        potential = source.in_precision(other.dtype)
        recipe = VibrationsStage(molecule=molecule, potential=potential, vibrations=other)
        inputs = source.inputs | {"start": minima}
        self._add("vibrations", (about, molecule.name), recipe, inputs, source.files)
        self._frequencies(about, source.name, molecule.name)
        if self.reference is not None:
            self._frequencies(about, self.reference, molecule.name)

    def _dynamics(self, molecule: MoleculeRecipe, source: Source, dynamics: DynamicsRecipe) -> None:
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
        names = tuple(molecule.name for molecule in self.molecules)
        sources = models if self.reference is None else [*models, self.reference]
        for molecule in names:
            self._against_observation(sources, molecule)
            if self.reference is not None:
                for model in models:
                    self._frequencies(model, self.reference, molecule)
            if self.moving is not None:
                for model in models:
                    self._comparison(model, self.moving, molecule)
                self._noise_floor(self.moving, molecule)
                self._harmonic_standard(self.moving, self.moving, molecule)
        for source in filter(self._moves, sources):
            self._retrieval(source, "measured", tuple(self.study.measured))
        if self.moving is not None:
            for model in models:
                self._retrieval(model, self.moving, names)

    def _moves(self, source: str) -> bool:
        """Tell whether there are dynamics of a model or of the reference."""
        return source != self.reference or self.moving is not None

    def _against_observation(self, sources: list[str], molecule: str) -> None:
        for source in sources:
            if molecule in self.study.observed:
                self._fundamentals(source, molecule)
            if molecule in self.study.measured:
                if self._moves(source):
                    self._comparison(source, "measured", molecule)
                self._harmonic_standard(source, "measured", molecule)

    def _rankings(self) -> None:
        """Models against each other: by the reference, and by what was measured."""
        if self.study.dynamics is None or len(self.study.models) < 2:
            return
        names = [molecule.name for molecule in self.molecules]
        if self.moving is not None:
            truths = {name: task_name("spectra", self.moving, name) for name in names}
            self._ranking(self.moving, truths, self.study.dynamics)
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
        moves = self.study.dynamics is not None and self._moves(candidate)
        recipe = FundamentalsStage(
            candidate=candidate,
            molecule=molecule,
            fundamentals_cm1=self.study.observed[molecule].fundamentals_cm1,
            temperatures_k=self.study.temperatures_k(molecule) if moves else (),
            spectrum=self.study.spectra,
            bands=self.study.bands,
        )
        inputs = {"modes": task_name("vibrations", candidate, molecule)}
        if moves:
            inputs["dynamics"] = task_name("dynamics", candidate, molecule)
        self._add("fundamentals", (candidate, molecule), recipe, inputs)

    def _noise_floor(self, reference: str, molecule: str) -> None:
        """Compare the reference with itself: what a perfect model would score."""
        if self.study.reference_dynamics.repeat:
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
        if self.study.dynamics is None:
            return
        recipe = CompareStage(
            candidate=named or candidate,
            reference=reference,
            molecule=molecule,
            dataset=dataset,
            compare=self.study.compare,
            temperatures_k=self.study.temperatures_k(molecule),
        )
        inputs = {
            "candidate": task_name("spectra", candidate, molecule),
            "reference": _spectrum_task(reference, molecule),
        }
        self._add("compare", (candidate, reference, molecule), recipe, inputs)

    def _harmonic_standard(self, source: str, reference: str, molecule: str) -> None:
        """Compare the harmonic spectrum of *source*: what is to be had without dynamics."""
        if self.study.dynamics is None:
            return
        whole = {"regions": {}, "bands": False, "widths_cm1": ()}
        recipe = CompareStage(
            candidate=source,
            reference=reference,
            molecule=molecule,
            dataset=HARMONIC,
            compare=self.study.compare.model_copy(update=whole),
            temperatures_k=self.study.temperatures_k(molecule),
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
