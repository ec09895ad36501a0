"""Order: which tasks can run, given what has finished."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush

from vibench.core.errors import InputError
from vibench.pipeline.tasks import Task


class TaskQueue:
    """Tasks that wait for results, handed out as soon as all their results are there.

    Of those that can run, the one listed first comes first. Every change costs only as much as the
    task has neighbours, so that a hundred thousand tasks are no burden.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = {task.name: task for task in tasks}
        self._place = {name: place for place, name in enumerate(self._tasks)}
        self._users: dict[str, list[str]] = defaultdict(list)
        self._lacking: dict[str, int] = {}
        self._finished: set[str] = set()
        self._ready: list[tuple[int, str]] = []
        for task in tasks:
            for needed in _needed(task):
                self._users[needed].append(task.name)
            self._await(task.name)

    @property
    def first(self) -> Task | None:
        """The first task that can run, if any can."""
        self._drop_stale()
        return self._tasks[self._ready[0][1]] if self._ready else None

    @property
    def waiting(self) -> list[str]:
        """Names of the tasks that are neither handed out nor finished, in the order given."""
        return sorted(self._lacking, key=self._place.__getitem__)

    def pop(self) -> Task:
        """Hand out the first task that can run."""
        self._drop_stale()
        _, name = heappop(self._ready)
        del self._lacking[name]
        return self._tasks[name]

    def put_back(self, name: str) -> None:
        """Take back a task that was handed out and has to run again."""
        self._await(name)

    def finish(self, name: str) -> None:
        """Note that a result is there."""
        self._finished.add(name)
        for user in self._users[name]:
            if user in self._lacking:
                self._lacking[user] -= 1
                self._offer(user)

    def withdraw(self, name: str) -> None:
        """Note that a result is lost: its task has to run again before those that use it."""
        self._finished.remove(name)
        for user in self._users[name]:
            if user in self._lacking:
                self._lacking[user] += 1
        self._await(name)

    def _await(self, name: str) -> None:
        self._lacking[name] = len(_needed(self._tasks[name]) - self._finished)
        self._offer(name)

    def _offer(self, name: str) -> None:
        if self._lacking[name] == 0:
            heappush(self._ready, (self._place[name], name))

    def _drop_stale(self) -> None:
        """Forget offers of tasks that were handed out already, or lost a result since."""
        while self._ready and self._lacking.get(self._ready[0][1]) != 0:
            heappop(self._ready)


def _needed(task: Task) -> set[str]:
    return set(task.inputs.values())


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Return tasks so that each comes after those it uses, else in the order given.

    Raises
    ------
    InputError
        If a task uses one that is not there, or two tasks wait for each other.
    """
    queue = TaskQueue(list(tasks))
    placed = list(_drained(queue))
    if queue.waiting:
        raise InputError(f"tasks wait for results nobody makes: {', '.join(queue.waiting)}")
    return placed


def _drained(queue: TaskQueue) -> Iterator[Task]:
    while queue.first is not None:
        task = queue.pop()
        yield task
        queue.finish(task.name)
