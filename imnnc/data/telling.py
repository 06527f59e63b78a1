"""Features of a table that say too much of the target, or next to nothing of anything."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from imnnc.data.encode import Part, Range
from imnnc.data.normalize import Normalizer
from imnnc.data.remarks import listed
from imnnc.data.samples import Samples
from imnnc.data.scaling import encode_line
from imnnc.design import Loss
from imnnc.diagnostics import Diagnostic, Span

_FEWEST_SAMPLES = 20  # of which a spread says something
_FEWEST_OF_CLASS = 5  # in fewer, any feature may happen to have one value
_SAME = 1 - 1e-9  # the correlation of a feature and what it was made of
_LOOKED_AT = 2000  # samples, of which quantiles are taken
_ENDS = 0.1  # the share of samples at either end that may be outliers
_FLAT = 0.01  # of the range of `encode`, 5 mV of 0.5 V
_MANY_HELD = 1 / 3  # of the samples; a few lie beyond those that were trained with
_DEVIATIONS = 3  # about what `encode` has to make room for
_NARROW = 0.05  # of the spread of training samples


def check_telling(train: Samples, loss: Loss, span: Span | None) -> Iterator[Diagnostic]:
    """A warning of features that are the target in other words (IM233).

    Args:
        train: the training samples, as the source has them.
        loss: says whether targets are classes.
        span: where the warning points.
    """
    values = train.rows
    # The one feature of a function may well be all of it.
    if len(values) < _FEWEST_SAMPLES or values.shape[1] < 2:
        return
    if loss == "cross_entropy":
        found, what = _of_classes(values, train.targets[:, 0]), "class"
    else:
        found, what = _of_targets(values, train.targets), "target"
    if not len(found):
        return
    one = len(found) == 1
    yield Diagnostic(
        "IM233",
        f"{_named(found)} of `{train.source}` alone tell{'s' * one} the {what} of every "
        "training sample",
        span,
        help=f"leave {'it' if one else 'them'} out if made of the {what}, which nobody knows of "
        "new samples",
        severity="warning",
    )


def _of_classes(values: NDArray[np.generic], labels: NDArray[np.generic]) -> NDArray[np.intp]:
    """The features with one value in each class, if these differ from class to class."""
    classes, counts = np.unique(labels, return_counts=True)
    classes = classes[counts >= _FEWEST_OF_CLASS]
    nothing = np.empty(0, np.intp)
    if len(classes) < 2:
        return nothing
    fixed = np.ones(values.shape[1], bool)
    ofs = []
    for label in classes:
        rows = values[labels == label]
        fixed &= rows.min(axis=0) == rows.max(axis=0)
        if not fixed.any():
            return nothing
        ofs.append(rows[0])
    each = np.stack(ofs)
    found = np.flatnonzero(fixed & (each != each[0]).any(axis=0))
    return found if len(found) and len(np.unique(each[:, found], axis=0)) == len(each) else nothing


def _of_targets(values: NDArray[np.generic], targets: NDArray[np.generic]) -> NDArray[np.intp]:
    """The features that are a target but for unit and origin."""
    standard = [_standardised(x.astype(np.float64)) for x in (values, targets)]
    correlation = np.abs(standard[0].T @ standard[1]) / len(values)
    return np.flatnonzero((correlation > _SAME).any(axis=1))


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values = values - values.mean(axis=0)
    deviation = values.std(axis=0)
    return np.asarray(values / np.where(deviation > 0, deviation, np.inf))


def check_flat(
    train: Part, raw: NDArray[np.generic], encode: Range, *, normalized: bool, span: Span | None
) -> Iterator[Diagnostic]:
    """A warning of features that hardly move but for outliers, or in larger units (IM234).

    Args:
        train: the training samples, in the units that `encode` takes.
        raw: their features (S, N), as the source has them.
        encode: the range that is spread over the input voltages.
        normalized: whether each feature was stretched by itself.
        span: where the warning points.
    """
    if len(raw) < _FEWEST_SAMPLES:
        return
    sizes = encode.encoding.data_high - encode.encoding.data_low
    low, high = _middle(train.values)
    # Those of which most are one value, such as counts of what is rare, are no worse for it.
    flat = np.flatnonzero((high > low) & (high - low < _FLAT * sizes))
    if not len(flat):
        return
    reach = np.ptp(train.values[:, flat], axis=0)
    shown = int(flat[np.argmax(reach)])
    column = raw[:, shown].astype(np.float64)
    middle = [float(x[shown]) for x in _middle(raw)]
    far = int(np.argmax(np.abs(column - np.mean(middle))))
    samples = train.samples
    outliers = normalized or float(reach.max()) > sizes / 2
    each = "each of " * (len(flat) > 1)
    yield Diagnostic(
        "IM234",
        f"four in five values of {each}{_named(flat)} of `{samples.source}` lie within "
        f"{_FLAT:.0%} of the range that `encode` spreads over the input voltages",
        span,
        notes=(
            f"of feature {shown + 1} they lie between {middle[0]:.6g} and {middle[1]:.6g}, "
            f"all go from {_ends(column)}",
            f"the furthest is {column[far]:.6g}, in {samples.counted} {samples.numbers[far]}",
        ),
        help="look whether the values that are far off are right, and leave those samples out"
        if outliers
        else "write `normalize minmax` to give each feature the whole range",
        severity="warning",
    )


def _middle(values: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between what four in five values of each feature lie, of some of the samples."""
    some = values[:: ceil(len(values) / _LOOKED_AT)].astype(np.float64)
    low, high = np.quantile(some, [_ENDS, 1 - _ENDS], axis=0)
    return low, high


