"""Samples that nobody has labelled, in the units of the data that a network was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.data.dataset import part_of, prepare
from imnnc.data.encode import to_volts
from imnnc.data.samples import make_samples
from imnnc.data.scaling import scaled
from imnnc.data.table import Labels, Table, read_table
from imnnc.design import Loss, Network
from imnnc.diagnostics import ExitCode, fail
from imnnc.encoding import DataSpec


@dataclass(frozen=True)
class Unseen:
    """Samples as voltages, and what outputs are called.

    Attributes:
        inputs_volts: (S, N).
        outputs: a name an output: of its class where the training data name them, else its number
            behind the name of the layer.
        classes: whether the highest output is the answer.
    """

    inputs_volts: NDArray[np.float64]
    outputs: tuple[str, ...]
    classes: bool


def unseen_samples(path: Path, spec: DataSpec, network: Network, loss: Loss, seed: int) -> Unseen:
    """The rows of a table, made voltages as those of the training data were.

    Columns are found by their headings where both tables have such, in any order and among others;
    else there are as many as the network has inputs, or labels or targets behind them, which do
    not count.

    Raises:
        CompileError: IM716 where the columns are others, IM212 where values are beyond `encode`,
            and everything that is wrong with either table or with the training data.
    """
    ready = prepare(spec, network, loss, seed)
    known = ready.found.table
    targets = 1 if loss == "cross_entropy" else network.output.width
    features = ready.train.rows.shape[1]
    headings = known.headings if known is not None else None
    label = headings[-1] if headings is not None and loss == "cross_entropy" else None
    table = read_table(path, None, Labels(label, or_last=True))
    wanted = headings[:features] if headings is not None else None
    values = _features(table, wanted, features, targets)
    shape = (len(values), *ready.train.inputs.shape[1:])
    samples = make_samples(
        str(path), values.reshape(shape), np.zeros(len(values)), None, table.lines
    )
    if ready.normalize is not None:
        samples = ready.normalize(samples)
    part = part_of(samples, spec, network, spec.span)
    ready.encode.check_bounds((part,))
    volts = to_volts(scaled(part.values, ready.reading), spec.encode)
    output = network.output
    names = tuple(f"{output.name}_{number}" for number in range(output.width))
    if known is not None and known.classes is not None:
        names = known.classes + names[len(known.classes) :]
    return Unseen(volts.astype(np.float64), names, loss == "cross_entropy")


def _features(
    table: Table, wanted: tuple[str, ...] | None, count: int, targets: int
) -> NDArray[np.float64]:
    """The features (S, N), in the order of the training data."""
    path, columns = table.origin.path, table.values.shape[1]
    if wanted is not None and table.headings is not None:
        missing = [name for name in wanted if table.headings.count(name) != 1]
        if missing:
            raise fail(
                "IM716",
                f"`{path}` must have one column `{missing[0]}`, as the training data have",
                notes=[f"its columns are {', '.join(f'`{x}`' for x in table.headings[:20])}"],
                exit_code=ExitCode.USAGE,
            )
        return table.values[:, [table.headings.index(name) for name in wanted]]
    if columns not in (count, count + targets):
        raise fail(
            "IM716",
            f"the training data have {count} features, `{path}` has {columns} columns",
            exit_code=ExitCode.USAGE,
        )
    if columns == count and table.classes is not None:
        raise fail(
            "IM716",
            f"`{path}` must have {count} features, its last column has names",
            exit_code=ExitCode.USAGE,
        )
    return table.values[:, :count]
