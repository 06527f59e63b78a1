"""Training samples apart from test samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imnnc.data.samples import Samples
from imnnc.diagnostics import Span, fail
from imnnc.encoding import DataSpec

_TEST_SHARE = 0.2


def first(samples: Samples, count: int | None, keyword: str, span: Span | None) -> Samples:
    """The first `count` samples in the order of the source, all of them for None (IM213)."""
    if count is None:
        return samples
    if not 1 <= count <= len(samples):
        raise fail(
            "IM213",
            f"`{keyword}` must be from 1 to the {len(samples)} samples of `{samples.source}`, "
            f"it was {count}",
            span,
        )
    return samples.take(slice(count))


def split(
    samples: Samples, spec: DataSpec, *, by_class: bool, seed: int
) -> tuple[Samples, Samples]:
    """Training and test samples of a set that does not tell them apart.

    Where one of `train` and `test` is not given, it is what the other leaves; where neither
    is, a fifth is for testing.

    Args:
        samples: the whole set; with `by_class` its targets are classes.
        spec: says how many of each.
        by_class: each class gets its share of both parts.
        seed: decides which sample goes where.

    Raises:
        CompileError: IM213 where there are too few samples for both.
    """
    total = len(samples)
    if spec.test is not None:
        test = spec.test
    elif spec.train is not None:
        test = total - spec.train
    else:
        test = max(1, round(_TEST_SHARE * total))
    train = total - test if spec.train is None else spec.train
    if train < 1 or test < 1 or train + test > total:
        raise fail(
            "IM213",
            f"`{samples.source}` has {total} samples to divide, too few for "
            f"{max(train, 1)} to train and {max(test, 1)} to test",
            spec.at("train", "test"),
        )
    generator = np.random.default_rng(seed)
    order = (
        _mixed_classes(samples.targets[:, 0], generator)
        if by_class
        else generator.permutation(total)
    )
    return samples.take(order[test : test + train]), samples.take(order[:test])


def _mixed_classes(labels: NDArray[np.number], generator: np.random.Generator) -> NDArray[np.intp]:
    """An order of the samples in which every stretch has its share of every class."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        place[members] = (np.arange(len(members)) + generator.random(len(members))) / len(members)
    return np.argsort(place, kind="stable")
