"""What a `data` block names, as samples in the units of their source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imnnc.data.classes import check_names, same_classes
from imnnc.data.columns import check_columns, check_counting, check_order
from imnnc.data.computed import COMPUTED, LARGEST_COUNT
from imnnc.data.fields import unused_name
from imnnc.data.idx import read_idx
from imnnc.data.named import FEATURE_SETS, IMAGE_SETS, feature_set, image_files
from imnnc.data.npz import read_npy, read_npz
from imnnc.data.samples import Array, Samples, make_samples
from imnnc.data.table import Labels, Table, read_table
from imnnc.design import Loss, Network
from imnnc.diagnostics import Diagnostic, Span, fail
from imnnc.encoding import DATA_SETS, TABLE_SUFFIXES, DataSpec, format_of

# Names of inputs and targets in a `.npz`; one file may hold both pairs of the second kind.
_PAIR = ("inputs", "targets")
_TRAIN = ("x_train", "y_train")
_TEST = ("x_test", "y_test")


@dataclass(frozen=True)
class Found:
    """What a source holds.

    `test` is None where the source does not tell test samples apart.  `unused` are the names of
    arrays that no sample is made of.  `table` is what features were read from, if from a table;
    its classes are those of both.
    """

    train: Samples
    test: Samples | None
    unused: tuple[str, ...] = ()
    table: Table | None = None


def read_samples(
    spec: DataSpec, network: Network, loss: Loss, seed: int, warn: Callable[[Diagnostic], None]
) -> Found:
    """Training and test samples of a set or of files.

    Args:
        spec: names the set or the files.
        network: its outputs tell how many of the last columns of a table are targets.
        loss: and whether there is one label in their place.
        seed: decides the samples of a computed set.
        warn: told what a user should know of how files were read.
    """
    if spec.set_name is not None:
        return _named_set(spec.set_name, spec, seed)
    if spec.file is None:
        raise ValueError("a DataSpec names a set or a file")
    reader = _Reader(spec, network, loss, warn)
    found = reader.read(spec.file, spec.labels_file, _TRAIN)
    if spec.test_file is None:
        return found
    reader = replace(reader, settings=("test_file", "test_labels"))
    tested = reader.read(spec.test_file, spec.test_labels_file, _TEST)
    test = tested.train
    if found.table is not None and tested.table is not None:
        check_order(found.table, tested.table, spec.at("test_file"))
        test = same_classes(found.table, tested.table, test, spec.at("test_file"))
    return Found(found.train, test, found.unused + tested.unused, found.table)


def _named_set(name: str, spec: DataSpec, seed: int) -> Found:
    span = spec.span
    if name in COMPUTED:
        return _compute(name, spec, seed)
    if name in FEATURE_SETS:
        return Found(make_samples(name, *feature_set(name), span), None)
    if name in IMAGE_SETS:
        arrays = [read_idx(path, span) for path in image_files(IMAGE_SETS[name], span)]
        train_images, train_labels, test_images, test_labels = arrays
        return Found(
            make_samples(name, train_images, train_labels, span),
            make_samples(name, test_images, test_labels, span),
        )
    raise ValueError(f"no data set has the name {name!r}; the language knows {DATA_SETS}")


def _compute(name: str, spec: DataSpec, seed: int) -> Found:
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
                spec.at(("train", "test")[stream]),
            )
        # Streams of their own: a longer training set leaves the test set as it is.
        generator = np.random.default_rng([seed, stream])
        parts.append(make_samples(name, *computed.generate(generator, count), spec.span))
    return Found(parts[0], parts[1])


@dataclass(frozen=True)
class _Reader:
    """Reads files by what their names say that they are."""

    spec: DataSpec
    network: Network
    loss: Loss
    warn: Callable[[Diagnostic], None]
    # Which of them name what is read
    settings: tuple[str, str] = ("file", "labels")

    @property
    def span(self) -> Span | None:
        return self.spec.at(self.settings[0])

    def read(self, path: Path, labels_path: Path | None, npz_names: tuple[str, str]) -> Found:
        """The samples in a file, with those labels that lie in another."""
        suffix, span = format_of(path.name), self.span
        if suffix == ".npz":
            if labels_path is not None:
                message = f"`{path}` holds its own targets, it takes no labels file"
                raise fail("IM217", message, self.spec.at(self.settings[1]))
            return self._from_npz(path, npz_names)
        if labels_path is not None:
            table = self._features(path) if suffix in TABLE_SUFFIXES else None
            inputs = self._array(path, span) if table is None else table.values
            targets = self._array(labels_path, self.spec.at(self.settings[1]))
            samples = make_samples(str(path), inputs, targets, span)
            return Found(samples, None, table=table)
        if suffix in TABLE_SUFFIXES:
            return self._from_table(path)
        self._array(path, span)  # which tells what it is that is no array
        format_ = "`.npy` holds one array" if suffix == ".npy" else "IDX keeps labels apart"
        raise fail(
            "IM217",
            f"{format_}: `{path}` needs a labels file",
            span,
            help=f'name the file of its labels, as in `labels "y{suffix}"`',
        )

    def _from_table(self, path: Path) -> Found:
        span, heading = self.span, self.spec.label_column
        classes = self.loss == "cross_entropy"
        columns = 1 if classes else self.network.output.width
        asked = Labels(heading, span=self.spec.at("labels"))
        labels = asked if classes or heading is not None else None
        table = self._table(path, span, labels)
        if table.classes is not None and not classes:
            raise fail(
                "IM215",
                f"`loss {self.loss}` needs numbers, `{path}` has names in their place",
                span,
                help="write `loss cross_entropy` where they are classes",
            )
        values = table.values
        if table.headings and not values.size:
            raise fail(
                "IM209", f"`{path}` holds no samples", span, notes=["its one line is headings"]
            )
        if values.shape[1] <= columns and values.size:
            raise fail(
                "IM215",
                f"`{path}` must have features and {columns} target columns, it has "
                f"{values.shape[1]} columns in all",
                span,
            )
        remarks = (
            check_columns(table, self.network, self.loss, span)
            if heading is None
            else check_counting(table, values.shape[1] - columns, span)
        )
        for remark in (*remarks, *check_names(table, self.network, span)):
            self.warn(remark)
        inputs, targets = values[:, :-columns], values[:, -columns:]
        samples = make_samples(str(path), inputs, targets, span, table.lines)
        return Found(samples, None, table=table)

    def _from_npz(self, path: Path, names: tuple[str, str]) -> Found:
        span = self.span
        held: list[str] = []

        def choose(there: Collection[str]) -> Sequence[str]:
            held.extend(there)
            pair = next((x for x in (_PAIR, names) if all(name in there for name in x)), None)
            if pair is None:
                raise fail(
                    "IM204",
                    f"`{path}` must have arrays `inputs` and `targets` or `{names[0]}` and "
                    f"`{names[1]}`, it has {_listed(there)}",
                    span,
                    help=_renamed(path, [*there]),
                )
            tested = self.spec.test_file is None and all(name in there for name in _TEST)
            return (*pair, *_TEST) if tested else pair

        arrays = read_npz(path, span, choose)
        pairs = [*arrays.values()]
        train, *test = (
            make_samples(str(path), inputs, targets, span)
            for inputs, targets in zip(pairs[::2], pairs[1::2], strict=True)
        )
        unused = tuple(name for name in held if name not in arrays)
        return Found(train, test[0] if test else None, unused)

    def _table(self, path: Path, span: Span | None, labels: Labels | None = None) -> Table:
        table = read_table(path, span, labels)
        if table.remark is not None:
            self.warn(table.remark)
        return table

    def _features(self, path: Path) -> Table:
        """A table that holds features alone."""
        table = self._table(path, self.span)
        for remark in check_counting(table, table.values.shape[1], self.span):
            self.warn(remark)
        return table

    def _array(self, path: Path, span: Span | None) -> Array:
        """The values of a file that holds features alone, or labels alone."""
        suffix = format_of(path.name)
        if suffix == ".npz":
            raise fail("IM217", f"labels come from IDX, `.npy` or CSV, not from `{path}`", span)
        if suffix == ".npy":
            return read_npy(path, span)
        if suffix not in TABLE_SUFFIXES:
            return read_idx(path, span)
        return self._table(path, span).values


def _renamed(path: Path, there: Sequence[str]) -> str:
    """How arrays get the names that are looked for.

    They are those of the same letters, in capitals or not; else, of two, the first are taken
    for inputs.
    """
    alike = {name.lower(): name for name in there}
    wanted: tuple[str, ...] = _PAIR
    for pair in (_PAIR, _TRAIN, _TEST):
        if all(name in alike for name in pair):
            wanted = pair + (_TEST if pair == _TRAIN and all(x in alike for x in _TEST) else ())
            break
    else:
        if len(there) != 2:
            return 'save them by these names: `np.savez("data.npz", inputs=..., targets=...)`'
        alike = dict(zip(_PAIR, there, strict=True))
    arrays = ", ".join(f"{name}=old[{alike[name]!r}]" for name in wanted)
    file = unused_name("data.npz")
    return f'write `old = np.load({str(path)!r}); np.savez("{file}", {arrays})`'


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
