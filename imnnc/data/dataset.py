"""From a `data` block to voltages: read, check, divide, pool, encode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.encode import check_range, check_spread, to_volts
from imnnc.data.files import check_readable
from imnnc.data.images import pool_images
from imnnc.data.named import FEATURE_SETS, IMAGE_SETS, image_files
from imnnc.data.samples import Array, Samples, check_samples, check_width
from imnnc.data.sources import read_samples
from imnnc.data.split import first, scale_features, split
from imnnc.design import DataSpec, Loss, Network

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


def data_files(spec: DataSpec) -> tuple[Path, ...]:
    """The files whose content decides the samples; none for sets that need no file.

    Raises:
        CompileError: IM200 where a named set is not on the machine, IM201 where a file is
            missing or cannot be read.
    """
    if spec.set_name in IMAGE_SETS:
        return image_files(IMAGE_SETS[spec.set_name], spec.span)
    named = (spec.file, spec.labels_file, spec.test_file, spec.test_labels_file)
    files = tuple(file for file in named if file is not None)
    for file in files:
        check_readable(file, spec.span)
    return files


def load_dataset(spec: DataSpec, network: Network, loss: Loss, seed: int) -> Dataset:
    """The samples that a `data` block asks for.

    What a value is before `encode`: unsigned bytes (of IDX, and of an array `inputs` or
    `x_...` in a `.npz`) are pixels and are divided by 255; the features of `iris`, `cancer`
    and `cancer10` are scaled to 0 to 1 by the smallest and the largest value of each among
    the training samples; a computed set is in 0 to 1 already; everything else is as it stands in
    the file.  Values beyond the range of `encode` or `target` are an error.

    The format of a file is told by its name, `.gz` apart: `.npz` (arrays `inputs` and
    `targets`, or `x_train` and `y_train` and perhaps `x_test` and `y_test`), `.csv` (the last
    column is the label, or the last M columns are the targets, unless there is a labels
    file), else IDX with a labels file.

    A source with test samples of its own gives the first `train` and `test` of each.  One
    without is divided by `seed`: each class keeps its share in both parts, and a fifth is for
    testing unless `train` or `test` say otherwise.

    Args:
        spec: the block; errors point at it.
        network: its inputs and outputs are what samples have to fit.
        loss: `cross_entropy` for classes, `mse` for target voltages.
        seed: decides the division, and the samples of a computed set.

    Raises:
        CompileError: IM200 to IM217; `imnnc explain` has the long form.
    """
    target_columns = 1 if loss == "cross_entropy" else network.output.width
    train, test = read_samples(spec, target_columns, seed)
    check_samples(train, network, loss, spec.span)
    if test is None:
        train, test = split(train, spec, by_class=loss == "cross_entropy", seed=seed)
    else:
        check_samples(test, network, loss, spec.span)
        train = first(train, spec.train, "train", spec.span)
        test = first(test, spec.test, "test", spec.span)
    if spec.set_name in FEATURE_SETS:
        train, test = scale_features(train, test)
    inputs = [_inputs(part, spec, network) for part in (train, test)]
    check_range(inputs, spec.encode, "encode", train.source, spec.span)
    check_spread(inputs[0], spec.encode, train.source, spec.span)
    train_inputs, test_inputs = (to_volts(values, spec.encode) for values in inputs)
    if loss == "cross_entropy":
        train_targets, test_targets = (
            part.targets[:, 0].astype(np.int64) for part in (train, test)
        )
        return Dataset(train_inputs, train_targets, test_inputs, test_targets)
    targets = [train.targets, test.targets]
    check_range(targets, spec.target, "target", train.source, spec.span)
    train_volts, test_volts = (to_volts(values, spec.target) for values in targets)
    return Dataset(train_inputs, train_volts, test_inputs, test_volts)


def _inputs(part: Samples, spec: DataSpec, network: Network) -> Array:
    """The features (S, N) in the units that `encode` takes, as many as the network's inputs."""
    pixels = part.inputs.dtype == np.uint8
    values: Array = part.inputs
    if spec.pool > 1:
        values = pool_images(values, spec.pool, part.source, spec.span)
    if pixels:
        # Single precision is plenty for 8 bits, and halves the memory of a large set.
        values = np.divide(values, np.float32(255.0), dtype=np.float32, casting="same_kind")
    check_width(part.source, values.shape[1], network, spec.pool, spec.span)
    return values
