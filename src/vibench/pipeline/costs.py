"""What the costly tasks of a study took, gathered from their records."""

from collections.abc import Iterator, Mapping

from vibench.pipeline.potentials import potential_name
from vibench.pipeline.study import ModelRecipe, Study
from vibench.pipeline.tasks import REPEAT, curve_point, dipole_part
from vibench.report.results import Cost
from vibench.store.artefacts import Artefact

_COSTLY = ("label", "test-set", "train", "dynamics")


def model_parts(model: ModelRecipe) -> tuple[str, ...]:
    """Return the names under which the parts of a model are trained."""
    if model.potential is not None:
        return ()
    return (model.name,) if model.dipole is None else (model.name, dipole_part(model.name))


def gathered_costs(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[Cost]:
    """Yield what labels, trainings and dynamics took when they were made.

    Labels count for the reference, parts of a model, its seeds and its repetitions for the whole.
    """
    owners = _owners(study)
    for name, artefact in artefacts.items():
        stage, _, about = name.partition(" · ")
        if stage not in _COSTLY:
            continue
        subject = about.partition(" · ")[0]
        owner = owners.get("label" if stage == "label" else subject, (subject, None))
        observed = artefact.record.observed
        outcome = observed["outcome"]
        numbers = [f"{key.replace('_', ' ')} {value}" for key, value in outcome.items()]
        # Processes are for reference methods; networks have threads alone.
        processes = 1 if stage == "train" else observed.get("processes", 1)
        yield Cost(
            what=stage,
            model=owner[0],
            wall_s=observed["wall_s"],
            peak_memory_mib=observed["peak_memory_mib"],
            detail=", ".join([about, *numbers[1:]]),
            cores=observed["threads"] * processes,
            device=observed.get("device", "cpu"),
            parameters=outcome.get("parameters"),
            training_structures=owner[1],
        )


def _owners(study: Study) -> dict[str, tuple[str, int | None]]:
    """Return subject of a task → the potential it is for, and structures of a learning curve."""
    owners: dict[str, tuple[str, int | None]] = {}
    curve = study.learning_curve
    for model in study.models:
        for part in [part for member in model.members for part in model_parts(member)]:
            owners[part] = (model.name, None)
            for count in () if curve is None else curve.structures:
                owners[curve_point(part, count)] = (model.name, count)
    if study.reference is not None:
        reference = potential_name(study.reference)
        owners |= dict.fromkeys(("label", f"{REPEAT} {reference}"), (reference, None))
    return owners
