"""Graphs of ONNX, put together operator by operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 9  # what runtimes of the time of that opset read


@dataclass
class Names:
    """Gives each value of a model a name of its own."""

    taken: int = 0

    def new(self) -> str:
        """A name that no other value has."""
        self.taken += 1
        return f"v{self.taken}"


@dataclass
class Graph:
    """Nodes in their order; a value is known by its name.  Numbers are float64."""

    names: Names = field(default_factory=Names)
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, value: ArrayLike, dtype: Any = np.float64) -> str:
        """A number, or an array of them."""
        name = self.names.new()
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def whole(self, value: ArrayLike) -> str:
        """Whole numbers: indices, axes, shapes."""
        return self.constant(value, np.int64)

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """A node; the names of what it gives."""
        found = [self.names.new() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, found, **attributes))
        return found

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output, and its name."""
        return self.add(kind, *inputs, **attributes)[0]

    def sum(self, value: str, axis: int) -> str:
        """Over an axis, which goes."""
        return self("ReduceSum", value, self.whole([axis]), keepdims=0)

    def affine(self, value: str, matrix: NDArray[Any], offset: NDArray[Any]) -> str:
        """Samples (S, N) times a matrix (M, N), and an offset (M,) more."""
        product = self("MatMul", value, self.constant(matrix.T))
        return self("Add", product, self.constant(offset))

    def loop(
        self,
        most: int,
        state: Sequence[str],
        body: Callable[[Graph, Sequence[str]], tuple[str, Sequence[str]]],
    ) -> list[str]:
        """Repeat `body` at most so many times.

        Of a graph and the state's names it makes whether to go on, a truth value, and the names
        of the next state, float64 all.
        """
        inner = Graph(self.names)
        number, before = self.names.new(), self.names.new()
        held = [self.names.new() for _ in state]
        again, following = body(inner, held)
        # What a body gives must be a value of its own.
        given = [inner("Identity", name) for name in (again, *following)]
        graph = helper.make_graph(
            inner.nodes,
            self.names.new(),
            [
                helper.make_tensor_value_info(number, TensorProto.INT64, []),
                helper.make_tensor_value_info(before, TensorProto.BOOL, []),
                *(helper.make_tensor_value_info(x, TensorProto.DOUBLE, None) for x in held),
            ],
            [
                helper.make_tensor_value_info(given[0], TensorProto.BOOL, []),
                *(helper.make_tensor_value_info(x, TensorProto.DOUBLE, None) for x in given[1:]),
            ],
            inner.constants,
        )
        go, times = self.constant(True, np.bool_), self.whole(most)
        return self.add("Loop", times, go, *state, outputs=len(state), body=graph)

    def model(
        self,
        name: str,
        inputs: tuple[str, int],
        output: tuple[str, str, int],
        properties: dict[str, str],
    ) -> Any:
        """The model: `inputs` are called so and are so many, `output` is (called, value, many)."""
        called, value, width = output
        self.nodes.append(helper.make_node("Identity", [value], [called]))
        ends = [
            helper.make_tensor_value_info(end, TensorProto.DOUBLE, ["samples", count])
            for end, count in (inputs, (called, width))
        ]
        graph = helper.make_graph(self.nodes, name, ends[:1], ends[1:], self.constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(
            graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="imnnc"
        )
        helper.set_model_props(model, properties)
        onnx.checker.check_model(model)
        return model
