"""The price of a study before it runs: how much work of which kind, from declared numbers alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from vibench.core.errors import InputError
from vibench.data.paths import data_sources
from vibench.data.recipes import LabelRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.stages.recipes import sampling_motion
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.training import curve_models

type Kind = Literal[
    "labels",
    "sampling",
    "active learning",
    "exploration",
    "training",
    "learning curve",
    "dynamics",
    "robustness",
]

UNITS: dict[Kind, str] = {
    "labels": "evaluations",
    "sampling": "molecule-steps",
    "active learning": "structure passes",
    "exploration": "molecule-steps",
    "training": "structure passes",
    "learning curve": "structure passes",
    "dynamics": "molecule-steps",
    "robustness": "molecule-steps",
}
"""Kind of work → what it is counted in. A structure pass is one structure in one optimiser step; a
molecule-step one evaluation of one molecule in dynamics."""


@dataclass(frozen=True, slots=True)
class Work:
    """Some work of a study."""

    kind: Kind
    """What is done."""
    potential: str
    """With which model or method."""
    part: Literal["whole", "dipole", "sampler"]
    """Whether it is for the second model that gives a dipole, or with the method that samples."""
    amount: int | None
    """How much, in the unit of its kind, at most: trainings may stop earlier. None where the number
    of structures is not known."""


def price(study: Study) -> list[Work]:
    """Return the work of a study by kind and potential; no file is needed."""
    return [*_reference_work(study), *_model_work(study)]


def price_notes(study: Study) -> list[str]:
    """Return what the reader of a price should know, one sentence each."""
    notes, file = [], study.data.file
    if file is not None:
        try:
            data_sources(file.sources())
        except InputError as error:
            notes.append(
                f"the data are not at hand ({error}): this plan reckons with what is declared, and "
                "the study cannot run without them"
            )
        if file.structures is None:
            notes.append(
                "the number of structures is not declared, so trainings have no price: add "
                "data.file.structures"
            )
    count = _molecules(study)
    notes.append(
        f"dynamics are of {count} molecule{'s' if count > 1 else ''}; epochs are an upper bound, "
        "as trainings may stop earlier; minima, second derivatives and comparisons are not priced"
    )
    return notes


def structures(study: Study) -> int | None:
    """Return the number of labelled structures to learn from, labelled here or declared."""
    data = study.data
    if data.file is not None:
        return data.file.structures
    if data.label is None:
        return None
    return len(data.molecules) * _per_molecule(data.label) + _acquired(study)


def _acquired(study: Study, rounds: int | None = None) -> int:
    """Return the structures that all rounds of active learning add at most, or the first few."""
    active = study.active_learning
    if active is None:
        return 0
    count = active.rounds if rounds is None else rounds
    return count * active.structures_per_round * len(study.data.molecules)


def _per_molecule(label: LabelRecipe) -> int:
    return len(label.temperatures_k) * label.structures_per_temperature


def _sampling_steps(label: LabelRecipe) -> int:
    """Return the molecule-steps of the dynamics that structures of one molecule are from."""
    motion = sampling_motion(label)
    steps = (motion.equilibration_fs + motion.production_fs) / motion.time_step_fs
    return round(len(motion.temperatures_k) * motion.replicas * steps)


def _reference_work(study: Study) -> Iterator[Work]:
    reference, label = study.reference, study.data.label
    if reference is None:
        return
    name, molecules = potential_name(reference), _molecules(study)
    if label is not None:
        yield Work("labels", name, "whole", molecules * _per_molecule(label) + _acquired(study))
        sampler = study.data.sampler
        if label.from_dynamics:
            steps = molecules * _sampling_steps(label)
            if sampler is None:
                yield Work("sampling", name, "whole", steps)
            else:
                yield Work("sampling", potential_name(sampler), "sampler", steps)
    own = study.reference_dynamics
    if study.dynamics is not None and own.run:
        runs = 2 if own.repeat else 1
        yield Work("dynamics", name, "whole", runs * _molecule_steps(study, own.of))


def _model_work(study: Study) -> Iterator[Work]:
    curve, total = study.learning_curve, structures(study)
    with_curve = [] if curve is None else [model.name for model in curve_models(study, curve)]
    yield from _active_work(study)
    for model in study.models:
        for part, training in _trainings(model):
            count = None if total is None else _training_structures(study, model, total)
            passes = None if count is None else model.seeds * training * count
            yield Work("training", model.name, part, passes)
            if curve is not None and model.name in with_curve:
                extra = None
                if count is not None:
                    same = curve.budget == "steps"
                    extra = sum(training * (count if same else n) for n in curve.structures)
                yield Work("learning curve", model.name, part, extra)
        if study.dynamics is not None:
            steps = model.seeds * _molecule_steps(study)
            yield Work("dynamics", model.name, "whole", steps)
            yield from _robustness_work(study, model, study.dynamics)


def _active_work(study: Study) -> Iterator[Work]:
    """Yield the trainings of all rounds of active learning, and the dynamics of its committee."""
    active, total = study.active_learning, structures(study)
    if active is None or total is None:
        return
    model = next(model for model in study.models if model.name == active.model)
    lacking = [_acquired(study) - _acquired(study, round_) for round_ in range(active.rounds)]
    for part, epochs in _trainings(model):
        counts = [_training_structures(study, model, total, less) for less in lacking]
        yield Work("active learning", model.name, part, model.seeds * epochs * sum(counts))
    motion = active.motion(1)
    runs = len(study.data.molecules) * len(motion.temperatures_k) * motion.replicas
    steps = active.rounds * runs * motion.total_steps
    yield Work("exploration", model.name, "whole", model.seeds * steps)


def _trainings(model: ModelRecipe) -> Iterator[tuple[Literal["whole", "dipole"], int]]:
    """Yield the parts of a model that are trained, with their epochs."""
    if model.potential is None:
        yield "whole", model.training.epochs
        if model.dipole is not None:
            yield "dipole", model.dipole.training.epochs


def _training_structures(study: Study, model: ModelRecipe, total: int, lacking: int = 0) -> int:
    """Return how many of *total* structures are for training.

    Of those that active learning adds, *lacking* are not there yet.
    """
    active, acquired = study.active_learning, _acquired(study)
    share, first = (model.split or study.data.split).train, total - acquired
    count = round(share * first) if share < 1 else int(share)
    if active is None:
        return count
    return count + round((1 - active.validation_share) * (acquired - lacking))


def _molecules(study: Study) -> int:
    return len(_names(study))


def _names(study: Study) -> list[str]:
    return [molecule.name for molecule in (*study.data.molecules, *study.data.unseen)]


def _molecule_steps(
    study: Study, changed: Callable[[DynamicsRecipe], DynamicsRecipe] | None = None
) -> int:
    """Return the molecule-steps of dynamics for spectra of all molecules, with *changed* settings.

    Each molecule has its own temperatures.
    """
    motions = [motion for name in _names(study) if (motion := study.dynamics_of(name)) is not None]
    return sum(map(_steps, motions if changed is None else map(changed, motions)))


def _steps(motion: DynamicsRecipe) -> int:
    return len(motion.temperatures_k) * motion.replicas * motion.total_steps


def _robustness_work(study: Study, model: ModelRecipe, dynamics: DynamicsRecipe) -> Iterator[Work]:
    asked = study.robustness
    if asked is not None:
        steps = _steps(asked.nve(dynamics)) + _steps(asked.hot(dynamics))
        count = len(asked.of(_names(study)))
        yield Work("robustness", model.name, "whole", model.seeds * count * steps)
