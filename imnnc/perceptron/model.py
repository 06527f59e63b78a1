"""A multilayer perceptron as numbers: what a circuit is to answer like.

It is the same whether it comes from torch, from ONNX or from a file of ours: affine maps with
one activation behind each.  Everything else that such models have (dropout, flattening, batch
normalisation, scaling) is nothing when they are used, or folded into the maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from imnnc.encoding import Encoding
from imnnc.files.artifact import read_artifact, write_artifact
from imnnc.files.decoding import DamagedError

FloatArray = NDArray[np.float64]
Activation = Literal["linear", "tanh", "sigmoid", "relu", "hardtanh"]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)

_KEY = "model"  # of a file's description


def _sigmoid(z: FloatArray) -> FloatArray:
    return 0.5 * (1 + np.tanh(0.5 * z))


_FUNCTIONS: Mapping[Activation, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": lambda z: np.maximum(z, 0.0),
    "hardtanh": lambda z: np.clip(z, -1.0, 1.0),
}


def activate(activation: Activation, z: FloatArray) -> FloatArray:
    """What an activation makes of its arguments, of the same shape."""
    return _FUNCTIONS[activation](z)


@dataclass(frozen=True)
class Dense:
    """A layer: h = activation(W x + b)."""

    weight: FloatArray  # (M, N)
    bias: FloatArray  # (M,)
    activation: Activation

    def arguments(self, x: FloatArray) -> FloatArray:
        """W x + b (S, M) for inputs (S, N)."""
        z: FloatArray = x @ self.weight.T + self.bias
        return z


@dataclass(frozen=True)
class Perceptron:
    """A chain of layers, with an affine map behind the last one.

    As a file holds it, it takes and gives what its training data had, and that map does nothing.
    """

    layers: tuple[Dense, ...]
    slope: float = 1.0
    offset: float = 0.0

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs."""
        return (self.layers[0].weight.shape[1], *(len(x.bias) for x in self.layers))

    @property
    def topology(self) -> str:
        """Its widths as people write them."""
        return "-".join(map(str, self.widths))

    def answers(self, x: FloatArray) -> FloatArray:
        """The outputs (S, M) for inputs (S, N)."""
        for layer in self.layers:
            x = activate(layer.activation, layer.arguments(x))
        return self.slope * x + self.offset

    def of_volts(self, encode: Encoding, target: Encoding | None) -> Perceptron:
        """The same for inputs in volts, as `encode` makes them of data.

        With `target` answers are volts as well, else they are what they were: logits.
        """
        first, *others = self.layers
        slope = (encode.data_high - encode.data_low) / (encode.high_volts - encode.low_volts)
        offset = encode.data_low - slope * encode.low_volts
        first = replace(
            first,
            weight=slope * first.weight,
            bias=first.bias + offset * first.weight.sum(axis=1),
        )
        found = replace(self, layers=(first, *others))
        if target is None:
            return found
        scale = (target.high_volts - target.low_volts) / (target.data_high - target.data_low)
        return replace(found, slope=scale, offset=target.low_volts - scale * target.data_low)


def write_model(path: Path, model: Perceptron) -> None:
    """Write a file of weights.  Fails with IM510."""
    write_artifact(path, _KEY, model)


def read_model(path: Path) -> Perceptron:
    """The model in a file of weights.  Fails with IM511 to IM514."""
    return read_artifact(path, _KEY, Perceptron, check_model)


def check_model(model: Perceptron) -> None:
    """Raises `DamagedError` unless layers fit one another and are of finite numbers."""
    if not model.layers:
        raise DamagedError("`layers` must be a layer at least")
    width: int | None = None
    for number, layer in enumerate(model.layers):
        where = f"layers.{number}"
        if layer.weight.ndim != 2 or not layer.weight.size:
            raise DamagedError(f"`{where}.weight` must be of shape (outputs, inputs)")
        if width is not None and layer.weight.shape[1] != width:
            raise DamagedError(f"`{where}.weight` must have {width} columns, as layers before say")
        width = len(layer.weight)
        if layer.bias.shape != (width,):
            raise DamagedError(f"`{where}.bias` must be of shape ({width},)")
        for name, values in (("weight", layer.weight), ("bias", layer.bias)):
            if not np.isfinite(values).all():
                raise DamagedError(f"`{where}.{name}` must be finite")
