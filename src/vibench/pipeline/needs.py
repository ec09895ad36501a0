"""Needs: how much memory a task takes, as far as it is known before it runs."""

from collections.abc import Iterable
from typing import Final

from vibench.pipeline.stages.names import is_model_role
from vibench.pipeline.tasks import Task

_NETWORK_MIB: Final = 900.0
_OTHER_MIB: Final = 500.0
_TRAINING: Final = frozenset({"train", "retrain"})


def uses_network(task: Task) -> bool:
    """Tell whether a task trains a network or uses a trained one, and so profits from a GPU."""
    roles = (*task.inputs, *task.files)
    return task.stage in _TRAINING or any(map(is_model_role, roles))


class MemoryNeeds:
    """Memory of tasks: a guess at first, then the largest that a task of the same stage took."""

    def __init__(self, limit_mib: float) -> None:
        """Start with guesses.

        Parameters
        ----------
        limit_mib
            Memory in MiB that all running tasks together may need.
        """
        self.limit_mib = limit_mib
        self._largest: dict[str, float] = {}

    def of(self, task: Task) -> float:
        """Return the memory that *task* is expected to need in MiB."""
        guess = _NETWORK_MIB if uses_network(task) else _OTHER_MIB
        return max(guess, self._largest.get(task.stage, 0.0))

    def fits(self, tasks: Iterable[Task]) -> bool:
        """Tell whether all of *tasks* together stay below the limit."""
        return sum(map(self.of, tasks)) <= self.limit_mib

    def learn(self, task: Task, peak_mib: float) -> None:
        """Remember what a finished *task* took."""
        self._largest[task.stage] = max(peak_mib, self._largest.get(task.stage, 0.0))
