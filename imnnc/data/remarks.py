"""What is to be said of samples that can be trained on, but perhaps are not what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from imnnc.data.encode import Part
from imnnc.data.samples import Samples, image_edge
from imnnc.data.scaling import Scaling
from imnnc.design import Network
from imnnc.diagnostics import Diagnostic, Label, Span, fail
from imnnc.units import engineering

_MOST_SHOWN = 8  # ranges
_BY_CHANCE = 0.01  # how likely it is at most that chance has left a class out
_MOST_NAMED = 5  # columns or classes in one message
# Fewer pixels than 8 x 8 are no image; the borders of images are constant, columns are not.
_SMALLEST_EDGE = 8


def check_classes(
    train: Samples, test: Samples, source: Samples, network: Network, span: Span | None
) -> Iterator[Diagnostic]:
    """What is to be said of the classes that samples have.

    Args:
        train: the samples that are trained with.
        test: and those that it is tested with.
        source: all samples that `train` was chosen from.
        network: a class an output.
        span: where messages point.

    Raises:
        CompileError: IM222 where all training samples are of one class.
    """
    output = network.output
    seen = np.unique(train.targets[:, 0])
    secondary = () if output.span is None else (Label(output.span, f"{output.width} classes"),)
    if len(seen) == 1:
        in_order = len(np.unique(source.targets[:, 0])) > 1
        raise fail(
            "IM222",
            f"all {len(train)} training samples of `{train.source}` are of class {seen[0]:g}, "
            "so that a constant is always right",
            span,
            secondary=secondary,
            help="the first samples are taken in their order: save them in a random one"
            if in_order
            else "look where the labels come from, or train a regression with `loss mse`",
        )
    missing = np.setdiff1d(np.arange(output.width), seen)
    tested = np.unique(test.targets[:, 0])
    if missing.size:
        left_out = np.intersect1d(missing, [*np.unique(source.targets[:, 0]), *tested])
        yield Diagnostic(
            "IM222",
            f"{missing.size} of {output.width} classes have no training sample in "
            f"`{train.source}`: {listed(missing)}",
            span,
            secondary=secondary,
            help="other samples are of them: raise `train`, or save samples in a random order"
            if left_out.size
            else _classes_help(missing, output.name, output.width),
            severity="warning",
        )
    if len(tested) == 1 and len(test) >= len(seen):
        yield Diagnostic(
            "IM222",
            f"all {len(test)} test samples of `{test.source}` are of class {tested[0]:g}",
            span,
            help="the accuracy will say nothing of the other classes",
            severity="warning",
        )
    elif (untested := _untested(train, test)).size:
        yield Diagnostic(
            "IM222",
            f"{untested.size} of {output.width} classes have no test sample in `{test.source}`: "
            f"{listed(untested)}",
            span,
            help="the accuracy will say nothing of them",
            severity="warning",
        )


def _untested(train: Samples, test: Samples) -> NDArray[np.int64]:
    """The classes of training samples that test samples would have, had chance chosen these."""
    classes, counts = np.unique(train.targets[:, 0].astype(np.int64), return_counts=True)
    by_chance = (1 - counts / len(train)) ** len(test)
    absent = ~np.isin(classes, test.targets[:, 0])
    return np.asarray(classes[absent & (by_chance < _BY_CHANCE)])


def has_columns(samples: Samples) -> bool:
    """Whether features are quantities, each of its own, and no pixels of an image."""
    edge = image_edge(samples.inputs.shape[1:])
    return samples.inputs.ndim == 2 and (edge is None or edge < _SMALLEST_EDGE)


def constant_columns(parts: tuple[Part, Part]) -> NDArray[np.intp]:
    """The columns that have one and the same value in every training and test sample."""
    train, test = (part.values for part in parts)
    low = np.minimum(train.min(axis=0), test.min(axis=0))
    high = np.maximum(train.max(axis=0), test.max(axis=0))
    return np.flatnonzero(low == high)


def check_file(
    parts: tuple[Part, Part],
    scaling: Scaling,
    unused: Sequence[str],
    span: Span | None,
    as_read: NDArray[np.generic] | None = None,
) -> Iterator[Diagnostic]:
    """How the values of a file became voltages (IM218), and which are constant (IM223).

    Args:
        parts: training and test samples.
        scaling: of the file.
        unused: the names of its arrays that no sample is made of.
        span: where a warning points.
        as_read: the features (S, N) of the training samples before they were normalized; None:
            they were not.
    """
    notes = []
    if has_columns(parts[0].samples):
        yield from check_constant(parts, "feature", span, as_read)
    elif scaling.constant_inputs:
        counted = f"{scaling.constant_inputs} of {scaling.inputs} inputs"
        notes.append(f"{counted} have one value in every sample, as the borders of images do")
    if as_read is not None:
        notes.append(f"as they stand in the file: {_ranges(as_read)}")
    if unused:
        notes.append(f"not used: {', '.join(f'`{name}`' for name in unused)}")
    yield Diagnostic(
        "IM218",
        f"values of `{scaling.source}`, {scaling.reading}, from {scaling.low:.9g} to "
        f"{scaling.high:.9g}, become {engineering(scaling.low_volts, 'V')} to "
        f"{engineering(scaling.high_volts, 'V')} in all {scaling.train} training and "
        f"{scaling.test} test samples",
        notes=tuple(notes),
        severity="note",
    )


def _ranges(values: NDArray[np.generic]) -> str:
    """From where to where each feature goes, of the first few."""
    ends = zip(values.min(axis=0), values.max(axis=0), strict=True)
    shown = [f"{low:.4g} .. {high:.4g}" for low, high in ends]
    more = f", and {len(shown) - _MOST_SHOWN} more" if len(shown) > _MOST_SHOWN else ""
    return ", ".join(shown[:_MOST_SHOWN]) + more


def check_constant(
    parts: tuple[Part, Part],
    what: str,
    span: Span | None,
    as_read: NDArray[np.generic] | None = None,
) -> Iterator[Diagnostic]:
    """A warning of values that are the same in every sample (IM223).

    Args:
        parts: training and test samples.
        what: they are.
        span: where the warning points.
        as_read: the features (S, N) of the training samples before they were normalized; None:
            they were not.
    """
    constant = constant_columns(parts)
    if not len(constant):
        return
    train = parts[0]
    numbers = listed(constant + 1)
    if len(constant) == 1:
        values = train.values if as_read is None else as_read
        found = f"{what} {numbers} of `{train.samples.source}` is {values[0, constant[0]]:g}"
    else:
        found = f"{len(constant)} {what}s of `{train.samples.source}` are constant"
    yield Diagnostic(
        "IM223",
        f"{found} in every sample" + ("" if len(constant) == 1 else f": {numbers}"),
        span,
        help="leave it out, or look whether the columns are those that were meant",
        severity="warning",
    )


def listed(numbers: NDArray[np.integer]) -> str:
    """The first few numbers, in words."""
    shown = [f"{number}" for number in numbers[:_MOST_NAMED]]
    if len(numbers) > _MOST_NAMED:
        return ", ".join([*shown, "..."])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _classes_help(missing: NDArray[np.integer], name: str, width: int) -> str | None:
    known = width - missing.size
    if missing.tolist() == [0]:
        return "labels count from 0: subtract one from each if they count from 1"
    if missing[0] == known:
        return f"write `{name}[{known}]` if there are {known} classes"
    return None
