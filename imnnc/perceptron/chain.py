"""From a chain of operations to a perceptron: what can be folded is, what cannot is refused.

Readers of torch and of ONNX hand over one operation after the other, with the place that messages
have of it.  Affine operations that follow one another are one; an activation closes a layer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from imnnc.diagnostics import CompileError, fail
from imnnc.perceptron.model import Activation, Dense, FloatArray, Perceptron

_ELSE = (
    "a crossbar with neurons is Linear with Tanh, Sigmoid, ReLU or HardTanh behind it: train such a"
    " model in the other's place, of its answers perhaps"
)


def refused(place: str, what: str, help: str = _ELSE) -> CompileError:
    """What a circuit cannot do, by its name and place in the model."""
    return fail("IM810", f"{place} is {what}, which no layer of a circuit does", help=help)


@dataclass
class Chain:
    """Takes operations in their order; `perceptron` is what they came to."""

    _layers: list[Dense] = field(default_factory=list)
    # The affine map since the last activation, and what scales and moves inputs before it
    _map: tuple[FloatArray, FloatArray] | None = None
    _scale: tuple[FloatArray, FloatArray] | None = None
    _end: str | None = None  # a softmax, behind which nothing may come

    def linear(self, place: str, weight: FloatArray, bias: FloatArray | None = None) -> None:
        """W x + b, W of shape (M, N)."""
        self._check_open(place)
        weight = np.asarray(weight, dtype=np.float64)
        offset = np.zeros(len(weight)) if bias is None else np.asarray(bias, dtype=np.float64)
        if self._map is None:
            width = len(self._layers[-1].bias) if self._layers else weight.shape[1]
            _check_width(place, weight.shape[1], width)
            if self._scale is not None:
                scale, moved = (_spread(place, x, weight.shape[1]) for x in self._scale)
                weight, offset = weight * scale, offset + weight @ moved
                self._scale = None
            self._map = weight, offset
            return
        inner, moved = self._map
        _check_width(place, weight.shape[1], len(moved))
        self._map = weight @ inner, weight @ moved + offset

    def scaled(self, place: str, scale: FloatArray, offset: FloatArray) -> None:
        """Each value times its factor and moved, as normalisation is once it has been trained."""
        self._check_open(place)
        scale = np.asarray(scale, dtype=np.float64).reshape(-1)
        offset = np.asarray(offset, dtype=np.float64).reshape(-1)
        if self._map is not None:
            weight, moved = self._map
            scale, offset = (_spread(place, x, len(moved)) for x in (scale, offset))
            self._map = weight * scale[:, None], moved * scale + offset
            return
        before, moved = self._scale or (np.ones(1), np.zeros(1))
        width = max(x.size for x in (before, moved, scale, offset))
        before, moved, scale, offset = (
            _spread(place, x, width) for x in (before, moved, scale, offset)
        )
        self._scale = before * scale, moved * scale + offset

    def activation(self, place: str, activation: Activation) -> None:
        """What bends the values of the layer before it."""
        self._check_open(place)
        if self._map is None:
            raise refused(place, "an activation without a Linear before it")
        self._layers.append(Dense(*self._map, activation))
        self._map = None

    def softmax(self, place: str) -> None:
        """Probabilities of what is there, in its order: the decision is the same without."""
        self._check_open(place)
        if self._map is None:
            raise refused(place, "a softmax without a Linear before it")
        self._end = place

    def perceptron(self) -> Perceptron:
        """The model; fails with IM810 where there is none."""
        layers = list(self._layers)
        if self._map is not None:
            layers.append(Dense(*self._map, "linear"))
        elif self._scale is not None:
            raise refused("the end of the model", "a scaling of what an activation gives")
        if not layers:
            raise fail(
                "IM810",
                "the model has no Linear layer, which a crossbar could be",
                help=_ELSE,
            )
        for number, layer in enumerate(layers, 1):
            if not (np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all()):
                raise refused(f"layer {number}", "one of weights that are not finite")
        return Perceptron(tuple(layers))

    def _check_open(self, place: str) -> None:
        if self._end is not None:
            raise refused(place, f"behind {self._end}, a softmax")


def _spread(place: str, values: FloatArray, width: int) -> FloatArray:
    """One number for all, or one each, as one each."""
    if values.size != 1:
        _check_width(place, values.size, width)
    return np.broadcast_to(values, (width,))


def _check_width(place: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise fail(
            "IM811",
            f"{place} must take {wanted} values, which there are, it takes {found}",
        )
