"""A model in ONNX, followed from node to node."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.diagnostics import ExitCode, fail
from imnnc.perceptron.chain import Chain, refused
from imnnc.perceptron.model import Activation, FloatArray, Perceptron
from imnnc.perceptron.torch_modules import normalisation

_ACTIVATIONS: Mapping[str, Activation] = {"Tanh": "tanh", "Sigmoid": "sigmoid", "Relu": "relu"}
_NOTHING = {"Flatten", "Reshape", "Dropout", "Identity", "Cast"}
_SOFTMAX = {"Softmax", "LogSoftmax"}
_EPSILON = 1e-5  # of BatchNormalization where a node says none


def read_onnx(path: Path) -> Perceptron:
    """The perceptron in an ONNX file; data beside the file are read with it.

    Raises:
        CompileError: IM810 and IM811 where it is none, IM814 without the package `onnx`, IM815
            where the file cannot be read.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise fail(
            "IM814",
            "models in ONNX are read by the package `onnx`, which is not installed",
            help="`pip install 'imnnc[onnx]'`",
            exit_code=ExitCode.TOOL,
        ) from error
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf, the checker and the system each have their own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise fail("IM815", f"cannot read `{path}` as ONNX: {reason}") from error
    known: dict[str, FloatArray] = {
        x.name: numpy_helper.to_array(x) for x in model.graph.initializer
    }
    inputs = [x.name for x in model.graph.input if x.name not in known]
    if len(inputs) != 1:
        raise refused("the model", f"one of {len(inputs)} inputs")
    chain, current = Chain(), inputs[0]
    for node in model.graph.node:
        options = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
        if node.op_type == "Constant" and "value" in options:
            known[node.output[0]] = numpy_helper.to_array(options["value"])
            continue
        place = f"`{node.name or node.output[0]}`"
        values = [name for name in node.input if name and name not in known]
        if values != [current]:
            raise refused(place, f"where branches meet ({node.op_type})")
        _follow(node, place, options, known, current, chain)
        current = node.output[0]
    if [x.name for x in model.graph.output] != [current]:
        raise refused("the output", "of several values, or not of the last layer")
    return chain.perceptron()


def _follow(
    node: Any,
    place: str,
    options: Mapping[str, Any],
    known: Mapping[str, FloatArray],
    current: str,
    chain: Chain,
) -> None:
    """Hand a node to the chain."""
    kind = node.op_type
    constants = [known[name] for name in node.input if name in known]
    left = node.input[0] != current
    if kind == "Gemm" and len(constants) >= 1 and not left and not options.get("transA"):
        weight = constants[0] if options.get("transB") else constants[0].T
        bias = constants[1] if len(constants) > 1 else np.zeros(1)
        offset = np.broadcast_to(options.get("beta", 1.0) * bias.reshape(-1), len(weight))
        chain.linear(place, options.get("alpha", 1.0) * weight, offset)
    elif kind == "MatMul" and not left and constants[0].ndim == 2:
        chain.linear(place, constants[0].T)
    elif kind == "BatchNormalization" and len(constants) == 4:
        weight, bias, mean, variance = (x.astype(np.float64) for x in constants)
        eps = options.get("epsilon", _EPSILON)
        chain.scaled(place, *normalisation(mean, variance, weight, bias, eps))
    elif (
        kind in ("Add", "Sub", "Mul", "Div")
        and len(constants) == 1
        and not (left and kind == "Div")
    ):
        x = constants[0].reshape(-1).astype(np.float64)
        ones, zeros = np.ones(1), np.zeros(1)
        signs = {"Add": (ones, x), "Sub": (-ones, x) if left else (ones, -x)}
        scale, offset = signs.get(kind) or (x if kind == "Mul" else 1 / x, zeros)
        chain.scaled(place, scale, offset)
    elif kind in _ACTIVATIONS:
        chain.activation(place, _ACTIVATIONS[kind])
    elif kind == "Clip" and [float(x) for x in constants] == [-1.0, 1.0]:
        chain.activation(place, "hardtanh")
    elif kind in _SOFTMAX:
        chain.softmax(place)
    elif kind not in _NOTHING:
        raise refused(place, f"a {kind}")
