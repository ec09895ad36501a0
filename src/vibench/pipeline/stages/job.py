"""Job: a task at work, with its inputs, its folder and its share of the machine."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from vibench.core.dataset import Dataset
from vibench.core.protocols import Potential, Progress
from vibench.pipeline.potentials import AnyPotentialRecipe, open_potential
from vibench.pipeline.stages.names import DATASET, WEIGHTS, is_model_role
from vibench.pipeline.tasks import Resources, Task
from vibench.store.artefacts import Artefact, Workspace


@dataclass(frozen=True, slots=True)
class Job:
    """All that a stage is given besides its recipe."""

    task: Task
    inputs: Mapping[str, Artefact]
    """Role → result of another task."""
    workspace: Workspace
    """Where the result and the checkpoints go."""
    progress: Progress
    resources: Resources

    @property
    def roles(self) -> list[str]:
        """Roles of all inputs, results of tasks and foreign files alike."""
        return [*self.task.inputs, *self.task.files]

    def path(self, role: str, name: str) -> Path:
        """Return the file *name* of the input called *role*, or the foreign file given for it."""
        if role in self.task.files:
            return Path(self.task.files[role])
        return self.inputs[role].file(name)

    def optional_path(self, role: str, name: str) -> Path | None:
        """Return the path of an input that a task may do without."""
        return self.path(role, name) if role in self.roles else None

    def dataset(self, role: str) -> Dataset:
        """Return the labelled structures of the input called *role*; foreign files are guarded."""
        from vibench.store.hdf5 import read_foreign_hdf5, read_hdf5

        read = read_foreign_hdf5 if role in self.task.files else read_hdf5
        return read(self.path(role, DATASET), Dataset)

    def potential(self, recipe: AnyPotentialRecipe) -> AbstractContextManager[Potential]:
        """Open the potential that *recipe* describes; trained models are inputs of the job."""
        files = {role: self.path(role, WEIGHTS) for role in self.roles if is_model_role(role)}
        return open_potential(recipe, files, self.resources)


type Outcome = dict[str, object]
"""What a stage observed: ``text`` for people, numbers for the report."""
