"""Parsl: tasks on the nodes of a cluster, or in processes that Parsl starts on this machine."""

import os
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import MissingDependencyError, TaskError, VibenchError, WorkerLostError
from vibench.core.files import make_folder
from vibench.pipeline.needs import uses_network
from vibench.pipeline.site_recipes import NodesRecipe, ParslRecipe
from vibench.pipeline.tasks import Resources, Task
from vibench.pipeline.worker import run_task_in
from vibench.store.artefacts import Artefact

LOG_FOLDER: Final = ".parsl"
"""Folder inside RUNS where Parsl writes its logs."""
_LOOPBACK: Final = "127.0.0.1"
_LOST: Final = frozenset({"WorkerLost", "ManagerLost"})


class ParslSite:
    """Nodes with and without GPUs, each kind an executor of Parsl."""

    def __init__(self, recipe: ParslRecipe, resources: Resources, runs: Path) -> None:
        """Start Parsl.

        Raises
        ------
        MissingDependencyError
            If Parsl is not installed.
        """
        self._recipe, self._resources = recipe, resources
        self._kernel, self._executors = _start(recipe, make_folder(runs / LOG_FOLDER))

    @property
    def workers(self) -> int:
        """Number of tasks that all nodes together can run at a time."""
        return sum(nodes.workers for nodes in self._recipe.kinds.values())

    def has_room(self, task: Task, running: Collection[Task]) -> bool:
        """Tell that *task* may be handed over: Parsl queues what cannot run yet."""
        return True

    def submit(self, task: Task, root: Path, inputs: Mapping[str, Artefact]) -> Future[Artefact]:
        """Hand *task* over to nodes of its kind."""
        label = "gpu" if "gpu" in self._recipe.kinds and uses_network(task) else "cpu"
        inner = self._executors[label].submit(
            run_task_in, Path.cwd(), task, root, dict(inputs), self._share(label)
        )
        future: Future[Artefact] = Future()
        future.set_running_or_notify_cancel()
        inner.add_done_callback(partial(_settle, future))
        return future

    def ended(self, task: Task, artefact: Artefact) -> None:
        """Learn nothing: what a node has room for is said in the recipe."""

    def close(self, *, wait: bool) -> None:
        """End all nodes; whoever must not wait has tasks running, which go on from checkpoints."""
        self._kernel.cleanup()

    def _share(self, label: str) -> Resources:
        kinds = self._recipe.kinds
        device = self._resources.device if label == "gpu" or "gpu" not in kinds else "cpu"
        threads = kinds[label].threads_per_task
        return replace(self._resources, threads=threads, workers=1, device=device)


def _settle(future: Future[Artefact], inner: Future[Artefact]) -> None:
    """Pass on how a task ended, in the words of vibench."""
    error = inner.exception()
    if error is None:
        future.set_result(inner.result())
    elif isinstance(error, VibenchError):
        future.set_exception(error)
    elif type(error).__name__ in _LOST:
        future.set_exception(WorkerLostError(str(error)))
    elif type(error).__module__.startswith("parsl"):
        future.set_exception(TaskError(f"Parsl could not run it: {error}"))
    else:
        future.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Parsl:
    """The parts of Parsl that are used; it is an optional package."""

    kernel: Any
    config: Any
    pool: Any
    executor: Any
    providers: Any
    launcher: Any


def _load() -> _Parsl:
    try:
        return _Parsl(
            import_module("parsl.dataflow.dflow").DataFlowKernel,
            import_module("parsl.config").Config,
            import_module("parsl.concurrent").ParslPoolExecutor,
            import_module("parsl.executors").HighThroughputExecutor,
            import_module("parsl.providers"),
            import_module("parsl.launchers").SrunLauncher,
        )
    except ImportError as error:
        raise MissingDependencyError("parsl", "parsl") from error


def _start(recipe: ParslRecipe, logs: Path) -> tuple[Any, dict[str, Any]]:
    """Start Parsl; return its kernel and the executor of each kind of nodes."""
    parsl = _load()
    # Parsl finds its own programs by PATH, which need not lead into this environment.
    here = str(Path(sys.executable).parent)
    if here not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((here, os.environ["PATH"]))
    kernel = parsl.kernel(parsl_config(recipe, logs))
    return kernel, {kind: parsl.pool(dfk=kernel, executors=[kind]) for kind in recipe.kinds}


def parsl_config(recipe: ParslRecipe, logs: Path) -> Any:
    """Return Parsl's configuration for *recipe*, with logs in the folder *logs*."""
    parsl = _load()
    return parsl.config(
        executors=[_executor(parsl, kind, nodes, logs) for kind, nodes in recipe.kinds.items()],
        run_dir=str(logs),
        retries=0,  # vibench repeats tasks itself, from their checkpoints
        strategy="simple",
        initialize_logging=False,  # what went wrong is told by tasks; nodes keep logs of their own
    )


def _executor(parsl: _Parsl, label: str, nodes: NodesRecipe, logs: Path) -> Any:
    local = nodes.provider == "local"
    return parsl.executor(
        label=label,
        provider=_PROVIDERS[nodes.provider](parsl, nodes),
        interchange_launch_cmd=[sys.executable, "-m", "vibench.pipeline.interchange"],
        address=nodes.address or (_LOOPBACK if local else None),
        loopback_address=_LOOPBACK,
        max_workers_per_node=nodes.workers_per_node,
        mem_per_worker=nodes.memory_per_task_gib,
        available_accelerators=[gpu for gpu in nodes.gpus for _ in range(nodes.tasks_per_gpu)],
        heartbeat_threshold=nodes.lost_after_s,
        heartbeat_period=max(1, nodes.lost_after_s // 4),
        worker_logdir_root=str(logs),
    )


def _local(parsl: _Parsl, nodes: NodesRecipe) -> Any:
    return parsl.providers.LocalProvider(
        init_blocks=1, max_blocks=nodes.blocks, worker_init=nodes.before
    )


def _slurm(parsl: _Parsl, nodes: NodesRecipe) -> Any:
    return parsl.providers.SlurmProvider(
        partition=nodes.partition,
        account=nodes.account,
        qos=nodes.qos,
        constraint=nodes.constraint,
        nodes_per_block=nodes.nodes_per_block,
        cores_per_node=nodes.workers_per_node * nodes.threads_per_task,
        init_blocks=1,
        max_blocks=nodes.blocks,
        walltime=nodes.walltime,
        scheduler_options=nodes.scheduler_options,
        worker_init=nodes.before,
        exclusive=False,
        launcher=parsl.launcher(),
    )


def _kubernetes(parsl: _Parsl, nodes: NodesRecipe) -> Any:
    tasks = nodes.workers_per_node
    memory = f"{(nodes.memory_per_task_gib or 2) * tasks:g}Gi"
    return parsl.providers.KubernetesProvider(
        image=nodes.image,
        namespace=nodes.namespace,
        init_blocks=1,
        max_blocks=nodes.blocks,
        init_cpu=tasks * nodes.threads_per_task,
        max_cpu=tasks * nodes.threads_per_task,
        init_mem=memory,
        max_mem=memory,
        extra_limits={"nvidia.com/gpu": str(len(nodes.gpus))} if nodes.gpus else None,
        persistent_volumes=list(nodes.volumes),
        worker_init=nodes.before,
    )


_PROVIDERS: Final = {"local": _local, "slurm": _slurm, "kubernetes": _kubernetes}
