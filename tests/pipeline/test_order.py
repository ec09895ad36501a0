"""Which tasks can run, whatever happens to their results."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibench.core.errors import InputError
from vibench.pipeline.order import TaskQueue, in_order
from vibench.pipeline.tasks import Task


def task(name, *uses):
    return Task(name, "stage", {}, {str(place): used for place, used in enumerate(uses)})


@st.composite
def graphs(draw):
    """Tasks in any order, each of which uses some of those numbered before it."""
    uses = [draw(st.sets(st.integers(0, n - 1))) for n in range(1, draw(st.integers(1, 12)))]
    tasks = [task(str(number), *map(str, used)) for number, used in enumerate([set(), *uses])]
    return draw(st.permutations(tasks))


@given(graphs())
def test_every_task_comes_after_those_it_uses_and_else_in_the_order_given(tasks):
    placed = in_order(tasks)
    assert {one.name for one in placed} == {one.name for one in tasks}
    seen = set()
    listed = {one.name: place for place, one in enumerate(tasks)}
    for one in placed:
        able = [
            other.name
            for other in tasks
            if other.name not in seen and set(other.inputs.values()) <= seen
        ]
        assert one.name == min(able, key=listed.__getitem__)
        seen.add(one.name)


@given(graphs(), st.randoms())
def test_lost_workers_and_lost_results_never_start_a_task_too_early(tasks, random):
    queue, there, running = TaskQueue(tasks), set(), []
    for step in itertools.count():
        while queue.first is not None:
            one = queue.pop()
            assert set(one.inputs.values()) <= there
            assert one.name not in there
            running.append(one)
        if not running:
            break
        one = running.pop(random.randrange(len(running)))
        fate = random.random() if step < 50 else 1.0
        if fate < 0.2:  # its worker was lost
            queue.put_back(one.name)
        elif fate < 0.4 and there & set(one.inputs.values()):  # it finds a result damaged
            lost = random.choice(sorted(there & set(one.inputs.values())))
            there.remove(lost)
            queue.withdraw(lost)
            queue.put_back(one.name)
        elif set(one.inputs.values()) <= there or fate > 0.7:
            there.add(one.name)
            queue.finish(one.name)
        else:
            queue.put_back(one.name)
    assert there == {one.name for one in tasks}
    assert queue.waiting == []


def test_tasks_that_wait_for_each_other_are_refused():
    with pytest.raises(InputError, match="results nobody makes: a, b"):
        in_order([task("a", "b"), task("b", "a"), task("c")])


def test_many_tasks_are_placed_in_time_that_grows_with_their_number():
    # One that uses all others, and a chain listed backwards: the worst cases of looking for more.
    count = 50_000
    chain = [task(str(number), str(number - 1)) for number in range(count, 0, -1)]
    placed = in_order([task("last", *(str(n) for n in range(count + 1))), *chain, task("0")])
    assert [one.name for one in placed[:3]] == ["0", "1", "2"]
    assert placed[-1].name == "last"
