"""Tasks that test how robust a model is: constant energy, and heat."""

from collections.abc import Sequence

from vibench.data.recipes import MoleculeRecipe
from vibench.pipeline.stages.recipes import DriftStage, DynamicsStage
from vibench.pipeline.study import Study
from vibench.pipeline.tasks import Task, make_task, task_name
from vibench.pipeline.training import Source

NVE = "constant energy"
"""What trajectories at constant energy are called in the names of tasks."""
HOT = "hot"
"""What hot trajectories are called in the names of tasks."""


def robustness_tasks(
    study: Study, source: Source, molecules: Sequence[MoleculeRecipe], start_of: str
) -> list[Task]:
    """Return the tasks that test one model; none if the study does not ask for them.

    Parameters
    ----------
    study, source
        The study and the model.
    molecules
        All molecules of the study.
    start_of
        Name of the potential from whose minima trajectories start.
    """
    asked, dynamics = study.robustness, study.dynamics
    if asked is None or dynamics is None:
        return []
    chosen = asked.of([molecule.name for molecule in molecules])
    tasks = []
    for molecule in molecules:
        if molecule.name not in chosen:
            continue
        start = {"start": task_name("vibrations", start_of, molecule.name)}
        for kind, motion in ((NVE, asked.nve(dynamics)), (HOT, asked.hot(dynamics))):
            moved = DynamicsStage(molecule=molecule, potential=source.recipe, dynamics=motion)
            name = task_name("dynamics", source.name, molecule.name, kind)
            tasks.append(make_task("dynamics", name, moved, source.inputs | start, source.files))
        drift = DriftStage(candidate=source.name, molecule=molecule.name)
        moved_name = task_name("dynamics", source.name, molecule.name, NVE)
        name = task_name("drift", source.name, molecule.name)
        tasks.append(make_task("drift", name, drift, {"dynamics": moved_name}))
    return tasks
