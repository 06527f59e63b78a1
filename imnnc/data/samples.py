"""Samples in the units of their source, and the checks that every source has to pass."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.design import Loss, Network
from imnnc.diagnostics import Label, Span, fail

Array = NDArray[Any]  # of integers or floating point, as the source has it


@dataclass(frozen=True)
class Samples:
    """Inputs and targets of the same number of samples, in the units of the source."""

    source: str  # what messages call it: a set's name or a file's path
    inputs: Array  # (S, N)
    targets: Array  # (S, T); labels are one column

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, rows: slice | NDArray[np.intp]) -> Samples:
        """The given samples, in the given order."""
        return Samples(self.source, self.inputs[rows], self.targets[rows])


def make_samples(source: str, inputs: Array, targets: Array, span: Span | None) -> Samples:
    """Samples of arrays of any shape whose first axis counts the samples.

    Raises:
        CompileError: IM209 for no samples at all, IM211 for another number of targets.
    """
    if inputs.ndim == 0 or inputs.size == 0:
        raise fail("IM209", f"`{source}` holds no samples", span)
    if targets.ndim == 0 or len(targets) != len(inputs):
        found = 1 if targets.ndim == 0 else len(targets)
        raise fail(
            "IM211",
            f"every sample needs one label or target, `{source}` has {len(inputs)} samples "
            f"and {found} labels",
            span,
        )
    count = len(inputs)
    return Samples(source, inputs.reshape(count, -1), targets.reshape(count, -1))


def check_samples(samples: Samples, network: Network, loss: Loss, span: Span | None) -> None:
    """Refuse samples that the network cannot be trained on, whatever their encoding.

    Raises:
        CompileError: IM208 for NaN and infinity, IM210 for labels that are not classes of
            the network, IM215 for targets of another width than the outputs.
    """
    _check_finite(samples.source, "feature", samples.inputs, span)
    outputs, found = network.output, samples.targets.shape[1]
    wanted = 1 if loss == "cross_entropy" else outputs.width
    if found != wanted:
        what = "one label a sample" if loss == "cross_entropy" else f"{wanted} targets a sample"
        raise fail(
            "IM215",
            f"`loss {loss}` with {outputs.width} outputs needs {what}, "
            f"`{samples.source}` has {found}",
            span,
        )
    _check_finite(samples.source, "target", samples.targets, span)
    if loss == "cross_entropy":
        _check_labels(samples, network, span)


def check_width(source: str, found: int, network: Network, pool: int, span: Span | None) -> None:
    """Refuse samples with another number of features than the network has inputs (IM207).

    Args:
        source: what the message calls the samples.
        found: features a sample, after pooling.
        network: whose inputs they have to fit.
        pool: edge of the blocks that were averaged, 1 for none.
        span: where the message points.
    """
    port = network.input
    if found == port.width:
        return
    pooled = f" after `pool {pool}`" if pool > 1 else ""
    secondary = () if port.span is None else (Label(port.span, f"{port.width} inputs"),)
    raise fail(
        "IM207",
        f"`{port.name}` has {port.width} inputs, `{source}` has {found} features a sample{pooled}",
        span,
        secondary=secondary,
        help=_width_help(found * pool * pool, port.name, found, port.width),
    )


def _width_help(unpooled: int, name: str, found: int, inputs: int) -> str:
    side, wanted_side = isqrt(unpooled), isqrt(inputs)
    squares = side * side == unpooled and wanted_side * wanted_side == inputs
    if squares and side % wanted_side == 0:
        edge = side // wanted_side
        return f"write `pool {edge}` for images of {wanted_side} x {wanted_side} pixels"
    return f"write `{name}[{found}]`, or choose data of {inputs} features"


def _check_finite(source: str, what: str, values: Array, span: Span | None) -> None:
    if values.dtype.kind != "f":
        return
    # NaN anywhere makes both NaN, without an array of truth values as large as the data.
    if np.isfinite(values.min()) and np.isfinite(values.max()):
        return
    row, column = np.unravel_index(int(np.argmin(np.isfinite(values))), values.shape)
    raise fail(
        "IM208",
        f"data must be finite, sample {row + 1} of `{source}` has {values[row, column]} "
        f"in {what} {column + 1}",
        span,
    )


def _check_labels(samples: Samples, network: Network, span: Span | None) -> None:
    labels, outputs = samples.targets[:, 0], network.output
    wrong = (labels < 0) | (labels >= outputs.width) | (labels != np.floor(labels))
    if not wrong.any():
        return
    row = int(np.argmax(wrong))
    secondary = () if outputs.span is None else (Label(outputs.span, f"{outputs.width} classes"),)
    raise fail(
        "IM210",
        f"a label must be a whole number from 0 to {outputs.width - 1}, sample {row + 1} of "
        f"`{samples.source}` has {labels[row]:g}",
        span,
        secondary=secondary,
    )
