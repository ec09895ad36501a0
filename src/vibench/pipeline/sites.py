"""Sites: where the tasks of a study run, and how many of them at a time."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vibench.pipeline.executors import InProcess, Processes
from vibench.pipeline.machine import available_memory_mib
from vibench.pipeline.needs import MemoryNeeds
from vibench.pipeline.site_recipes import ParslRecipe, ProcessesRecipe, SiteRecipe
from vibench.pipeline.tasks import Resources, Task
from vibench.pipeline.worker import run_task
from vibench.store.artefacts import Artefact


class Site(Protocol):
    """Where tasks run."""

    @property
    def workers(self) -> int:
        """Number of tasks that it can run at a time."""

    def has_room(self, task: Task, running: Collection[Task]) -> bool:
        """Tell whether *task* may start beside those that are *running*."""

    def submit(self, task: Task, root: Path, inputs: Mapping[str, Artefact]) -> Future[Artefact]:
        """Start *task*, with its results below *root*.

        The future fails with `WorkerLostError` if whatever ran the task is gone.
        """

    def ended(self, task: Task, artefact: Artefact) -> None:
        """Learn what *task* took."""

    def close(self, *, wait: bool) -> None:
        """End all workers, after they have finished or at once."""


@contextmanager
def closing(site: Site) -> Iterator[Site]:
    """End the workers of *site* when the block ends; do not wait for them if it fails."""
    try:
        yield site
    except BaseException:
        site.close(wait=False)
        raise
    site.close(wait=True)


@dataclass(slots=True)
class LocalSite:
    """The machine at hand: one task for each worker, as long as there is memory."""

    executor: Executor
    workers: int
    resources: Resources
    memory: MemoryNeeds

    def has_room(self, task: Task, running: Collection[Task]) -> bool:
        """Tell whether a worker and the memory for *task* are free; one task always has room."""
        if len(running) >= self.workers:
            return False
        return not running or self.memory.fits([task, *running])

    def submit(self, task: Task, root: Path, inputs: Mapping[str, Artefact]) -> Future[Artefact]:
        """Start *task* in a process of its own, or run it at once in this one."""
        return self.executor.submit(run_task, task, root, dict(inputs), self.resources)

    def ended(self, task: Task, artefact: Artefact) -> None:
        """Learn how much memory tasks like *task* need."""
        self.memory.learn(task, artefact.record.observed["peak_memory_mib"])

    def close(self, *, wait: bool) -> None:
        """End all processes, after they have finished or at once."""
        self.executor.shutdown(wait=wait, cancel_futures=True)


def open_site(recipe: SiteRecipe, workers: int, resources: Resources, runs: Path) -> Site:
    """Return the site that *recipe* describes.

    Parameters
    ----------
    recipe
        What is asked for.
    workers, resources
        Number of tasks at a time on this machine, and what each of them may use.
    runs
        Where results are kept; Parsl writes its logs there.
    """
    match recipe:
        case ProcessesRecipe():
            return on_this_machine(workers, resources)
        case ParslRecipe():
            # Parsl is an optional package, and slow to import.
            from vibench.pipeline.parsl_site import ParslSite

            return ParslSite(recipe, resources, runs)
        case _:
            return in_process(resources)


def in_process(resources: Resources) -> LocalSite:
    """Return the site that runs one task after the other in this process."""
    return LocalSite(InProcess(), 1, resources, MemoryNeeds(available_memory_mib()))


def on_this_machine(workers: int, resources: Resources) -> LocalSite:
    """Return the site that runs tasks in that many processes of this machine."""
    executor = Processes(workers, resources.threads)
    return LocalSite(executor, workers, resources, MemoryNeeds(available_memory_mib()))
