"""Replay: an evaluation recorded once and repeated as a plain list of operations.

Of the time that one small molecule takes, most goes into Python and the bookkeeping of automatic
differentiation. A recording keeps the operations on tensors alone, those of the backward pass
among them: without what does not depend on the positions, which is computed once, and without what
nothing needs. It derives from the network itself and gives the same numbers, bit for bit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from operator import getitem
from typing import Any

import torch
from torch import Tensor
from torch.fx import Graph, GraphModule, Node
from torch.fx.node import base_types
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

type Evaluate = Callable[[Tensor], Mapping[str, Tensor]]


class Replay:
    """Repeats an evaluation at other positions of the same atoms.

    Parameters
    ----------
    evaluate
        Maps positions to named tensors that depend on them through operations of torch and
        `recordable` functions only, the same ones at any positions.
    positions
        Where it is recorded.

    Raises
    ------
    RuntimeError
        If the evaluation takes a number from a tensor that depends on positions.

    Attributes
    ----------
    program
        The operations, as text.
    """

    def __init__(self, evaluate: Evaluate, positions: Tensor) -> None:
        recorder = _Recorder(positions)
        with recorder, _recording(recorder):
            found = evaluate(positions)
        self._names = tuple(found)
        program = recorder.program(tuple(found.values()))
        self.program = program.code
        self._repeat = program.forward

    def __call__(self, positions: Tensor) -> dict[str, Tensor]:
        """Return what the evaluation gives at *positions*, of the shape of those recorded."""
        with torch.inference_mode():
            return dict(zip(self._names, self._repeat(positions), strict=True))


class _Recorder(TorchDispatchMode):
    """Writes down the operations that run while it is active."""

    def __init__(self, positions: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch is typed in part
        self._graph = Graph()
        self._constants: dict[str, Any] = {}
        self._values: dict[Node, Any] = {}
        self._nodes: dict[int, Node] = {}
        self._written: set[int] = set()
        self._keep(self._graph.placeholder("positions"), positions)

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        found = function(*args, **(kwargs or {}))
        if _recorder.get() is self:
            self.record(function, args, kwargs or {}, found)
        return found

    def record(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
        found: Any,
    ) -> None:
        """Write down a call of a function and what it returned."""
        given = tree_map(self._argument, (tuple(arguments), dict(keywords)))
        node = self._graph.call_function(function, *given)
        self._keep(node, found)
        if isinstance(found, Tensor) and node.is_impure():
            self._written.add(_memory(found))
        for place, item in enumerate(found if isinstance(found, tuple | list) else ()):
            self._keep(self._graph.call_function(getitem, (node, place)), item)

    def program(self, outputs: Sequence[Tensor]) -> GraphModule:
        """Return what is to be done for other positions."""
        self._graph.output(tuple(self._argument(tensor) for tensor in outputs))
        varying: set[Node] = set()
        for node in list(self._graph.nodes):
            if self._varies(node, varying):
                varying.add(node)
            elif node.op == "call_function":
                with self._graph.inserting_before(node):
                    node.replace_all_uses_with(self._constant(self._values[node]))
        self._graph.eliminate_dead_code()
        return GraphModule(self._constants, self._graph)

    def _varies(self, node: Node, varying: set[Node]) -> bool:
        """Return whether a node is to be computed anew.

        This is what depends on the positions, and what shares its memory with something that is
        written into.
        """
        if node.op in {"placeholder", "output"}:
            return True
        found = self._values[node]
        if not varying.isdisjoint(node.all_input_nodes):
            if not isinstance(found, Tensor | tuple | list):
                raise RuntimeError(f"{node.target} takes a number from what depends on positions")
            return True
        return isinstance(found, Tensor) and _memory(found) in self._written

    def _keep(self, node: Node, value: Any) -> None:
        """Remember the value of a node; a tensor is kept, so that no other takes its identity."""
        self._values[node] = value
        if isinstance(value, Tensor):
            self._nodes[id(value)] = node

    def _argument(self, leaf: Any) -> Any:
        if isinstance(leaf, Tensor):
            return self._nodes.get(id(leaf)) or self._constant(leaf)
        return leaf if isinstance(leaf, base_types) else self._constant(leaf)

    def _constant(self, value: Any) -> Node:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = value.detach() if isinstance(value, Tensor) else value
        node = self._graph.create_node("get_attr", name)
        self._keep(node, value)
        return node


_recorder: ContextVar[_Recorder | None] = ContextVar("recorder", default=None)
"""What records at present, in this thread."""


def recordable[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Let a recording keep the calls of a function that is more than operations of torch."""

    @wraps(function)
    def recorded(*arguments: P.args, **keywords: P.kwargs) -> R:
        recorder = _recorder.get()
        if recorder is None:
            return function(*arguments, **keywords)
        with _recording(None):
            found = function(*arguments, **keywords)
        recorder.record(function, arguments, keywords, found)
        return found

    return recorded


@contextmanager
def _recording(recorder: _Recorder | None) -> Iterator[None]:
    token = _recorder.set(recorder)
    try:
        yield
    finally:
        _recorder.reset(token)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
