"""From a `data` block to voltages: read, check, divide, pool, encode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.encode import Part, Range, to_volts
from imnnc.data.files import check_readable
from imnnc.data.images import pool_images
from imnnc.data.named import IMAGE_SETS, image_files
from imnnc.data.normalize import Normalizer, normalizer
from imnnc.data.remarks import (
    check_classes,
    check_constant,
    check_file,
    constant_columns,
    has_columns,
)
from imnnc.data.repeats import repeats
from imnnc.data.samples import Samples, check_samples, check_shapes, check_width
from imnnc.data.scaling import (
    Reading,
    Scaling,
    picture_of,
    reading_of,
    scaled,
    source_units,
)
from imnnc.data.sources import Found, read_samples
from imnnc.data.split import first, split
from imnnc.data.telling import check_flat, check_held, check_telling
from imnnc.design import Loss, Network
from imnnc.diagnostics import Diagnostic, Span
from imnnc.encoding import DataSpec

Targets = NDArray[np.int64] | NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """Samples as the network meets them, for training and for testing.

    Inputs are the voltages of the plus rows.  Targets are classes for `cross_entropy`, and
    the voltages wanted at the read-out for `mse`.
    """

    train_inputs: NDArray[np.float32]  # (S, N), volts
    train_targets: Targets  # int64 (S,) classes, or float32 (S, M) volts
    test_inputs: NDArray[np.float32]  # (T, N), volts
    test_targets: Targets  # int64 (T,) classes, or float32 (T, M) volts


@dataclass(frozen=True)
class Loaded:
    """Samples, and how their values became voltages."""

    dataset: Dataset
    scaling: Scaling


def data_files(spec: DataSpec) -> tuple[Path, ...]:
    """The files whose content decides the samples; none for sets that need no file.

    Raises:
        CompileError: IM200 where a named set is not on the machine, IM201 where a file is
            missing or cannot be read.
    """
    if spec.set_name in IMAGE_SETS:
        return image_files(IMAGE_SETS[spec.set_name], spec.span)
    named = {
        "file": spec.file,
        "labels": spec.labels_file,
        "test_file": spec.test_file,
        "test_labels": spec.test_labels_file,
    }
    for setting, file in named.items():
        if file is not None:
            check_readable(file, spec.at(setting))
    return tuple(file for file in named.values() if file is not None)


def _unheard(_: Diagnostic) -> None:
    """Nobody wants to know."""


def load_dataset(
    spec: DataSpec,
    network: Network,
    loss: Loss,
    seed: int,
    warn: Callable[[Diagnostic], None] = _unheard,
) -> Loaded:
    """The samples that a `data` block asks for.

    What a value is before `encode`, the same for training and test samples: unsigned bytes are
    pixels and are divided by 255, unless `encode` goes beyond 1 or they do not; the features of
    `iris`, `cancer` and `cancer10`, and of any source with `normalize minmax`, are scaled to 0 to 1
    by the smallest and the largest value of each among the training samples, with `normalize
    zscore` by its mean and its standard deviation; a computed set is in 0 to 1 already; everything
    else is as it stands in the file.  Values beyond the range of `encode` or `target` are an error,
    but where features are normalized.

    The format of a file is told by its name, `.gz` apart: `.npz` (arrays `inputs` and
    `targets`, or `x_train` and `y_train` and perhaps `x_test` and `y_test`), a table in `.csv`,
    `.tsv` or `.txt` (the last column is the label, or the last M columns are the targets,
    unless there is a labels file, or a heading says which column is; labels may be names),
    `.npy` with a labels file, else IDX with a labels file.

    A source with test samples of its own gives the first `train` and `test` of each.  One
    without is divided by `seed`: each class keeps its share in both parts, and a fifth is for
    testing unless `train` or `test` say otherwise.

    Args:
        spec: the block; errors point at it.
        network: its inputs and outputs are what samples have to fit.
        loss: `cross_entropy` for classes, `mse` for target voltages.
        seed: decides the division, and the samples of a computed set.
        warn: told how files were read, and of what a user should look at.

    Raises:
        CompileError: IM200 to IM235; `imnnc explain` has the long form.
    """
    ready = prepare(spec, network, loss, seed, warn)
    found, train, test, reading = ready.found, ready.train, ready.test, ready.reading
    raw = train, test
    if ready.normalize is not None:
        train, test = ready.normalize(train), ready.normalize(test)
    inputs = (
        part_of(train, spec, network, spec.span),
        part_of(test, spec, network, spec.at("test_file")),
    )
    for remark in ready.encode.check(*inputs, reading):
        warn(remark)
    volts = [to_volts(scaled(part.values, reading), spec.encode) for part in inputs]
    scaling = _scaling(inputs, volts, reading, spec, found)
    if spec.file is not None:
        as_read = None if ready.normalize is None else ready.train.rows
        again = repeats(*raw)
        scaling = replace(scaling, trained_with=again.tested)
        remarks = chain(
            again.check(
                classes=loss == "cross_entropy",
                divided=found.test is None,
                table=found.table is not None,
                span=spec.span,
            ),
            _check_columns(ready, inputs[0], loss, spec) if has_columns(train) else (),
            check_file(inputs, scaling, found.unused, spec.span, as_read),
        )
        for remark in remarks:
            warn(remark)
    if loss == "cross_entropy":
        for remark in check_classes(train, test, found.train, network, spec.span):
            warn(remark)
        targets: list[Targets] = [part.targets[:, 0].astype(np.int64) for part in (train, test)]
    else:
        wanted = Part(train, train.targets), Part(test, test.targets)
        target = Range("target", spec.target, spec.target.span or spec.span)
        for remark in (*target.check(*wanted), *check_constant(wanted, "target", spec.span)):
            warn(remark)
        targets = [to_volts(part.values, spec.target) for part in wanted]
    return Loaded(Dataset(volts[0], targets[0], volts[1], targets[1]), scaling)


def _check_columns(
    ready: Prepared, train: Part, loss: Loss, spec: DataSpec
) -> Iterator[Diagnostic]:
    """What is to be said of features that are quantities, each of its own."""
    raw, normalize = ready.train, ready.normalize
    yield from check_telling(raw, loss, spec.span)
    if normalize is not None:
        yield from check_held(raw, ready.test, normalize, ready.encode, spec.span)
    yield from check_flat(
        train, raw.rows, ready.encode, normalized=normalize is not None, span=spec.span
    )


@dataclass(frozen=True)
class Prepared:
    """Samples in the units of their source, and what decides which voltages they become."""

    found: Found
    train: Samples
    test: Samples
    reading: Reading
    normalize: Normalizer | None
    encode: Range


def prepare(
    spec: DataSpec,
    network: Network,
    loss: Loss,
    seed: int,
    warn: Callable[[Diagnostic], None] = _unheard,
) -> Prepared:
    """What `load_dataset` makes voltages of; arguments and errors are its own."""
    found = read_samples(spec, network, loss, seed, warn)
    train, test = _divided(found, spec, network, loss, seed)
    reading = reading_of([x for x in (found.train, found.test) if x is not None], spec)
    encode = Range("encode", source_units(spec.encode, reading), spec.encode.span or spec.span)
    return Prepared(found, train, test, reading, normalizer(train, reading, spec.encode), encode)


def _divided(
    found: Found, spec: DataSpec, network: Network, loss: Loss, seed: int
) -> tuple[Samples, Samples]:
    """The training and test samples that `train` and `test` choose, in units of the source."""
    check_samples(found.train, network, loss, spec.span)
    if found.test is None:
        return split(found.train, spec, by_class=loss == "cross_entropy", seed=seed)
    apart = spec.at("test_file")
    check_samples(found.test, network, loss, apart)
    check_shapes(found.train, found.test, apart)
    return (
        first(found.train, spec.train, "train", spec.at("train")),
        first(found.test, spec.test, "test", spec.at("test", "test_file")),
    )


def part_of(samples: Samples, spec: DataSpec, network: Network, span: Span | None) -> Part:
    """The features (S, N) in the units of the source, as many as the network's inputs."""
    values = samples.rows
    if spec.pool > 1:
        values = pool_images(samples.inputs, spec.pool, samples.source, span)
    check_width(samples, values.shape[1], network, spec.pool, span)
    return Part(samples, values)


def _scaling(
    inputs: tuple[Part, Part],
    volts: Sequence[NDArray[np.float32]],
    reading: Reading,
    spec: DataSpec,
    found: Found,
) -> Scaling:
    train, test = inputs
    return Scaling(
        source=spec.set_name or Path(train.samples.source).name,
        reading=reading,
        low=min(train.lowest, test.lowest),
        high=max(train.highest, test.highest),
        low_volts=float(min(part.min() for part in volts)),
        high_volts=float(max(part.max() for part in volts)),
        train=len(train.values),
        test=len(test.values),
        inputs=train.values.shape[1],
        constant_inputs=len(constant_columns(inputs)),
        classes=None if found.table is None else found.table.classes,
        picture=picture_of(train.samples, spec.pool, reading),
    )
