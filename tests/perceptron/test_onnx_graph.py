"""Models in ONNX: mapped as onnx itself computes them, or refused by name and place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from typer.testing import CliRunner

from imnnc.cli import app
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.perceptron.onnx_graph import read_onnx
from imnnc.scratch import temporary_folder

ACTIVATIONS = ("Tanh", "Sigmoid", "Relu", "Identity", "Clip")
REFUSED = ("Elu", "Softplus")


def saved(path: Path, nodes: list, constants: dict[str, np.ndarray], inputs: int) -> Path:
    tensors = [numpy_helper.from_array(np.float32(x), name) for name, x in constants.items()]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", ["S", inputs]), (nodes[-1].output[0], ["S", "M"]))
    ]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path


def perceptron(random: np.random.Generator, widths: list[int], kinds: list[str], matmul: bool):
    nodes, constants, current = [], {"low": np.array(-1.0), "high": np.array(1.0)}, "x"
    for number, (m, kind) in enumerate(zip(widths[1:], kinds, strict=True)):
        w, b, z, h = (f"{name}{number}" for name in "wbzh")
        weight = random.normal(size=(m, widths[number]))
        constants |= {w: weight.T if matmul else weight, b: random.normal(size=m)}
        if matmul:
            nodes.append(helper.make_node("MatMul", [current, w], [f"p{number}"]))
            nodes.append(helper.make_node("Add", [f"p{number}", b], [z]))
        else:
            nodes.append(helper.make_node("Gemm", [current, w, b], [z], transB=1))
        limits = ["low", "high"] if kind == "Clip" else []
        nodes.append(helper.make_node(kind, [z, *limits], [h]))
        current = h
    return nodes, constants


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 1000),
    widths=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    kind=st.sampled_from([*ACTIVATIONS, *REFUSED]),
    matmul=st.booleans(),
)
def test_a_perceptron_is_mapped_as_onnx_computes_it_or_refused_by_name(seed, widths, kind, matmul):
    random = np.random.default_rng(seed)
    nodes, constants = perceptron(random, widths, [kind] * (len(widths) - 1), matmul)
    with temporary_folder() as folder:
        path = saved(folder / "m.onnx", nodes, constants, widths[0])
        if kind in REFUSED:
            with pytest.raises(CompileError, match=f"`h0` is a {kind}, which no layer of a circ"):
                read_onnx(path)
            return
        x = random.normal(size=(5, widths[0])).astype(np.float32)
        (wanted,) = ReferenceEvaluator(str(path)).run(None, {"x": x})
        assert np.allclose(read_onnx(path).answers(x.astype(float)), wanted, atol=1e-4)


def test_a_branch_and_a_convolution_are_refused_by_their_places(tmp_path):
    random = np.random.default_rng(1)
    nodes, constants = perceptron(random, [3, 3], ["Tanh"], False)
    branch = [*nodes, helper.make_node("Add", ["h0", "x"], ["sum"])]
    with pytest.raises(CompileError, match="`sum` is where branches meet"):
        read_onnx(saved(tmp_path / "b.onnx", branch, constants, 3))
    (tmp_path / "c.onnx").write_bytes(b"no model")
    with pytest.raises(CompileError, match=r"cannot read `.*c\.onnx` as ONNX"):
        read_onnx(tmp_path / "c.onnx")


def test_the_command_writes_a_source(tmp_path):
    random = np.random.default_rng(2)
    nodes, constants = perceptron(random, [4, 5, 3], ["Tanh", "Identity"], False)
    model = saved(tmp_path / "m.onnx", nodes, constants, 4)
    data, out = tmp_path / "points.npz", tmp_path / "points_net.imnn"
    np.savez(data, inputs=random.uniform(0, 1, (40, 4)), targets=np.arange(40) % 3)
    arguments = ["import", str(model), "--data", str(data), "-o", str(out)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert load_design(out).network.widths == (4, 5, 3)
