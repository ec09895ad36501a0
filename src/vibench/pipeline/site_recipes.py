"""Recipes of sites: where a study runs is said beside the study, never in it."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from vibench.core.errors import unknown_name
from vibench.core.recipe import Recipe
from vibench.pipeline.parsing import parse
from vibench.pipeline.short_forms import read_toml


class InProcessRecipe(Recipe):
    """One task after the other in the process of the command, for debuggers and profilers."""

    kind: Literal["in-process"] = "in-process"


class ProcessesRecipe(Recipe):
    """Processes of this machine, as many as ``--workers`` says."""

    kind: Literal["processes"] = "processes"


class NodesRecipe(Recipe):
    """Nodes of one kind, how they are got, and how many tasks each of them runs."""

    provider: Literal["local", "slurm", "kubernetes"] = "local"
    """Who gives nodes: this machine itself, Slurm, or Kubernetes."""
    tasks_per_node: int = Field(1, ge=1)
    """Tasks that a node without GPUs runs at a time."""
    threads_per_task: int = Field(1, ge=1)
    """Threads of numerical libraries."""
    memory_per_task_gib: float | None = Field(None, gt=0)
    """Memory of a task in GiB; fewer tasks run on a node that has less for each."""
    gpus: tuple[str, ...] = ()
    """Names of the GPUs of a node as in ``CUDA_VISIBLE_DEVICES``, e.g. ``["0", "1"]``."""
    tasks_per_gpu: int = Field(1, ge=1)
    """Tasks that share a GPU; small networks leave it idle by themselves."""
    nodes_per_block: int = Field(1, ge=1)
    """Nodes of one job."""
    blocks: int = Field(1, ge=1)
    """Largest number of jobs (pods, with Kubernetes) at a time."""
    walltime: str = Field("24:00:00", pattern=r"\d+:\d\d:\d\d")
    """Time limit of a job; what runs then goes on in the next one."""
    partition: str | None = None
    """Partition of Slurm."""
    account: str | None = None
    """Account of Slurm."""
    qos: str | None = None
    """Quality of service of Slurm."""
    constraint: str | None = None
    """Constraint on nodes of Slurm."""
    scheduler_options: str = ""
    """Further lines of the job script, e.g. ``#SBATCH --gres=gpu:4``."""
    before: str = ""
    """Shell commands that make vibench available on a node, e.g. ``source .venv/bin/activate``."""
    address: str | None = None
    """Name or address by which nodes reach this machine; found by itself if not given."""
    image: str | None = None
    """Container image with vibench, for Kubernetes."""
    namespace: str = "default"
    """Namespace of Kubernetes."""
    volumes: tuple[tuple[str, str], ...] = ()
    """Persistent volume claims and where each is mounted, for Kubernetes; RUNS must be on one."""
    lost_after_s: int = Field(120, ge=10)
    """Silence in s after which a node is taken for lost and its tasks are run elsewhere."""

    @property
    def workers_per_node(self) -> int:
        """Number of tasks that a node runs at a time."""
        return len(self.gpus) * self.tasks_per_gpu if self.gpus else self.tasks_per_node

    @property
    def workers(self) -> int:
        """Largest number of tasks at a time."""
        return self.workers_per_node * self.nodes_per_block * self.blocks


class ParslRecipe(Recipe):
    """Nodes of a cluster, or of this machine, through Parsl; all of them must see RUNS."""

    kind: Literal["parsl"] = "parsl"
    cpu: NodesRecipe = NodesRecipe()
    """Nodes of tasks without networks, and of all tasks if there is no `gpu`."""
    gpu: NodesRecipe | None = None
    """Nodes of tasks that train or use a network."""

    @property
    def kinds(self) -> dict[str, NodesRecipe]:
        """The kinds of nodes by name."""
        return {"cpu": self.cpu} | ({} if self.gpu is None else {"gpu": self.gpu})


type SiteRecipe = InProcessRecipe | ProcessesRecipe | ParslRecipe

_KINDS: Final[dict[str, type[InProcessRecipe | ProcessesRecipe | ParslRecipe]]] = {
    "processes": ProcessesRecipe,
    "in-process": InProcessRecipe,
    "parsl": ParslRecipe,
}


def read_site(text: str) -> SiteRecipe:
    """Return the site that *text* names, or that the TOML file of this name describes.

    Raises
    ------
    InputError
        If there is no such site or file, or the file says something that cannot be used.
    """
    if not text.endswith(".toml"):
        return _kind(text, f"site {text!r}")()
    content = read_toml(Path(text))
    kind = _kind(str(content.get("kind")), text)
    return parse(kind, content, text)


def _kind(name: str, source: str) -> type[InProcessRecipe | ProcessesRecipe | ParslRecipe]:
    if name not in _KINDS:
        raise unknown_name(f"kind of site ({source})", name, [*_KINDS])
    return _KINDS[name]
