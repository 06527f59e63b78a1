"""A live torch model, followed from operation to operation by `torch.fx`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from imnnc.diagnostics import fail
from imnnc.perceptron.chain import Chain, refused
from imnnc.perceptron.model import Activation, FloatArray, Perceptron

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.fx import Node

# By the names of modules, functions and methods alike, in lower case.
_ACTIVATIONS: Mapping[str, Activation] = {
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "relu": "relu",
    "hardtanh": "hardtanh",
}
# Nothing, when a model is used; a circuit has its inputs side by side in any case.
_NOTHING = {
    *("flatten", "dropout", "alphadropout", "identity", "view", "reshape", "contiguous"),
    *("float", "double", "detach", "clone", "dropout1d", "featurealphadropout"),
}
_SOFTMAX = {"softmax", "logsoftmax", "log_softmax"}
_SHAPES = {"size", "shape", "dim"}
_ARITHMETIC: Mapping[Any, str] = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
}


def read_module(model: nn.Module) -> Perceptron:
    """The perceptron that a torch model is when it is used, in `eval` mode.

    Raises:
        CompileError: IM810 and IM811 where it is none, by the name and the place of what no
            circuit does.
    """
    from torch import fx, nn

    if not isinstance(model, nn.Module):
        weights = isinstance(model, Mapping)
        raise fail(
            "IM810",
            f"the model must be an `nn.Module`, not {'weights alone' if weights else type(model)}",
            help="`imnnc.from_state` takes a `state_dict`" if weights else None,
        )
    # A model that is one layer has no module to name it by.
    root = model if [*model.children()] else _wrapped(model)
    try:
        graph = fx.symbolic_trace(root)
    except Exception as error:  # what a model does with what is no tensor yet is its own affair
        raise fail(
            "IM810",
            f"the model cannot be followed: {str(error).splitlines()[0] if str(error) else error}",
            help="it must do the same with every sample: an `nn.Sequential` does",
        ) from error
    modules = dict(root.named_modules())
    chain = Chain()
    before: Node | None = None
    for node in graph.graph.nodes:
        place = _place(node)
        if node.op == "placeholder":
            if before is not None and node.users:
                raise refused(place, "another input")
            before = before or node
        elif node.op == "output":
            if node.args[0] is not before:
                raise refused("the output", "of several values, or not of the last layer")
        elif node.op != "get_attr" and not _tells_shape(node):
            _follow(node, place, before, modules, chain)
            before = node
    return chain.perceptron()


def _wrapped(model: nn.Module) -> nn.Module:
    from torch import nn

    return nn.Sequential(model)


def _place(node: Node) -> str:
    return f"`{node.target}`" if node.op == "call_module" else f"`{node.name}`"


def _tells_shape(node: Node) -> bool:
    """Whether a node is about how many samples there are, and not about their values."""
    if node.op == "call_method":
        return node.target in _SHAPES
    if node.target is getattr:
        return node.args[1] in _SHAPES
    sources = [x for x in node.all_input_nodes if not _tells_shape(x)]
    return node.op == "call_function" and bool(node.all_input_nodes) and not sources


def _follow(
    node: Node,
    place: str,
    before: Node | None,
    modules: Mapping[str, nn.Module],
    chain: Chain,
) -> None:
    """Hand a node to the chain; it must take what the node before it gives, and nothing else."""
    module = modules[str(node.target)] if node.op == "call_module" else None
    kind = type(module).__name__ if module is not None else _function(node)
    name = kind.lower()
    values = [x for x in node.all_input_nodes if not _tells_shape(x)]
    known = (*_ACTIVATIONS, *_NOTHING, *_SOFTMAX, *_ARITHMETIC.values(), *_MODULES)
    if name not in known:
        raise refused(place, f"a {kind}")
    others = [x for x in values if x is not before and x.op != "get_attr"]
    if others or len(values) > 1:
        raise refused(place, f"where branches meet ({kind} of `{values[0]}` and others)")
    assert before is not None
    if sum(not _tells_shape(user) for user in before.users) > 1:
        raise refused(f"`{before.name}`", "where a branch begins")
    if module is not None and name in _MODULES:
        _MODULES[name](chain, place, module)
    elif name in _ACTIVATIONS:
        _check_limits(node, place, module)
        chain.activation(place, _ACTIVATIONS[name])
    elif name in _SOFTMAX:
        chain.softmax(place)
    elif name in _ARITHMETIC.values():
        _arithmetic(chain, place, name, node)


def _function(node: Node) -> str:
    if node.op == "call_method":
        return str(node.target)
    target: Any = node.target
    return _ARITHMETIC.get(target) or str(getattr(target, "__name__", target))


def _check_limits(node: Node, place: str, module: nn.Module | None) -> None:
    """A HardTanh is between -1 and 1."""
    low, high = (
        (module.min_val, module.max_val)
        if module is not None and hasattr(module, "min_val")
        else (
            node.kwargs.get("min_val", (*node.args, -1.0)[1]),
            node.kwargs.get("max_val", (*node.args, -1.0, 1.0)[2]),
        )
    )
    is_hardtanh = hasattr(module, "min_val") or _function(node) == "hardtanh"
    if is_hardtanh and (low, high) != (-1.0, 1.0):
        raise refused(place, f"a HardTanh from {low:g} to {high:g}, not from -1 to 1")


def _arithmetic(chain: Chain, place: str, name: str, node: Node) -> None:
    """x + 1, x - 1, 1 - x, 2 * x, x / 2, with a number."""
    first, second = node.args
    number: Any = second if isinstance(first, type(node)) else first
    if not isinstance(number, int | float):
        raise refused(place, f"`{name}` with what is no number")
    x, one, zero = float(number), np.ones(1), np.zeros(1)
    left = first is number
    match name:
        case "add":
            chain.scaled(place, one, np.full(1, x))
        case "sub":
            chain.scaled(place, -one if left else one, np.full(1, x if left else -x))
        case "mul":
            chain.scaled(place, np.full(1, x), zero)
        case _:
            if left:
                raise refused(place, "a division by what a layer gives")
            chain.scaled(place, np.full(1, 1 / x), zero)


def _linear(chain: Chain, place: str, module: Any) -> None:
    bias = None if module.bias is None else _numbers(module.bias)
    chain.linear(place, _numbers(module.weight), bias)


def _batch_norm(chain: Chain, place: str, module: Any) -> None:
    if module.running_mean is None:
        raise refused(place, "a BatchNorm1d that keeps no statistics, so that samples mix")
    chain.scaled(
        place,
        *normalisation(
            _numbers(module.running_mean),
            _numbers(module.running_var),
            None if module.weight is None else _numbers(module.weight),
            None if module.bias is None else _numbers(module.bias),
            module.eps,
        ),
    )


def normalisation(
    mean: FloatArray,
    variance: FloatArray,
    weight: FloatArray | None,
    bias: FloatArray | None,
    eps: float,
) -> tuple[FloatArray, FloatArray]:
    """What batch normalisation multiplies by and adds, (N,) each, once it has been trained."""
    scale = 1 / np.sqrt(variance + eps)
    if weight is not None:
        scale = scale * weight
    return scale, (0.0 if bias is None else bias) - mean * scale


def _numbers(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().double().numpy()


_MODULES: Mapping[str, Callable[[Chain, str, Any], None]] = {
    "linear": _linear,
    "batchnorm1d": _batch_norm,
}
