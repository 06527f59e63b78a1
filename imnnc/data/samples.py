"""Samples in the units of their source, and the checks that every source has to pass."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, prod
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
    inputs: Array  # (S, ...), each sample in the shape that it has in the source
    targets: Array  # (S, T); labels are one column
    numbers: NDArray[np.int64]  # (S,), which of the source each is, counted from 1
    counted: str = "sample"  # what the numbers count: samples, or lines of a file

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def rows(self) -> Array:
        """The inputs (S, N), each sample in a row."""
        return self.inputs.reshape(len(self), -1)

    def take(self, rows: slice | NDArray[np.intp]) -> Samples:
        """The given samples, in the given order."""
        return Samples(
            self.source,
            self.inputs[rows],
            self.targets[rows],
            self.numbers[rows],
            self.counted,
        )


def make_samples(
    source: str,
    inputs: Array,
    targets: Array,
    span: Span | None,
    lines: NDArray[np.int64] | None = None,
) -> Samples:
    """Samples of arrays of any shape whose first axis counts the samples.

    Args:
        source: what messages call them.
        inputs: (S, ...).
        targets: (S, ...).
        span: where a message points.
        lines: the line of a file that each sample stands in; None: there are no lines.

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
    inputs = inputs.reshape(count, 1) if inputs.ndim == 1 else inputs
    if lines is not None:
        return Samples(source, inputs, targets.reshape(count, -1), lines, "line")
    return Samples(source, inputs, targets.reshape(count, -1), np.arange(1, count + 1))


def check_samples(samples: Samples, network: Network, loss: Loss, span: Span | None) -> None:
    """Refuse samples that the network cannot be trained on, whatever their encoding.

    Raises:
        CompileError: IM208 for NaN and infinity, IM210 for labels that are not classes of
            the network, IM215 for targets of another width than the outputs.
    """
    _check_finite(samples.source, "feature", samples.rows, span)
    outputs, found = network.output, samples.targets.shape[1]
    wanted = 1 if loss == "cross_entropy" else outputs.width
    if found != wanted:
        what = "one label a sample" if loss == "cross_entropy" else f"{wanted} targets a sample"
        raise fail(
            "IM215",
            f"`loss {loss}` with {outputs.width} outputs needs {what}, "
            f"`{samples.source}` has {found}",
            span,
            help=_targets_help(samples.targets, outputs.width, loss),
        )
    _check_finite(samples.source, "target", samples.targets, span)
    if loss == "cross_entropy":
        _check_labels(samples, network, span)


def check_shapes(train: Samples, test: Samples, span: Span | None) -> None:
    """Refuse test samples whose values stand in another order than those of training (IM228).

    Axes of length 1 do not count, and samples may be rows in one of the two.
    """
    shapes = [tuple(n for n in part.inputs.shape[1:] if n > 1) for part in (train, test)]
    if min(map(len, shapes)) < 2 or shapes[0] == shapes[1]:
        return
    shown = [" x ".join(map(str, part.inputs.shape[1:])) for part in (train, test)]
    raise fail(
        "IM228",
        f"test samples must have the shape of training samples, {shown[0]} values, those of "
        f"`{test.source}` have {shown[1]}",
        span,
        help="the same value would be another input: save both in one order of axes",
    )


def check_width(
    samples: Samples, found: int, network: Network, pool: int, span: Span | None
) -> None:
    """Refuse samples with another number of features than the network has inputs (IM207).

    Args:
        samples: as the source has them.
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
        f"`{port.name}` has {port.width} inputs, `{samples.source}` has {found} features a "
        f"sample{pooled}",
        span,
        secondary=secondary,
        help=_width_help(samples.inputs.shape[1:], port.name, found, port.width),
    )


def image_edge(shape: tuple[int, ...]) -> int | None:
    """The edge of square images of one channel; None for samples of another shape.

    Args:
        shape: of one sample: rows and columns, with a third axis of length 1 perhaps; or all
            pixels in a row, whose number tells the edge.
    """
    while len(shape) > 2 and 1 in shape:
        at = shape.index(1)
        shape = shape[:at] + shape[at + 1 :]
    edge = isqrt(prod(shape))
    return edge if shape in ((edge * edge,), (edge, edge)) else None


def _width_help(shape: tuple[int, ...], name: str, found: int, inputs: int) -> str:
    side, wanted_side = image_edge(shape), isqrt(inputs)
    if side is not None and wanted_side * wanted_side == inputs and side % wanted_side == 0:
        edge = side // wanted_side
        return f"write `pool {edge}` for images of {wanted_side} x {wanted_side} pixels"
    return f"write `{name}[{found}]`, or choose data of {inputs} features"


def one_of_each_row(values: Array) -> bool:
    """Whether values (S, M) are classes as they stand at outputs: one high a row, all others low.

    Low and high are two numbers, such as 0 and 1, or -1 and 1.
    """
    low, high = values.min(), values.max()
    highs = values == high
    return bool(low < high and (highs | (values == low)).all() and (highs.sum(axis=1) == 1).all())


def _targets_help(targets: Array, outputs: int, loss: Loss) -> str | None:
    if targets.size == 0:
        return None
    whole = bool((targets == np.floor(targets)).all())
    if loss == "mse":
        return "write `loss cross_entropy` where they are classes" if whole else None
    if one_of_each_row(targets):
        return "write the class in place of its outputs: `targets=targets.argmax(axis=1)`"
    if targets.shape[1] == outputs and not whole:
        return "write `loss mse` where they are values to be predicted"
    return None


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
        f"a label must be a whole number from 0 to {outputs.width - 1}, {samples.counted} "
        f"{samples.numbers[row]} of `{samples.source}` has {float(labels[row]):g}",
        span,
        secondary=secondary,
        help=_labels_help(np.unique(labels), outputs.name, outputs.width),
    )


def _labels_help(found: Array, name: str, classes: int) -> str | None:
    if found[0] == 1 and found[-1] == classes:
        return "labels count from 0: subtract one from each"
    if len(found) <= classes and (found == np.floor(found)).all():
        numbered = ", ".join(f"{number} for {label:g}" for number, label in enumerate(found[:5]))
        return f"number the classes from 0: {numbered}" + (", ..." if len(found) > 5 else "")
    if np.array_equal(found, np.arange(len(found))):
        return f"write `{name}[{len(found)}]` if there are {len(found)} classes"
    return None