def check_held(
    train: Samples, test: Samples, normalize: Normalizer, encode: Range, span: Span | None
) -> Iterator[Diagnostic]:
    """A warning of values that normalizing leaves no room for (IM235).

    Args:
        train: the training samples, as the source has them.
        test: and the test samples.
        normalize: to what training samples have said.
        encode: the range that is spread over the input voltages.
        span: where the warning points.
    """
    many = _held(train, normalize)
    if len(many):
        encoding = encode.encoding
        yield Diagnostic(
            "IM235",
            f"more than a third of the training samples of `{train.source}` are beyond "
            f"{encoding.data_low:g} .. {encoding.data_high:g} in {_named(many)}, once "
            "normalized, and are held at the ends",
            encode.span,
            help=f"write `{encode_line(-_DEVIATIONS, _DEVIATIONS, encoding)}`: `zscore` makes "
            "standard deviations from the mean",
            severity="warning",
        )
        return
    if len(test) < _FEWEST_SAMPLES:
        return
    low, high = _middle(train.rows)
    spread = np.ptp(test.rows, axis=0)
    narrow = np.flatnonzero((spread > 0) & (spread < _NARROW * (high - low)))
    held = np.setdiff1d(_held(test, normalize), narrow)
    for odd, found in (
        (held, "more than a third of the test samples are held at an end"),
        (narrow, f"the test samples take less than {_NARROW:.0%}"),
    ):
        if len(odd):
            own, known = (_ends(x.rows[:, odd[0]]) for x in (test, train))
            yield Diagnostic(
                "IM235",
                f"{found} of the range that training samples of `{train.source}` have in "
                f"{_named(odd)}",
                span,
                notes=(
                    f"in feature {odd[0] + 1} training samples go from {known}, test samples "
                    f"from {own}",
                ),
                help="save both in the same units, with their columns in one order",
                severity="warning",
            )


def _held(samples: Samples, normalize: Normalizer) -> NDArray[np.intp]:
    """The features that are held at an end in many samples."""
    return np.flatnonzero(normalize.beyond(samples).mean(axis=0) > _MANY_HELD)


def _ends(column: NDArray[np.generic]) -> str:
    return f"{column.min():.6g} to {column.max():.6g}"


def _named(numbers: NDArray[np.intp]) -> str:
    """How a message calls features by their numbers, which it counts from 1."""
    return f"feature{'s' * (len(numbers) > 1)} {listed(numbers + 1)}"
