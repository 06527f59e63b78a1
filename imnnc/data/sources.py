"""What a `data` block names, as samples in the units of their source."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imnnc.data.computed import COMPUTED, LARGEST_COUNT
from imnnc.data.idx import read_idx
from imnnc.data.named import FEATURE_SETS, IMAGE_SETS, feature_set, image_files
from imnnc.data.npz import read_npz
from imnnc.data.samples import Array, Samples, make_samples
from imnnc.data.table import read_csv
from imnnc.design import DATA_SETS, DataSpec
from imnnc.diagnostics import Span, fail

# Names of inputs and targets in a `.npz`; one file may hold both pairs of the second kind.
_NPZ_PAIR = ("inputs", "targets")
_NPZ_TRAIN = ("x_train", "y_train")
_NPZ_TEST = ("x_test", "y_test")


def read_samples(spec: DataSpec, target_columns: int, seed: int) -> tuple[Samples, Samples | None]:
    """Training and test samples; None where the source does not tell test samples apart.

    Args:
        spec: names a set or files.
        target_columns: how many of the last columns of a CSV are targets.
        seed: decides the samples of a computed set.
    """
    if spec.set_name is not None:
        return _named_set(spec.set_name, spec, seed)
    if spec.file is None:
        raise ValueError("a DataSpec names a set or a file")
    train, test = _read_file(spec.file, spec.labels_file, target_columns, _NPZ_TRAIN, spec.span)
    if spec.test_file is not None:
        test, _ = _read_file(
            spec.test_file, spec.test_labels_file, target_columns, _NPZ_TEST, spec.span
        )
    return train, test


def _named_set(name: str, spec: DataSpec, seed: int) -> tuple[Samples, Samples | None]:
    span = spec.span
    if name in COMPUTED:
        return _compute(name, spec, seed)
    if name in FEATURE_SETS:
        return make_samples(name, *feature_set(name), span), None
    if name in IMAGE_SETS:
        arrays = [read_idx(path, span) for path in image_files(IMAGE_SETS[name], span)]
        train_images, train_labels, test_images, test_labels = arrays
        return (
            make_samples(name, train_images, train_labels, span),
            make_samples(name, test_images, test_labels, span),
        )
    raise ValueError(f"no data set has the name {name!r}; the language knows {DATA_SETS}")


def _compute(name: str, spec: DataSpec, seed: int) -> tuple[Samples, Samples]:
    computed = COMPUTED[name]
    parts = []
    counts = (
        computed.train if spec.train is None else spec.train,
        computed.test if spec.test is None else spec.test,
    )
    for stream, count in enumerate(counts):
        if count > LARGEST_COUNT:
            raise fail(
                "IM213",
                f"a computed set has at most {LARGEST_COUNT} samples, {count} were asked for",
                spec.span,
            )
        # Streams of their own: a longer training set leaves the test set as it is.
        generator = np.random.default_rng([seed, stream])
        parts.append(make_samples(name, *computed.generate(generator, count), spec.span))
    return parts[0], parts[1]


def _read_file(
    path: Path,
    labels_path: Path | None,
    target_columns: int,
    npz_names: tuple[str, str],
    span: Span | None,
) -> tuple[Samples, Samples | None]:
    if _suffix(path) == ".npz":
        if labels_path is not None:
            raise fail("IM217", f"`{path}` holds its own targets, it takes no labels file", span)
        return _from_npz(path, npz_names, span)
    if labels_path is not None:
        inputs, targets = _read_array(path, span), _read_array(labels_path, span)
    elif _suffix(path) == ".csv":
        table = read_csv(path, span)
        if table.shape[1] <= target_columns and table.size:
            raise fail(
                "IM215",
                f"`{path}` must have features and {target_columns} target columns, it has "
                f"{table.shape[1]} columns in all",
                span,
            )
        inputs, targets = table[:, :-target_columns], table[:, -target_columns:]
    else:
        raise fail("IM217", f"IDX keeps labels apart: `{path}` needs a labels file", span)
    return make_samples(str(path), inputs, targets, span), None


def _read_array(path: Path, span: Span | None) -> Array:
    if _suffix(path) == ".npz":
        raise fail("IM217", f"labels come from IDX or CSV, not from `{path}`", span)
    return read_csv(path, span) if _suffix(path) == ".csv" else read_idx(path, span)


def _suffix(path: Path) -> str:
    """The suffix that tells the format, `.gz` apart."""
    return (Path(path.stem) if path.suffix == ".gz" else path).suffix.lower()


def _from_npz(
    path: Path, names: tuple[str, str], span: Span | None
) -> tuple[Samples, Samples | None]:
    arrays = read_npz(path, span)

    def pair(names: tuple[str, str]) -> Samples | None:
        if not all(name in arrays for name in names):
            return None
        return make_samples(str(path), arrays[names[0]], arrays[names[1]], span)

    samples = pair(_NPZ_PAIR) or pair(names)
    if samples is None:
        held = ", ".join(f"`{name}`" for name in arrays) or "none"
        raise fail(
            "IM204",
            f"`{path}` must have arrays `inputs` and `targets` or `{names[0]}` and "
            f"`{names[1]}`, it has {held}",
            span,
        )
    return samples, pair(_NPZ_TEST)
