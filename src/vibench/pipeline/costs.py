"""What the costly tasks of a study took, gathered from their records."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vibench.core.reliability import committee_name
from vibench.pipeline.potentials import potential_name
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import REPEAT, curve_point, dipole_part, round_part
from vibench.pipeline.test_set_tasks import moving_for
from vibench.report.results import Cost
from vibench.store.artefacts import Artefact

_COSTLY = ("label", "acquire", "test-set", "train", "explore", "dynamics")
_OF_REFERENCE = ("label", "acquire", "test-set")
_OF_NETWORKS = ("train", "retrain", "explore")


class _Owner(NamedTuple):
    """What a task is for."""

    model: str
    training_structures: int | None = None
    what: str | None = None
    """The work, if it is not called as the stage is."""
    has_size: bool = True
    """Whether its parameters are those of the model: one training with one seed, not of a round."""


def model_parts(model: ModelRecipe) -> tuple[str, ...]:
    """Return the names under which the parts of a model are trained."""
    if model.potential is not None:
        return ()
    return (model.name,) if model.dipole is None else (model.name, dipole_part(model.name))


def core_hours(artefact: Artefact) -> float:
    """Return the processor time of a result in hours.

    Of records that lack it, the wall time times the cores that worked at it.
    """
    observed = artefact.record.observed
    if "processor_s" in observed:
        return float(observed["processor_s"]) / 3600
    # Processes are for reference methods; networks have threads alone.
    of_network = artefact.record.identity.stage in _OF_NETWORKS
    cores = observed["threads"] * (1 if of_network else observed.get("processes", 1))
    return float(observed["wall_s"] * cores / 3600)


def gathered_costs(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[Cost]:
    """Yield what labels, trainings and dynamics took when they were made.

    Labels count for the reference, parts of a model, its seeds and its repetitions for the whole.
    What several tasks of one model share counts once, for the model rather than for a round of
    active learning; what two models share counts for each.
    """
    owners = _owners(study)
    counted: set[tuple[Path, str]] = set()
    found: list[tuple[str, Artefact, _Owner]] = []
    for name, artefact in artefacts.items():
        stage, _, about = name.partition(" · ")
        if stage in _COSTLY:
            subject = about.partition(" · ")[0]
            key = stage if stage in _OF_REFERENCE else subject
            found.append((name, artefact, owners.get(key, _Owner(subject))))
    for name, artefact, owner in sorted(found, key=lambda one: one[-1].what is not None):
        if (artefact.folder, owner.model) in counted:
            continue
        counted.add((artefact.folder, owner.model))
        stage, _, about = name.partition(" · ")
        observed = artefact.record.observed
        outcome = observed["outcome"]
        numbers = [
            f"{key.replace('_', ' ')} {value}"
            for key, value in outcome.items()
            if isinstance(value, int | float)
        ]
        device = observed.get("device", "cpu")
        yield Cost(
            what=owner.what or stage,
            model=owner.model,
            hours=core_hours(artefact) if device == "cpu" else observed["wall_s"] / 3600,
            wall_s=observed["wall_s"],
            peak_memory_mib=observed["peak_memory_mib"],
            detail=", ".join([about, *numbers]),
            device=device,
            parameters=outcome.get("parameters") if owner.has_size else None,
            training_structures=owner.training_structures,
        )


def _owners(study: Study) -> dict[str, _Owner]:
    """Return subject of a task → what it is for."""
    owners: dict[str, _Owner] = {}
    curve, active = study.learning_curve, study.active_learning
    for model in study.models:
        for place, member in enumerate(model.members):
            for part in model_parts(member):
                owners[part] = _Owner(model.name, has_size=place == 0)
                for count in () if curve is None else curve.structures:
                    owners[curve_point(part, count)] = _Owner(model.name, count)
    owners |= _of_reference(study)
    if active is not None:
        model = next(model for model in study.models if model.name == active.model)
        parts = [part for member in model.members for part in model_parts(member)]
        for round_ in range(1, active.rounds + 1):
            for part in (*parts, committee_name(model.name)):
                owners[round_part(part, round_)] = _Owner(
                    model.name, what="active learning", has_size=False
                )
    return owners


def _of_reference(study: Study) -> dict[str, _Owner]:
    """Return what is done by the reference, its labels and its dynamics."""
    if study.reference is None:
        return {}
    reference = potential_name(study.reference)
    moving = [moving_for(study.reference, one) for one in study.test_sets]
    owners = dict.fromkeys(("label", f"{REPEAT} {reference}", *moving), _Owner(reference))
    return owners | dict.fromkeys(("acquire", "test-set"), _Owner(reference, what="label"))
